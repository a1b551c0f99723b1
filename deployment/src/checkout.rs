//! The paths of a checkout's files on disk.

use std::io;
use std::path::{Path, PathBuf};

/// The checkout: the files to deploy and the programs to deploy them with.
#[derive(Debug, Clone)]
pub struct Checkout {
    root: PathBuf,
}

impl Checkout {
    /// The checkout at `root`, the directory that holds `template.yaml`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns the nearest checkout, from the current directory upwards.
    ///
    /// # Errors
    ///
    /// Fails if there is none, or if there is no current directory.
    pub fn around_here() -> io::Result<Self> {
        let here = std::env::current_dir()?;
        let root = here
            .ancestors()
            .find(|directory| directory.join("template.yaml").is_file());
        let nowhere = "neither this directory nor one above it has a template.yaml; run this inside a Dozo checkout";
        let root = root.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, nowhere))?;
        Ok(Self::at(root))
    }

    /// Returns the directory itself; commands run in it, because `CodeUri` is relative.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the template, the only description of the system.
    pub fn template(&self) -> PathBuf {
        self.root.join("template.yaml")
    }

    /// The demo page's files.
    pub fn demo_page(&self) -> PathBuf {
        self.root.join("local/demo")
    }

    /// Returns the directory of the modules of the client library for JavaScript, which the demo page is built on.
    #[must_use]
    pub fn client_library(&self) -> PathBuf {
        self.root.join("sdk/js/src")
    }

    /// Returns the directory into which local/ensure-hls-js puts the video player of the demo page.
    #[must_use]
    pub fn demo_vendor(&self) -> PathBuf {
        self.root.join(".local/hls-js/vendor")
    }

    /// Returns the directory whose `<function>/bootstrap` the template packages.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Returns the Python program of the AWS emulator.
    pub fn emulator(&self) -> PathBuf {
        self.root.join("local/run_ministack.py")
    }

    /// Returns the directory with the programs of `local/requirements/run.txt`.
    pub fn venv_bin(&self) -> PathBuf {
        self.root.join(".local/venv/bin")
    }

    /// Returns the directory in which `make run` keeps its stack.
    pub fn default_stack_dir(&self) -> PathBuf {
        self.root.join(".local")
    }

    /// Returns the parent of `with-stack`'s directories.
    pub fn test_stacks(&self) -> PathBuf {
        self.root.join(".local/with-stack")
    }
}
