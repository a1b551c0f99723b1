//! A directory with files to upload and an AWS profile, whose `credential_process` prints a grant's answer unchanged.

use std::path::{Path, PathBuf};

use dozo_tests::stack::{Grant, Program, Stack};
use tempfile::TempDir;

pub(crate) struct Profile {
    directory: TempDir,
}

impl Profile {
    pub(crate) fn new(stack: &Stack, grant: &Grant) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let answer = directory.path().join("answer.json");
        std::fs::write(&answer, &grant.text).unwrap();
        let config = format!(
            "[profile dozo]\nregion = {}\nendpoint_url = {}\ncredential_process = cat \"{}\"\n",
            stack.file.region,
            stack.file.aws_endpoint,
            answer.display()
        );
        std::fs::write(directory.path().join("config"), config).unwrap();
        Self { directory }
    }

    /// Writes a file to upload; `name` may contain slashes.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.files().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Returns the directory of those files.
    pub(crate) fn files(&self) -> PathBuf {
        self.directory.path().join("files")
    }

    /// Makes a program use the profile.
    pub(crate) fn choose(&self, program: Program) -> Program {
        let config: &Path = &self.directory.path().join("config");
        program
            .env("AWS_CONFIG_FILE", config)
            .env("AWS_PROFILE", "dozo")
    }
}
