//! Addresses of other people's servers, which an app or an admin gives us to call.

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::vocabulary::internet::is_public;

/// The most characters of an address. Longer ones are refused by many servers.
/// <https://www.rfc-editor.org/rfc/rfc9110#section-4.1>
pub const MOST_CHARACTERS: usize = 2_048;

/// The servers that may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Servers on the public internet, by https.
    Public,
    /// The same, and servers on this machine, also by http: for a stack on a laptop.
    Laptop,
}

impl Reach {
    /// Reads the template's parameter `Place`.
    #[must_use]
    pub fn of_place(place: &str) -> Option<Self> {
        match place {
            "aws" => Some(Self::Public),
            "laptop" => Some(Self::Laptop),
            _ => None,
        }
    }

    /// Returns whether a server with this network address may be called.
    #[must_use]
    pub fn allows(self, address: IpAddr) -> bool {
        let is_here = self == Self::Laptop && address.is_loopback();
        is_here || is_public(address)
    }
}

/// An address that may be called, as far as its text tells. A name in it may still lead to a network address that may not
/// be called; whoever connects to it asks [`Reach::allows`].
#[derive(Clone, PartialEq, Eq)]
pub struct WebAddress(Url);

/// The reasons why an address cannot be called. Each text says what to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebAddressError {
    /// It has too many characters.
    #[error("the address is longer than {MOST_CHARACTERS} characters")]
    TooLong,
    /// It is no address.
    #[error("this is not a complete address, such as https://example.com/path")]
    Malformed,
    /// It has a scheme other than https.
    #[error("the address must begin with https://")]
    NotHttps,
    /// It has a user's name or a password.
    #[error("the address must not contain a user name or password")]
    HasUser,
    /// It names this machine or a network that is not public.
    #[error("the address must lead to a server on the public internet")]
    NotPublic,
}

impl WebAddress {
    /// Reads an address of at most [`MOST_CHARACTERS`] characters. Other forms of writing a network address, such as
    /// `0x7f.1`, are understood as browsers do. What follows `#` is left out.
    ///
    /// # Errors
    /// [`WebAddressError`] says what is wrong with it.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, WebAddressError> {
        if text.len() > MOST_CHARACTERS {
            return Err(WebAddressError::TooLong);
        }
        // The parser would drop what surrounds an address, and line ends within it.
        if text.chars().any(|c| c.is_control() || c == ' ') {
            return Err(WebAddressError::Malformed);
        }
        let mut url = Url::parse(text).map_err(malformed)?;
        url.set_fragment(None);
        // What is outside of ASCII takes up to nine times the room in the form that is kept and read again.
        if url.as_str().len() > MOST_CHARACTERS {
            return Err(WebAddressError::TooLong);
        }
        let is_here = reach == Reach::Laptop && names_this_machine(&url);
        match url.scheme() {
            "https" => {}
            "http" if is_here => {}
            _ => return Err(WebAddressError::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebAddressError::HasUser);
        }
        if is_here || names_the_public(&url) {
            Ok(Self(url))
        } else {
            Err(WebAddressError::NotPublic)
        }
    }

    /// Returns the whole address. It may contain a secret, so it is not for a log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the last segment of the path, still percent-encoded. It may be empty.
    #[must_use]
    pub fn last_segment(&self) -> &str {
        self.0.path().rsplit('/').next().unwrap_or_default()
    }
}

/// Shows scheme, host and port only, because paths and queries often contain secrets.
impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.0.origin();
        f.write_str(&origin.ascii_serialization())
    }
}

impl fmt::Debug for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebAddress({self})")
    }
}

fn malformed(_: url::ParseError) -> WebAddressError {
    WebAddressError::Malformed
}

fn names_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Names that no public server has. Resolving them would be refused later; this says so at once.
/// <https://www.iana.org/assignments/special-use-domain-names>
fn names_the_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            let last = name.rsplit_once('.').map(|(_, last)| last);
            match last {
                None
                | Some(
                    "local" | "localhost" | "internal" | "invalid" | "test" | "onion" | "arpa",
                ) => false,
                Some(_) => true,
            }
        }
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        None => false,
    }
}
