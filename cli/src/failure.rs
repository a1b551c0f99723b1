//! How a command ends: its exit code, and what is said when it could not do what was asked.

use serde_json::{Value, json};

use crate::connect::problem::Problem;

/// How a command ended that could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: a file was rejected or failed.
    Rejected,
    /// 4: still on its way when the time to wait was over.
    Unfinished,
    /// Some files could not be uploaded; why was told beside each. The code is the first failure's.
    Told(u8),
}

impl Exit {
    /// For the shell.
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

/// Why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line, a file, or the set-up is wrong.
    #[error("{0}")]
    Usage(String),
    /// There are no AWS credentials.
    #[error("there are no AWS credentials: {0}")]
    Credentials(String),
    /// The API answered, and refused.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// S3 answered, and refused.
    #[error("S3 refused: {message} ({code})")]
    StorageRefused {
        /// Its code.
        code: String,
        /// Its sentence.
        message: String,
    },
    /// Nobody answered, or only that there is no answer now.
    #[error("{what}: {cause}")]
    Unavailable {
        /// Who.
        what: String,
        /// What is known of it.
        cause: String,
    },
    /// An answer that is none of the API's.
    #[error("{what} answered what this program does not understand: {cause}")]
    Strange {
        /// Who.
        what: String,
        /// What is wrong with it.
        cause: String,
    },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// Nothing can be written or asked.
    #[error("cannot use the terminal, or this file or pipe")]
    Terminal(#[from] std::io::Error),
}

impl Failure {
    /// For the shell.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) | Self::StorageRefused { .. } => 1,
            Self::Usage(_) | Self::Credentials(_) => 2,
            Self::Unavailable { .. } | Self::Strange { .. } | Self::Terminal(_) => 3,
            // As a shell says it of SIGINT.
            Self::Interrupted => 130,
        }
    }

    /// For programs: the problem document itself, where the API gave one.
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
