//! `stack.json`: the addresses, names and keys of a running local stack, for scripts, tests and tools.
//!
//! It holds secrets of local users, so only its owner may read it. It is written atomically, once everything in it
//! works, and removed when the stack stops.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The file's contents.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StackFile {
    /// AWS region.
    pub region: String,
    /// Account id, 12 digits.
    pub account: String,
    /// Stack name.
    pub stack: String,
    /// Base URL of all AWS services.
    pub aws_endpoint: String,
    /// Base URL of the API; works with `curl --aws-sigv4`.
    pub api: String,
    /// Base URL of the edge.
    pub cdn: String,
    /// Base URL of the demo page; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demo: Option<String>,
    /// Bucket names by purpose.
    pub buckets: BTreeMap<String, String>,
    /// Queue URLs by the queue's name without the stack's prefix.
    pub queues: BTreeMap<String, String>,
    /// Function names by the function's directory in `functions/`.
    pub functions: BTreeMap<String, String>,
    /// Id of the CloudFront distribution.
    pub distribution_id: String,
    /// Keys of the users that may call the API.
    pub credentials: Credentials,
}

/// The keys of the two API users.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// This key may call `/apps/demo/*` only.
    pub app: AccessKey,
    /// This key may call `/admin/*` and `/apps/*`.
    pub admin: AccessKey,
}

/// A long-term key of a local IAM user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// The key's id.
    pub access_key_id: String,
    /// The key's secret.
    pub secret_access_key: String,
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessKey")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Writes `value` as JSON that only its owner may read. Readers see either the old file or the new one.
///
/// # Errors
///
/// An I/O error if the directory cannot be written.
pub fn write_private<T: Serialize>(path: &Path, value: &T) -> std::io::Result<()> {
    let mut text = serde_json::to_vec_pretty(value).map_err(std::io::Error::other)?;
    text.push(b'\n');
    write_private_bytes(path, &text)
}

/// Like [`write_private`], for any bytes.
///
/// # Errors
///
/// An I/O error if the directory cannot be written.
pub fn write_private_bytes(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let passing = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&passing)?;
    // `mode` applies only to a file that is newly created.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    std::fs::rename(&passing, path)
}

/// Reads JSON; returns `None` if the file does not exist or does not have this shape.
pub fn read_if_valid<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_reads_it_even_over_an_open_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users.json");
        std::fs::write(path.with_extension("new"), "left over").unwrap();
        let key = AccessKey {
            access_key_id: "a".to_owned(),
            secret_access_key: "b".to_owned(),
        };
        write_private(&path, &key).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(read_if_valid::<AccessKey>(&path), Some(key));
    }

    #[test]
    fn a_stack_without_a_demo_page_has_no_such_field() {
        let key = AccessKey {
            access_key_id: "a".to_owned(),
            secret_access_key: "b".to_owned(),
        };
        let file = StackFile {
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            stack: "dozo-local".to_owned(),
            aws_endpoint: String::new(),
            api: String::new(),
            cdn: String::new(),
            demo: None,
            buckets: BTreeMap::new(),
            queues: BTreeMap::new(),
            functions: BTreeMap::new(),
            distribution_id: String::new(),
            credentials: Credentials {
                app: key.clone(),
                admin: key,
            },
        };
        let text = serde_json::to_string(&file).unwrap();
        assert!(!text.contains("\"demo\""), "{text}");
    }
}
