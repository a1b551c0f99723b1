//! The reasons why a file did not come from its address. The texts are for whoever gave the address.

use crate::vocabulary::web_address::WebAddressError;

/// The reason why a file did not come from its address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFetched {
    /// The address is not one that may be called.
    #[error("{0}")]
    Address(#[from] WebAddressError),
    /// The server's name leads to a network address that is not called.
    #[error("the name of the server leads to an address that is not on the public internet")]
    NotPublic,
    /// The server's name leads nowhere.
    #[error("the name of the server is not known")]
    UnknownName,
    /// The server answered with another status than 200.
    #[error("the server answered with status {0} instead of 200")]
    Status(u16),
    /// The server answered with a redirect.
    #[error(
        "the server answered with a redirect (status {0}), and redirects are not followed; give the address that it leads to"
    )]
    Redirect(u16),
    /// The server did not answer, or sent nothing for a while.
    #[error("the server did not answer in time")]
    TooSlow,
    /// The connection could not be made, or broke off.
    #[error("the connection to the server failed")]
    Broken,
    /// The file has more bytes than are fetched.
    #[error("it has more than {limit} bytes, which is the most that is fetched")]
    TooLarge {
        /// The most bytes that are fetched for the app.
        limit: u64,
    },
    /// The file did not come to its end in time.
    #[error("it did not arrive within {seconds} seconds")]
    TooLong {
        /// The time that it had.
        seconds: u64,
    },
}

impl NotFetched {
    /// Returns whether another try may have another result.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            // The server is busy, or something between it and us is.
            // https://www.rfc-editor.org/rfc/rfc9110#section-15.6
            Self::Status(status) => matches!(status, 408 | 425 | 429 | 500..),
            Self::UnknownName | Self::TooSlow | Self::Broken => true,
            Self::Address(_)
            | Self::NotPublic
            | Self::Redirect(_)
            | Self::TooLarge { .. }
            | Self::TooLong { .. } => false,
        }
    }
}
