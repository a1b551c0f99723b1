//! The reasons why a stack is not changed.

use crate::aws_cli::AwsCliError;

/// The reasons why the stack is not changed, or not as asked for.
#[derive(Debug, thiserror::Error)]
pub enum RolloutError {
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] AwsCliError),
    /// CloudFormation cannot do what is asked for; nothing was changed.
    #[error("CloudFormation cannot change stack {stack}, and nothing was changed: {reason}")]
    NoChangeSet {
        /// Stack name.
        stack: String,
        /// CloudFormation's reason.
        reason: String,
    },
    /// Something is at stake, and nobody agreed.
    #[error(
        "nothing was changed, because data or addresses are at stake:\n  {}\nIf that is meant, deploy with REPLACE=yes",
        at_stake.join("\n  ")
    )]
    NotAgreed {
        /// The data and addresses that would be lost.
        at_stake: Vec<String>,
    },
    /// The question could not be asked.
    #[error("cannot ask")]
    Ask(#[source] std::io::Error),
    /// CloudFormation began and failed.
    #[error("CloudFormation could not deploy stack {stack}, which is {status} now:\n{}", reasons.join("\n"))]
    Failed {
        /// Stack name.
        stack: String,
        /// Its status.
        status: String,
        /// `resource: reason` for everything that failed, and what to do.
        reasons: Vec<String>,
    },
}
