//! Finds the media again after the emulator was killed, or after a first deployment that failed.
//!
//! The emulator writes objects to disk as they come, but all else (stacks, users, queues, bucket
//! settings) only on SIGTERM. After `kill -9` it therefore starts with an older snapshot, or with none,
//! and with objects of buckets that the snapshot does not know; creating such a bucket by template
//! fails, as it is already there. So objects of unknown buckets wait aside while the template makes
//! their buckets anew; then the emulator is stopped once, they are put back, and it starts again. A
//! snapshot without a stack that can be updated is worth nothing, and is dropped: its buckets, which
//! no stack owns, would be in the way. AWS loses no state; there is nothing of this there.
//!
//! Layout of the emulator, pinned in `local/requirements/run.txt`: `{account}/{bucket}/…` and
//! `.versions/{account}/{bucket}/…`; scoped names `{account}\0…'{name}'` in the snapshot.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::layout::StackDir;

/// Older versions lie beside the accounts.
const VERSIONS: &str = ".versions";

/// States in which CloudFormation updates a stack.
const UPDATABLE: [&str; 3] = [
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
];

/// Moves the objects of buckets aside that no snapshot with stack `name` knows; how many buckets wait,
/// earlier ones included.
///
/// # Errors
///
/// When directories cannot be read or moved.
pub fn set_aside(stack: &StackDir, name: &str) -> io::Result<usize> {
    if stack.snapshot().is_dir() && !has_stack(&stack.snapshot().join("cloudformation.json"), name)
    {
        std::fs::remove_dir_all(stack.snapshot())?;
    }
    let known = known_buckets(&stack.snapshot().join("s3.json"));
    for bucket in buckets_in(&stack.objects())? {
        if !known.contains(&bucket) && !is_empty(&stack.objects().join(&bucket)) {
            move_bucket(&bucket, &stack.objects(), &stack.objects_aside())?;
        }
    }
    Ok(buckets_in(&stack.objects_aside())?.len())
}

/// Puts all of them back; the emulator must not be running.
///
/// # Errors
///
/// When directories cannot be read or moved.
pub fn put_back(stack: &StackDir) -> io::Result<()> {
    for bucket in buckets_in(&stack.objects_aside())? {
        move_bucket(&bucket, &stack.objects_aside(), &stack.objects())?;
    }
    std::fs::remove_dir_all(stack.objects_aside())
}

/// Both the objects and their older versions; the target's own are replaced only file by file.
fn move_bucket(bucket: &Path, from: &Path, to: &Path) -> io::Result<()> {
    let versions = Path::new(VERSIONS).join(bucket);
    for part in [versions.as_path(), bucket] {
        if from.join(part).is_dir() {
            merge(&from.join(part), &to.join(part))?;
        }
    }
    Ok(())
}

fn merge(from: &Path, to: &Path) -> io::Result<()> {
    if !to.exists() {
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent)?;
        }
        return std::fs::rename(from, to);
    }
    if !from.is_dir() {
        return std::fs::rename(from, to);
    }
    for entry in std::fs::read_dir(from)? {
        let name = entry?.file_name();
        merge(&from.join(&name), &to.join(&name))?;
    }
    std::fs::remove_dir(from)
}

/// `{account}/{bucket}` for every bucket under `objects`.
fn buckets_in(objects: &Path) -> io::Result<Vec<PathBuf>> {
    let mut buckets = Vec::new();
    if !objects.is_dir() {
        return Ok(buckets);
    }
    for account in std::fs::read_dir(objects)? {
        let account = account?;
        if account.file_name() == VERSIONS || !account.path().is_dir() {
            continue;
        }
        for bucket in std::fs::read_dir(account.path())? {
            buckets.push(Path::new(&account.file_name()).join(bucket?.file_name()));
        }
    }
    Ok(buckets)
}

fn is_empty(directory: &Path) -> bool {
    std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none())
}

fn has_stack(snapshot: &Path, name: &str) -> bool {
    let quoted = format!("'{name}'");
    scoped(snapshot, "/payload/stacks/data")
        .iter()
        .any(|(key, stack)| {
            let status = stack.get("StackStatus").and_then(Value::as_str);
            key.ends_with(&quoted) && status.is_some_and(|status| UPDATABLE.contains(&status))
        })
}

fn known_buckets(snapshot: &Path) -> BTreeSet<PathBuf> {
    let buckets = scoped(snapshot, "/payload/buckets_meta/data");
    let path = |key: &String| {
        let (account, name) = key.split_once('\0')?;
        Some(Path::new(account).join(name.trim_matches('\'')))
    };
    buckets.keys().filter_map(path).collect()
}

/// What a file of the snapshot holds at `pointer`; an unreadable one holds nothing, as the emulator
/// then starts without it, too.
fn scoped(snapshot: &Path, pointer: &str) -> serde_json::Map<String, Value> {
    let text = std::fs::read(snapshot).unwrap_or_default();
    let state: Value = serde_json::from_slice(&text).unwrap_or_default();
    state
        .pointer(pointer)
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    const ACCOUNT: &str = "000000000000";

    fn object(stack: &StackDir, bucket: &str, key: &str, body: &str) {
        let path = stack.objects().join(ACCOUNT).join(bucket).join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, body).unwrap();
    }

    fn body(stack: &StackDir, bucket: &str, key: &str) -> Option<String> {
        std::fs::read_to_string(stack.objects().join(ACCOUNT).join(bucket).join(key)).ok()
    }

    fn snapshot(stack: &StackDir, bucket: &str, status: &str) {
        std::fs::create_dir_all(stack.snapshot()).unwrap();
        let buckets = serde_json::json!({ format!("{ACCOUNT}\0'{bucket}'"): {} });
        let state = serde_json::json!({ "payload": { "buckets_meta": { "__scoped__": true, "data": buckets } } });
        std::fs::write(stack.snapshot().join("s3.json"), state.to_string()).unwrap();
        let key = format!("{ACCOUNT}\0us-east-1\0'dozo'");
        let stacks = serde_json::json!({ key: { "StackStatus": status } });
        let state = serde_json::json!({ "payload": { "stacks": { "data": stacks } } });
        std::fs::write(
            stack.snapshot().join("cloudformation.json"),
            state.to_string(),
        )
        .unwrap();
    }

    #[test]
    fn objects_of_unknown_buckets_come_back_beside_new_ones() {
        let directory = tempfile::tempdir().unwrap();
        let stack = StackDir::at(directory.path());
        snapshot(&stack, "known", "UPDATE_COMPLETE");
        object(&stack, "known", "a", "stays");
        object(&stack, "lost", "demo/photo.jpg", "media");
        let versions = stack.objects().join(VERSIONS).join(ACCOUNT).join("lost/v1");
        std::fs::create_dir_all(&versions).unwrap();

        assert_eq!(set_aside(&stack, "dozo").unwrap(), 1);
        assert_eq!(body(&stack, "known", "a").as_deref(), Some("stays"));
        assert_eq!(body(&stack, "lost", "demo/photo.jpg"), None);

        object(&stack, "lost", "demo/new.jpg", "made by the new stack");
        put_back(&stack).unwrap();
        assert_eq!(
            body(&stack, "lost", "demo/photo.jpg").as_deref(),
            Some("media")
        );
        assert_eq!(
            body(&stack, "lost", "demo/new.jpg").as_deref(),
            Some("made by the new stack")
        );
        assert!(versions.is_dir());
        assert!(!stack.objects_aside().exists());
    }

    #[test]
    fn an_interrupted_recovery_is_finished_by_the_next() {
        let directory = tempfile::tempdir().unwrap();
        let stack = StackDir::at(directory.path());
        object(&stack, "lost", "a", "1");
        assert_eq!(set_aside(&stack, "dozo").unwrap(), 1);
        assert_eq!(
            set_aside(&stack, "dozo").unwrap(),
            1,
            "what waits is not forgotten"
        );
    }

    #[test]
    fn a_fresh_stack_has_nothing_to_find() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(
            set_aside(&StackDir::at(directory.path()), "dozo").unwrap(),
            0
        );
    }

    #[test]
    fn the_snapshot_of_a_failed_first_deployment_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let stack = StackDir::at(directory.path());
        snapshot(&stack, "known", "ROLLBACK_COMPLETE");
        object(&stack, "known", "a", "1");
        assert_eq!(set_aside(&stack, "dozo").unwrap(), 1);
        assert!(!stack.snapshot().exists());
    }
}
