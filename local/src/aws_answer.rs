//! What the AWS CLI answers: JSON, or an error with the service's code in it.

use std::path::PathBuf;

use serde_json::Value;

/// A call that did not work.
#[derive(Debug, thiserror::Error)]
pub enum AwsCliError {
    /// The program is not there.
    #[error("cannot start {}; `make` installs it", program.display())]
    Start {
        /// What was to be run.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The request cannot be handed over.
    #[error("cannot write a request to a temporary file")]
    Request(#[source] std::io::Error),
    /// The service, or the CLI itself, refused.
    #[error("`{command}` failed: {stderr}")]
    Refused {
        /// The command as one could type it; without what went through a file.
        command: String,
        /// All that the CLI said.
        stderr: String,
    },
    /// The answer is not JSON, or not of the documented shape.
    #[error("`{command}` answered something unexpected: {what}")]
    Answer {
        /// The command.
        command: String,
        /// What is wrong with it; never the answer itself, which may hold a secret.
        what: String,
    },
}

impl AwsCliError {
    /// The service's error code, as in `An error occurred (NoSuchEntity) when calling …`.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { stderr, .. } => {
                let (_, rest) = stderr.split_once("An error occurred (")?;
                rest.split_once(')').map(|(code, _)| code)
            }
            Self::Start { .. } | Self::Request(_) | Self::Answer { .. } => None,
        }
    }

    /// Whether the thing asked about is simply not there.
    pub fn is_absent(&self) -> bool {
        matches!(
            self.code(),
            Some(
                "NoSuchEntity"
                    | "ResourceNotFoundException"
                    | "NoSuchPublicKey"
                    | "NoSuchResource"
                    | "NoSuchBucket"
                    | "404"
            )
        )
    }
}

/// `Ok(None)` for what is not there.
///
/// # Errors
///
/// Any other failure.
pub fn absent_as_none<T>(answer: Result<T, AwsCliError>) -> Result<Option<T>, AwsCliError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The string at `pointer` (RFC 6901) of an answer to `command`.
///
/// # Errors
///
/// [`AwsCliError::Answer`] when there is none.
pub fn string_at(answer: &Value, pointer: &str, command: &str) -> Result<String, AwsCliError> {
    answer
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| AwsCliError::Answer {
            command: command.to_owned(),
            what: format!("no string at {pointer}"),
        })
}

/// The list at `pointer`; a missing one is empty, as services leave empty lists out.
pub fn list_at<'a>(answer: &'a Value, pointer: &str) -> &'a [Value] {
    answer
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(stderr: &str) -> AwsCliError {
        AwsCliError::Refused {
            command: "aws iam get-user".to_owned(),
            stderr: stderr.to_owned(),
        }
    }

    #[test]
    fn the_service_code_is_read() {
        let cases = [
            (
                "An error occurred (NoSuchEntity) when calling the GetUser operation: gone",
                Some("NoSuchEntity"),
                true,
            ),
            (
                "aws: error: An error occurred (AccessDenied) when calling X: no",
                Some("AccessDenied"),
                false,
            ),
            ("Unable to locate credentials", None, false),
        ];
        for (stderr, code, absent) in cases {
            assert_eq!(refused(stderr).code(), code, "{stderr}");
            assert_eq!(refused(stderr).is_absent(), absent, "{stderr}");
        }
    }
}
