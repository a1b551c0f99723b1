//! The AWS CLI as our way to provision: JSON in, JSON out.
//!
//! A person's credentials, profiles, SSO and proxies work as everywhere else, because it is the same
//! program. Secrets never stand in an argument list, which every user of the machine can read: they go
//! through a file that only we may read, gone after the call, or through the environment. (Standard
//! input will not do: the CLI reads `--cli-input-json` twice.)

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

/// Whose account is meant.
#[derive(Clone)]
pub enum Access {
    /// The person's own credential chain, perhaps at another endpoint.
    Environment {
        /// Instead of AWS's own endpoints.
        endpoint: Option<String>,
    },
    /// Exactly these, and nothing of the person's own: their real account stays out of reach.
    Given {
        /// Base URL of all services.
        endpoint: String,
        /// Access key.
        access_key_id: String,
        /// Its secret.
        secret_access_key: String,
    },
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Environment { endpoint } => f
                .debug_struct("Environment")
                .field("endpoint", endpoint)
                .finish(),
            Self::Given { endpoint, .. } => f
                .debug_struct("Given")
                .field("endpoint", endpoint)
                .finish_non_exhaustive(),
        }
    }
}

/// A configured AWS CLI.
#[derive(Debug, Clone)]
pub struct AwsCli {
    bin: PathBuf,
    working_directory: PathBuf,
    region: String,
    access: Access,
}

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

impl AwsCli {
    /// `bin` is the directory with `aws`; commands run in `working_directory`.
    pub fn new(bin: PathBuf, working_directory: PathBuf, region: String, access: Access) -> Self {
        Self {
            bin,
            working_directory,
            region,
            access,
        }
    }

    /// The region that calls go to.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Runs `aws <arguments>` and reads its JSON; no output is [`Value::Null`].
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn call(&self, arguments: &[&str]) -> Result<Value, AwsCliError> {
        let output = self.text(arguments).await?;
        parse(arguments, &output)
    }

    /// As [`Self::call`], with the request as JSON through a private file: for secrets and documents.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn call_with(
        &self,
        arguments: &[&str],
        request: &Value,
    ) -> Result<Value, AwsCliError> {
        let file = private_file(request).map_err(AwsCliError::Request)?;
        let from_file = format!("file://{}", file.path().display());
        let all = [arguments, &["--cli-input-json", &from_file]].concat();
        let output = self.text(&all).await?;
        parse(arguments, &output)
    }

    /// For commands that print text for people.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn text(&self, arguments: &[&str]) -> Result<String, AwsCliError> {
        let output = self.command(arguments).output().await;
        let output = output.map_err(|source| AwsCliError::Start {
            program: self.program(),
            source,
        })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(AwsCliError::Refused {
            command: printable(arguments),
            stderr,
        })
    }

    fn program(&self) -> PathBuf {
        self.bin.join("aws")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program());
        command
            .args(arguments)
            .args(["--region", &self.region, "--output", "json"]);
        command
            .current_dir(&self.working_directory)
            .kill_on_drop(true);
        command.stdin(Stdio::null());
        match &self.access {
            Access::Environment { endpoint: None } => {}
            Access::Environment {
                endpoint: Some(url),
            } => {
                command.env("AWS_ENDPOINT_URL", url);
            }
            Access::Given {
                endpoint,
                access_key_id,
                secret_access_key,
            } => {
                command.env_clear().envs(plain_environment());
                command.env("AWS_ENDPOINT_URL", endpoint);
                command
                    .env("AWS_ACCESS_KEY_ID", access_key_id)
                    .env("AWS_SECRET_ACCESS_KEY", secret_access_key);
                command
                    .env("AWS_CONFIG_FILE", "/dev/null")
                    .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
                command.env("AWS_EC2_METADATA_DISABLED", "true");
            }
        }
        command
    }
}

/// What a program needs to run at all, and nothing that tells it of an account or a proxy.
pub fn plain_environment() -> Vec<(&'static str, OsString)> {
    ["PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE"]
        .into_iter()
        .filter_map(|name| std::env::var_os(name).map(|value| (name, value)))
        .collect()
}

/// Created with mode 0600 and deleted when dropped.
fn private_file(request: &Value) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::with_prefix("dozo-")?;
    file.write_all(request.to_string().as_bytes())?;
    Ok(file)
}

fn parse(arguments: &[&str], output: &str) -> Result<Value, AwsCliError> {
    if output.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(output).map_err(|source| AwsCliError::Answer {
        command: printable(arguments),
        what: format!(
            "not JSON at line {}, column {}",
            source.line(),
            source.column()
        ),
    })
}

fn printable(arguments: &[&str]) -> String {
    format!("aws {}", arguments.join(" "))
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
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
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

    #[test]
    fn no_output_is_null() {
        assert_eq!(
            parse(&["s3api", "delete-bucket"], "\n").unwrap(),
            Value::Null
        );
    }

    #[test]
    fn an_answer_that_is_not_json_is_not_repeated() {
        let message = parse(&["iam", "create-access-key"], "SECRET {")
            .unwrap_err()
            .to_string();
        assert!(!message.contains("SECRET"), "{message}");
    }

    #[test]
    fn debug_shows_no_secret() {
        let access = Access::Given {
            endpoint: "http://127.0.0.1:1".to_owned(),
            access_key_id: "id".to_owned(),
            secret_access_key: "hush".to_owned(),
        };
        assert!(!format!("{access:?}").contains("hush"));
    }
}
