//! Tests the command line against the deployed stack, as people and scripts use it.

mod blocked;
mod granting;
mod looking;
mod messages;
mod moving;
mod places;
mod registering;
mod uploading;
mod verifying;
mod webhooks;
mod withdrawing;

use std::path::{Path, PathBuf};

use dozo_tests::stack::{Program, Stack};

/// `dozo`, as built beside these tests, without any AWS configuration.
fn dozo() -> Program {
    let test = std::env::current_exe().unwrap();
    let built = test.parent().and_then(Path::parent).unwrap().join("dozo");
    assert!(built.is_file(), "{}: run `make test`", built.display());
    Program::new(built)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
}

/// Runs `dozo` with the local stack.
fn local(stack: &Stack) -> Program {
    dozo().env("DOZO_STACK", stack.path()).arg("--local")
}

/// Files to upload.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}
