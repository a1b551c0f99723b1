//! Where everything of one local stack lies on disk.
//!
//! Two stacks never share a directory: `make run` has `.local/`, every `with-stack` one of its own.
//! Only the Python environment is shared, as nothing writes to it while a stack is up.

use std::path::{Path, PathBuf};

/// The checkout: what is deployed, and with which programs.
#[derive(Debug, Clone)]
pub struct Checkout {
    root: PathBuf,
}

impl Checkout {
    /// The checkout at `root`, the directory that holds `template.yaml`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory itself; commands are run in it, as `CodeUri` is relative.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The one description of the system.
    pub fn template(&self) -> PathBuf {
        self.root.join("template.yaml")
    }

    /// The demo page's files.
    pub fn demo_page(&self) -> PathBuf {
        self.root.join("local/demo")
    }

    /// Where local/ensure-hls-js puts what the demo page plays films with.
    #[must_use]
    pub fn demo_vendor(&self) -> PathBuf {
        self.root.join(".local/hls-js/vendor")
    }

    /// `dist/<function>/bootstrap` is what the template packages.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The AWS emulator, for Python.
    pub fn emulator(&self) -> PathBuf {
        self.root.join("local/run_ministack.py")
    }

    /// The programs of `local/requirements/run.txt`.
    pub fn venv_bin(&self) -> PathBuf {
        self.root.join(".local/venv/bin")
    }

    /// Where `make run` keeps its stack.
    pub fn default_stack_dir(&self) -> PathBuf {
        self.root.join(".local")
    }

    /// Parent of the directories of `with-stack`.
    pub fn test_stacks(&self) -> PathBuf {
        self.root.join(".local/with-stack")
    }
}

/// One local stack's own files.
#[derive(Debug, Clone)]
pub struct StackDir {
    root: PathBuf,
}

impl StackDir {
    /// The stack that lives under `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Held while the stack is up.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// The contract for scripts, there while the stack is up.
    pub fn stack_file(&self) -> PathBuf {
        self.root.join("stack.json")
    }

    /// An AWS CLI configuration with the `dozo-demo` profile.
    pub fn aws_config(&self) -> PathBuf {
        self.root.join("aws-config")
    }

    /// The emulator's log, and one per function.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Everything that outlives the stack.
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// The emulator's snapshot, written on SIGTERM only.
    pub fn snapshot(&self) -> PathBuf {
        self.state().join("ministack")
    }

    /// Objects, written as they come.
    pub fn objects(&self) -> PathBuf {
        self.state().join("s3")
    }

    /// Unpacked functions and other passing files of the emulator.
    pub fn scratch(&self) -> PathBuf {
        self.state().join("tmp")
    }

    /// Which emulator process belongs to this stack.
    pub fn emulator_record(&self) -> PathBuf {
        self.state().join("emulator.json")
    }

    /// Secrets of the API users: IAM tells them only once.
    pub fn users(&self) -> PathBuf {
        self.state().join("users.json")
    }
}
