//! Where packaged functions wait for CloudFormation: one bucket per stack, account and region.
//!
//! Refuses to package a binary that cannot run on the architecture that the template is told.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::aws_cli::{AwsCli, AwsCliError};

/// What functions are built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Graviton, the default on AWS.
    Arm64,
    /// Intel and AMD.
    X86_64,
}

impl Architecture {
    /// As Lambda and the template's parameter spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    /// Of this machine, which the local stack's functions run on.
    pub fn of_this_machine() -> Self {
        if cfg!(target_arch = "aarch64") {
            Self::Arm64
        } else {
            Self::X86_64
        }
    }

    /// `e_machine` of the ELF header (<https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>).
    fn elf_machine(self) -> u16 {
        match self {
            Self::Arm64 => 183,
            Self::X86_64 => 62,
        }
    }
}

impl std::str::FromStr for Architecture {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "arm64" => Ok(Self::Arm64),
            "x86_64" => Ok(Self::X86_64),
            other => Err(format!("{other} is neither arm64 nor x86_64")),
        }
    }
}

/// Why the functions cannot be packaged.
#[derive(Debug, thiserror::Error)]
pub enum BinaryError {
    /// `make build` has not run.
    #[error("there are no functions in {}; run `make build`", dist.display())]
    None {
        /// The `dist` directory.
        dist: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Built for another architecture.
    #[error("{} is not built for {}; build it again for that architecture", binary.display(), wanted.as_str())]
    OtherArchitecture {
        /// The binary.
        binary: PathBuf,
        /// What the template is told.
        wanted: Architecture,
    },
}

/// `${stack}-artifacts-${account}-${region}`, within S3's 63 characters for any sensible stack name.
pub fn bucket_name(stack: &str, account: &str, region: &str) -> String {
    format!("{stack}-artifacts-{account}-{region}")
}

/// Makes sure that the bucket is there; S3 creates it private and encrypted by default since 2023.
///
/// # Errors
///
/// [`AwsCliError`], also when another account owns the name.
pub async fn ensure_bucket(aws: &AwsCli, bucket: &str) -> Result<(), AwsCliError> {
    let mut request = json!({ "Bucket": bucket });
    // us-east-1 is the one region that must not be named.
    if aws.region() != "us-east-1" {
        request = json!({ "Bucket": bucket, "CreateBucketConfiguration": { "LocationConstraint": aws.region() } });
    }
    match aws.call_with(&["s3api", "create-bucket"], &request).await {
        Err(error) if error.code() == Some("BucketAlreadyOwnedByYou") => Ok(()),
        other => other.map(|_| ()),
    }
}

/// Checks every `dist/<function>/bootstrap` before anything is uploaded.
///
/// # Errors
///
/// [`BinaryError`]
pub fn check_binaries(dist: &Path, wanted: Architecture) -> Result<(), BinaryError> {
    let entries = std::fs::read_dir(dist).map_err(|source| BinaryError::None {
        dist: dist.to_owned(),
        source,
    })?;
    for binary in entries
        .flatten()
        .map(|entry| entry.path().join("bootstrap"))
    {
        let machine = elf_machine(&binary);
        if machine.is_some_and(|machine| machine != wanted.elf_machine()) {
            return Err(BinaryError::OtherArchitecture { binary, wanted });
        }
    }
    Ok(())
}

/// `None` for what is no ELF file: a Mac's own binary, for its own local stack.
fn elf_machine(binary: &Path) -> Option<u16> {
    use std::io::Read;
    let mut header = [0_u8; 20];
    std::fs::File::open(binary)
        .ok()?
        .read_exact(&mut header)
        .ok()?;
    if !header.starts_with(b"\x7fELF") {
        return None;
    }
    let machine = header.get(18..20)?;
    <[u8; 2]>::try_from(machine).ok().map(u16::from_le_bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn dist_with(bytes: &[u8]) -> tempfile::TempDir {
        let dist = tempfile::tempdir().unwrap();
        std::fs::create_dir(dist.path().join("issue-token")).unwrap();
        std::fs::write(dist.path().join("issue-token/bootstrap"), bytes).unwrap();
        dist
    }

    #[test]
    fn a_binary_for_another_machine_is_refused() {
        let mut header = b"\x7fELF".to_vec();
        header.resize(18, 0);
        header.extend([62, 0]);
        let dist = dist_with(&header);
        assert!(check_binaries(dist.path(), Architecture::X86_64).is_ok());
        let message = check_binaries(dist.path(), Architecture::Arm64)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("issue-token/bootstrap is not built for arm64"),
            "{message}"
        );
    }

    #[test]
    fn a_native_binary_of_another_system_is_left_alone() {
        let dist = dist_with(&[0xcf, 0xfa, 0xed, 0xfe]);
        assert!(check_binaries(dist.path(), Architecture::Arm64).is_ok());
    }

    #[test]
    fn nothing_built_says_what_to_do() {
        let message = check_binaries(Path::new("/nowhere"), Architecture::Arm64)
            .unwrap_err()
            .to_string();
        assert!(message.contains("make build"), "{message}");
    }
}
