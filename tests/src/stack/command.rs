//! Programs run as people run them, with an environment of our choosing.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::PATIENCE;
use crate::template::workspace;

/// A program to run. It gets only PATH, HOME, TMPDIR and the locale from this process's environment, so that no account
/// or profile of the person who runs the tests reaches it.
#[derive(Debug)]
pub struct Program {
    command: Command,
    shown: String,
    input: Vec<u8>,
}

/// The result of a run.
#[derive(Debug)]
pub struct Ran {
    /// Its command line.
    pub command: String,
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Program {
    /// A program by name or path.
    #[must_use]
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program.as_ref());
        command.env_clear().kill_on_drop(true);
        for name in ["PATH", "HOME", "LANG", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // Allows file names beyond ASCII, whatever the machine's locale is.
        command.env("LC_ALL", "C.UTF-8").env("PYTHONUTF8", "1");
        Self {
            command,
            shown: program.as_ref().to_string_lossy().into_owned(),
            input: Vec::new(),
        }
    }

    /// The AWS CLI that deploys the local stack, without any configuration.
    #[must_use]
    pub fn aws_cli() -> Self {
        Self::new(workspace().join(".local/venv/bin/aws"))
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_PAGER", "")
            .env("AWS_MAX_ATTEMPTS", "2")
    }

    /// Python with the tests' own packages (boto3).
    #[must_use]
    pub fn python() -> Self {
        Self::new(workspace().join(".local/venv-test/bin/python3"))
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.command.env(name.into(), value.into());
        self
    }

    /// Sets several environment variables.
    #[must_use]
    pub fn envs(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.command.envs(variables);
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.command.current_dir(directory.into());
        self
    }

    /// Sets the standard input.
    #[must_use]
    pub fn input(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.input = text.into();
        self
    }

    /// Runs the program to its end, whatever its exit code.
    pub async fn run(mut self) -> Ran {
        let shown = self.shown;
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self
            .command
            .spawn()
            .unwrap_or_else(|error| panic!("{shown}: {error}; run `make test`"));
        let mut stdin = child.stdin.take().unwrap();
        let input = self.input;
        // A program may end without reading its input.
        let write = async move { stdin.write_all(&input).await.unwrap_or_default() };
        let ended = async { tokio::join!(write, child.wait_with_output()).1 };
        let output = tokio::time::timeout(PATIENCE, ended)
            .await
            .unwrap_or_else(|_| panic!("{shown}: not done within {} s", PATIENCE.as_secs()))
            .unwrap();
        Ran {
            command: shown,
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// Returns the standard output; the test fails unless the program succeeded.
    #[must_use]
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{self:#?}");
        self.stdout
    }
}
