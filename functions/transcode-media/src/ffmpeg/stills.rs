//! Finds the pictures of the storyboard that FFmpeg has written. Each is named by the number of its span.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The directory that they are written to.
pub(super) const DIRECTORY: &str = "stills";

/// Returns the pictures that are complete, by their numbers, which only rise: the last one may still be written, unless
/// FFmpeg has ended.
pub(super) async fn complete(
    directory: &Path,
    has_ended: bool,
) -> std::io::Result<BTreeMap<u32, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut entries = tokio::fs::read_dir(directory.join(DIRECTORY)).await?;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".jpg"));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            found.insert(number, entry.path());
        }
    }
    if !has_ended {
        found.pop_last();
    }
    Ok(found)
}
