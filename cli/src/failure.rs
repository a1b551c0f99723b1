//! The outcome of a command: its exit code, and the message if it could not do what was asked.

use serde_json::{Value, json};

use crate::connect::problem::Problem;

/// The exit of a command that could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: a file was rejected, or its processing failed.
    Rejected,
    /// 4: not settled before the time to wait was over.
    Unfinished,
    /// Some files could not be uploaded; the reason was shown for each. The code is that of the first failure.
    Told(u8),
}

impl Exit {
    /// Returns the exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Rejected => 1,
            Self::Unfinished => 4,
            Self::Told(code) => code,
        }
    }
}

/// The reason why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line, a file, or the configuration is wrong.
    #[error("{0}")]
    Usage(String),
    /// There are no AWS credentials.
    #[error("there are no AWS credentials: {0}")]
    Credentials(String),
    /// The API refused the request.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// S3 refused the request.
    #[error("S3 refused: {message} ({code})")]
    StorageRefused {
        /// The error code of S3.
        code: String,
        /// The message of S3.
        message: String,
    },
    /// There was no answer, or only one that says that the service is unavailable now.
    #[error("{what}: {cause}")]
    Unavailable {
        /// The service.
        what: String,
        /// The known cause.
        cause: String,
    },
    /// An answer that is not one of the API's.
    #[error("this program does not understand the answer of {what}: {cause}")]
    Strange {
        /// The service.
        what: String,
        /// The fault of the answer.
        cause: String,
    },
    /// The user pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// Writing to or reading from the terminal failed.
    #[error("cannot read from or write to the terminal, a file or a pipe: {0}")]
    Terminal(#[from] std::io::Error),
}

impl Failure {
    /// Returns the exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) | Self::StorageRefused { .. } => 1,
            Self::Usage(_) | Self::Credentials(_) => 2,
            Self::Unavailable { .. } | Self::Strange { .. } | Self::Terminal(_) => 3,
            // The exit code with which shells report SIGINT.
            Self::Interrupted => 130,
        }
    }

    /// Returns the failure as JSON; the problem document itself if the API gave one.
    #[must_use]
    pub fn json(&self) -> Value {
        let code = match self {
            Self::Refused(problem) => return json!({ "error": problem.json() }),
            Self::StorageRefused { code, .. } => code.as_str(),
            Self::Usage(_) => "usage",
            Self::Credentials(_) => "no_credentials",
            Self::Unavailable { .. } => "unavailable",
            Self::Strange { .. } => "strange_answer",
            Self::Interrupted => "interrupted",
            Self::Terminal(_) => "terminal",
        };
        json!({ "error": { "code": code, "detail": self.to_string() } })
    }
}

/// Returns an error and all its causes on one line.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let all = std::iter::successors(Some(error), |error| error.source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
