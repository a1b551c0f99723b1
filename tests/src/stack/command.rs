//! Programs as people run them, with an environment of our choosing.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::PATIENCE;
use crate::template::workspace;

/// A program to be run. Of this process's environment it gets PATH, HOME and the locale only, so that no account or
/// profile of the person who runs the tests reaches it.
#[derive(Debug)]
pub struct Program {
    command: Command,
    shown: String,
    input: Vec<u8>,
}

/// What came of it.
#[derive(Debug)]
pub struct Ran {
    /// Its command line.
    pub command: String,
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// What it said.
    pub stdout: String,
    /// What it complained of.
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
        // File names beyond ASCII, whatever the machine's locale is.
        command.env("LC_ALL", "C.UTF-8").env("PYTHONUTF8", "1");
        Self {
            command,
            shown: program.as_ref().to_string_lossy().into_owned(),
            input: Vec::new(),
        }
    }

    /// The AWS CLI that the local stack is deployed with, without any configuration.
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

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// A variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.command.env(name.into(), value.into());
        self
    }

    /// Several variables.
    #[must_use]
    pub fn envs(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.command.envs(variables);
        self
    }

    /// Where it runs.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.command.current_dir(directory.into());
        self
    }

    /// What it reads.
    #[must_use]
    pub fn input(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.input = text.into();
        self
    }

    /// Runs it to its end, whatever that is.
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
        // A program may end without reading it.
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
    /// What it said; the test fails unless it succeeded.
    #[must_use]
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{self:#?}");
        self.stdout
    }
}
