//! Files that only their owner may read, because they hold secrets of local users.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use serde::{Deserialize, Serialize};

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
    use stack_file::AccessKey;

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
}
