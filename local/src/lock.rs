//! Allows one stack per directory.
//!
//! The lock is advisory, and the system releases it with its process, so `kill -9` leaves no stale lock. The process
//! id in the file is used only in the message.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The lock on a stack's directory, held while the stack is up and released when dropped.
#[derive(Debug)]
pub struct StackLock {
    _file: File,
}

/// The reasons why the directory cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds the lock.
    #[error("a local stack is already running in {} (process {holder}); stop it with Ctrl-C in its terminal, or run kill {holder}", directory.display())]
    Held {
        /// The stack's directory.
        directory: PathBuf,
        /// The other process's id, or `unknown` if it has not been written yet.
        holder: String,
    },
    /// The lock file cannot be created or locked.
    #[error("cannot lock {}", path.display())]
    File {
        /// The lock file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

impl StackLock {
    /// Takes the lock at `path`, creating its directory.
    ///
    /// # Errors
    ///
    /// [`LockError::Held`], without waiting, if a stack is up there.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::File {
            path: path.to_owned(),
            source,
        };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(path, file)),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).map_err(failed)?;
        file.rewind().map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn held(path: &Path, mut file: File) -> LockError {
    let mut holder = String::new();
    if file.read_to_string(&mut holder).is_err() || holder.trim().is_empty() {
        holder = "unknown".to_owned();
    }
    let directory = path.parent().unwrap_or(path).to_owned();
    LockError::Held {
        directory,
        holder: holder.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_stack_is_told_who_has_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let first = StackLock::take(&path).unwrap();
        let message = StackLock::take(&path).unwrap_err().to_string();
        assert!(
            message.contains(&std::process::id().to_string()),
            "{message}"
        );
        drop(first);
        StackLock::take(&path).unwrap();
    }

    #[test]
    fn a_file_left_by_a_killed_process_is_no_obstacle() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        std::fs::write(&path, "99999999\n").unwrap();
        StackLock::take(&path).unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap().trim(),
            std::process::id().to_string()
        );
    }
}
