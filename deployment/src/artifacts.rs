//! The bucket from which CloudFormation takes packaged functions: one per stack, account and region.
//!
//! Binaries that cannot run on the architecture given to the template are refused.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::aws_cli::{AwsCli, AwsCliError};

/// The processor architecture that functions are built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Graviton, the default on AWS.
    Arm64,
    /// Intel and AMD.
    X86_64,
}

impl Architecture {
    /// Returns the name that Lambda and the template's parameter use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    /// Returns the architecture of this machine, on which the local stack's functions run.
    pub fn of_this_machine() -> Self {
        if cfg!(target_arch = "aarch64") {
            Self::Arm64
        } else {
            Self::X86_64
        }
    }

    /// Returns `e_machine` of the ELF header (<https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>).
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
            other => Err(format!(
                "{other} is not an architecture; give arm64 or x86_64"
            )),
        }
    }
}

/// The reasons why the functions cannot be packaged.
#[derive(Debug, thiserror::Error)]
pub enum BinaryError {
    /// `make build` has not run.
    #[error("there are no functions in {}; run `make build`", dist.display())]
    None {
        /// The `dist` directory.
        dist: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The binary is built for another architecture.
    #[error("{} is not built for {}; build the functions again for that architecture", binary.display(), wanted.as_str())]
    OtherArchitecture {
        /// The binary.
        binary: PathBuf,
        /// The architecture given to the template.
        wanted: Architecture,
    },
}

/// Returns `${stack}-artifacts-${account}-${region}`, which fits S3's 63 characters for any sensible stack name.
pub fn bucket_name(stack: &str, account: &str, region: &str) -> String {
    format!("{stack}-artifacts-{account}-{region}")
}

/// Creates the bucket unless it exists. Since 2023, S3 makes buckets private and encrypted by default.
///
/// # Errors
///
/// [`AwsCliError`], also when another account owns the name.
pub async fn ensure_bucket(aws: &AwsCli, bucket: &str) -> Result<(), AwsCliError> {
    let mut request = json!({ "Bucket": bucket });
    // us-east-1 is the only region that must not be given.
    if aws.region() != "us-east-1" {
        request = json!({ "Bucket": bucket, "CreateBucketConfiguration": { "LocationConstraint": aws.region() } });
    }
    match aws.call_with(&["s3api", "create-bucket"], &request).await {
        Err(error) if error.code() == Some("BucketAlreadyOwnedByYou") => Ok(()),
        other => other.map(|_| ()),
    }
}

/// Checks every `dist/<function>/bootstrap`; call it before anything is uploaded.
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

/// Returns `None` if the file is not ELF, such as a Mac's own binary for a local stack there.
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
