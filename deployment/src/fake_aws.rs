//! An AWS CLI for tests: it gives the answers that were laid ready, and notes each call with its request.

use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::aws_cli::{Access, AwsCli};

/// The directory of a program `aws`, with its answers and what it was asked.
///
/// The program is a link to a script of the checkout: a script that was just written cannot be run while another
/// thread starts a process of its own.
#[derive(Debug)]
pub(crate) struct FakeAws {
    directory: tempfile::TempDir,
}

impl FakeAws {
    /// An AWS CLI that answers nothing to every call.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/fake-aws");
        symlink(script, directory.path().join("aws")).unwrap();
        Self { directory }
    }

    /// Answers each call of `service.command` with this.
    pub(crate) fn answers(self, call: &str, answer: &str) -> Self {
        std::fs::write(self.directory.path().join(call), answer).unwrap();
        self
    }

    /// Refuses the call as the service would.
    pub(crate) fn refuses(self, call: &str, code: &str, why: &str) -> Self {
        let text = format!("An error occurred ({code}) when calling it: {why}");
        self.answers(call, &text)
    }

    /// Answers `service.command` with each of these in turn, and with the last one from then on.
    pub(crate) fn answers_in_turn(mut self, call: &str, answers: &[Value]) -> Self {
        for (before, answer) in answers.iter().enumerate() {
            self = self.answers(&format!("{call}.{}", before + 1), &answer.to_string());
            self = self.answers(call, &answer.to_string());
        }
        self
    }

    /// Returns the CLI.
    pub(crate) fn cli(&self) -> AwsCli {
        let directory = self.directory.path().to_owned();
        let access = Access::Environment { endpoint: None };
        AwsCli::new(directory.clone(), directory, "eu-west-1".to_owned(), access)
    }

    /// Returns the calls, each with its arguments but without the region, and in their order.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = std::fs::read_to_string(self.directory.path().join("calls"));
        let calls = calls.unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// Returns the names of the calls.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |call: &String| call.split(' ').take(2).collect::<Vec<_>>().join(" ");
        self.calls().iter().map(name).collect()
    }

    /// Returns the JSON request of the only call of this name.
    pub(crate) fn request(&self, name: &str) -> Value {
        let calls = self.calls();
        let mut named = calls.iter().filter(|call| call.starts_with(name));
        let (_, json) = named.next().and_then(|call| call.split_once('{')).unwrap();
        assert!(named.next().is_none(), "{calls:?}");
        serde_json::from_str(&format!("{{{json}")).unwrap()
    }
}
