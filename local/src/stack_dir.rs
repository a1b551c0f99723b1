//! The paths of a local stack's files on disk.
//!
//! Two stacks never share a directory: `make run` has `.local/`, every `with-stack` one of its own. Only the Python
//! environment is shared, because nothing writes to it while a stack is up.

use std::path::{Path, PathBuf};

/// One local stack's own files.
#[derive(Debug, Clone)]
pub struct StackDir {
    root: PathBuf,
}

impl StackDir {
    /// Returns the stack that lives under `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The lock file, locked while the stack is up.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// `stack.json`, the file that scripts read; it exists while the stack is up.
    pub fn stack_file(&self) -> PathBuf {
        self.root.join("stack.json")
    }

    /// An AWS CLI configuration with the `dozo-demo` profile.
    pub fn aws_config(&self) -> PathBuf {
        self.root.join("aws-config")
    }

    /// The emulator's log, and one log per function.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Everything that outlives the stack.
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// The emulator's snapshot, which it writes on SIGTERM only.
    pub fn snapshot(&self) -> PathBuf {
        self.state().join("ministack")
    }

    /// The objects in S3, which are written at once.
    pub fn objects(&self) -> PathBuf {
        self.state().join("s3")
    }

    /// Unpacked functions and other temporary files of the emulator.
    pub fn scratch(&self) -> PathBuf {
        self.state().join("tmp")
    }

    /// The record of the emulator process that belongs to this stack.
    pub fn emulator_record(&self) -> PathBuf {
        self.state().join("emulator.json")
    }

    /// The secret keys of the API users, which IAM returns only once.
    pub fn users(&self) -> PathBuf {
        self.state().join("users.json")
    }
}
