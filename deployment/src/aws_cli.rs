//! Calls the AWS CLI, which does all provisioning: JSON in, JSON out.
//!
//! Credentials, profiles, SSO and proxies work as they do for any other use of the CLI, because it is the same
//! program. Secrets are never passed as arguments, which every user of the machine can read, but through standard
//! input or the environment. (Whole requests go through a temporary file, because the CLI reads `--cli-input-json`
//! twice; they hold no secret.)

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

pub use crate::aws_answer::{AwsCliError, absent_as_none, list_at, string_at};
#[cfg(test)]
use crate::memory_call::{Made, Memory};

/// The credentials and the endpoint of a call.
#[derive(Clone)]
pub enum Access {
    /// The user's own credential chain, with AWS's endpoints or another one.
    Environment {
        /// Replaces AWS's own endpoints.
        endpoint: Option<String>,
    },
    /// Only these credentials. None of the user's own are passed on, so that their real account stays out of reach.
    Given {
        /// Base URL of all services.
        endpoint: String,
        /// The access key's id.
        access_key_id: String,
        /// The access key's secret.
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
    #[cfg(test)]
    memory: Option<std::sync::Arc<dyn Memory>>,
}

impl AwsCli {
    /// Uses the `aws` program in the directory `bin` and runs commands in `working_directory`.
    pub fn new(bin: PathBuf, working_directory: PathBuf, region: String, access: Access) -> Self {
        Self {
            bin,
            working_directory,
            region,
            access,
            #[cfg(test)]
            memory: None,
        }
    }

    /// Calls an account in memory.
    #[cfg(test)]
    pub(crate) fn in_memory(memory: std::sync::Arc<dyn Memory>, region: &str) -> Self {
        let access = Access::Environment { endpoint: None };
        let mut cli = Self::new(PathBuf::new(), PathBuf::new(), region.to_owned(), access);
        cli.memory = Some(memory);
        cli
    }

    #[cfg(test)]
    fn remembered(&self, made: Made<'_>) -> Option<Result<String, AwsCliError>> {
        let answer = self.memory.as_ref()?.answer(made);
        Some(answer.map_err(|stderr| AwsCliError::Refused {
            command: printable(made.arguments),
            stderr,
        }))
    }

    /// The region that calls go to.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the address of an object in S3 as CloudFormation takes it, with the bucket in the path.
    pub(crate) fn object_url(&self, bucket: &str, key: &str) -> String {
        let host = match &self.access {
            Access::Environment { endpoint: None } => {
                let china = if self.region.starts_with("cn-") {
                    ".cn"
                } else {
                    ""
                };
                format!("https://s3.{}.amazonaws.com{china}", self.region)
            }
            Access::Environment {
                endpoint: Some(url),
            } => url.trim_end_matches('/').to_owned(),
            Access::Given { endpoint, .. } => endpoint.trim_end_matches('/').to_owned(),
        };
        format!("{host}/{bucket}/{key}")
    }

    /// Runs `aws <arguments>` and parses its JSON output; empty output becomes [`Value::Null`].
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn call(&self, arguments: &[&str]) -> Result<Value, AwsCliError> {
        let output = self.text(arguments).await?;
        parse(arguments, &output)
    }

    /// Like [`Self::call`], but passes the request as JSON in a private file; use it for whole documents.
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

    /// Like [`Self::call`], but passes a secret through standard input; an argument refers to it as
    /// `file:///dev/stdin`.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn call_with_secret(
        &self,
        arguments: &[&str],
        secret: &str,
    ) -> Result<Value, AwsCliError> {
        #[cfg(test)]
        if let Some(output) = self.remembered(Made {
            arguments,
            input: secret,
            signer: None,
        }) {
            return parse(arguments, &output?);
        }
        let failed = |source| AwsCliError::Start {
            program: self.program(),
            source,
        };
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut pipe) = child.stdin.take() {
            // If the CLI refuses its arguments, it exits before it reads the secret; its own message says why.
            pipe.write_all(secret.as_bytes()).await.unwrap_or_default();
        }
        let output = child.wait_with_output().await.map_err(failed)?;
        parse(arguments, &text_of(arguments, &output)?)
    }

    /// Like [`Self::call`], but signed by this access key, which goes through the environment.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn call_signed_by(
        &self,
        access_key_id: &str,
        secret_access_key: &str,
        arguments: &[&str],
    ) -> Result<Value, AwsCliError> {
        #[cfg(test)]
        if let Some(output) = self.remembered(Made {
            arguments,
            input: "",
            signer: Some(access_key_id),
        }) {
            return parse(arguments, &output?);
        }
        let mut command = self.command(arguments);
        command
            .env("AWS_ACCESS_KEY_ID", access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", secret_access_key);
        // They would belong to the user's own key.
        command
            .env_remove("AWS_SESSION_TOKEN")
            .env_remove("AWS_SECURITY_TOKEN");
        let output = command.output().await;
        let output = output.map_err(|source| AwsCliError::Start {
            program: self.program(),
            source,
        })?;
        parse(arguments, &text_of(arguments, &output)?)
    }

    /// Runs `aws <arguments>` and returns its output as text, for commands that do not print JSON.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn text(&self, arguments: &[&str]) -> Result<String, AwsCliError> {
        #[cfg(test)]
        if let Some(output) = self.remembered(Made {
            arguments,
            input: "",
            signer: None,
        }) {
            return output;
        }
        let output = self.command(arguments).output().await;
        let output = output.map_err(|source| AwsCliError::Start {
            program: self.program(),
            source,
        })?;
        text_of(arguments, &output)
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

/// The variables that any program needs, and none that name an account or a proxy.
pub fn plain_environment() -> Vec<(&'static str, OsString)> {
    ["PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE"]
        .into_iter()
        .filter_map(|name| std::env::var_os(name).map(|value| (name, value)))
        .collect()
}

fn text_of(arguments: &[&str], output: &Output) -> Result<String, AwsCliError> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(AwsCliError::Refused {
        command: printable(arguments),
        stderr,
    })
}

/// Writes the request to a file of mode 0600 that is deleted when dropped.
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
            "it is not valid JSON at line {}, column {}",
            source.line(),
            source.column()
        ),
    })
}

fn printable(arguments: &[&str]) -> String {
    format!("aws {}", arguments.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_address_of_an_object_is_at_the_endpoint_that_calls_go_to() {
        let url = |region: &str, endpoint: Option<&str>| {
            let endpoint = endpoint.map(str::to_owned);
            let access = Access::Environment { endpoint };
            let here = PathBuf::from("/");
            AwsCli::new(here.clone(), here, region.to_owned(), access).object_url("b", "k")
        };
        assert_eq!(
            url("eu-west-1", None),
            "https://s3.eu-west-1.amazonaws.com/b/k"
        );
        assert_eq!(
            url("eu-west-1", Some("http://127.0.0.1:1/")),
            "http://127.0.0.1:1/b/k"
        );
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
