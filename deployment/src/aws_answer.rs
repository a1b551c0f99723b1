//! The AWS CLI's answer: JSON, or an error that contains the service's code.

use std::path::PathBuf;

use serde_json::Value;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum AwsCliError {
    /// The program cannot be started.
    #[error("cannot start {}; `make` installs it", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The request cannot be written to a temporary file.
    #[error("cannot write a request to a temporary file")]
    Request(#[source] std::io::Error),
    /// The service, or the CLI itself, refused.
    #[error("`{command}` failed: {stderr}")]
    Refused {
        /// The command as one could type it, without the request that went through a file.
        command: String,
        /// Everything that the CLI wrote to standard error.
        stderr: String,
    },
    /// The answer is not JSON, or does not have the documented shape.
    #[error("the answer of `{command}` is not as expected: {what}")]
    Answer {
        /// The command.
        command: String,
        /// The fault in it; never the answer itself, which may hold a secret.
        what: String,
    },
}

impl AwsCliError {
    /// Returns the service's error code, as in `An error occurred (NoSuchEntity) when calling …`.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { stderr, .. } => {
                let (_, rest) = stderr.split_once("An error occurred (")?;
                rest.split_once(')').map(|(code, _)| code)
            }
            Self::Start { .. } | Self::Request(_) | Self::Answer { .. } => None,
        }
    }

    /// Tells whether the resource does not exist.
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

/// Turns the error for a resource that does not exist into `Ok(None)`.
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

/// Returns the string at `pointer` (RFC 6901) in an answer to `command`.
///
/// # Errors
///
/// [`AwsCliError::Answer`] if there is no string there.
pub fn string_at(answer: &Value, pointer: &str, command: &str) -> Result<String, AwsCliError> {
    answer
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| AwsCliError::Answer {
            command: command.to_owned(),
            what: format!("it has no string at {pointer}"),
        })
}

/// Returns the list at `pointer`, or an empty one if it is missing, because services leave out empty lists.
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
