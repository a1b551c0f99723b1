//! A folder on this machine that an export is written to.
//!
//! A file is written beside its place and renamed when it is whole. The entity tag that it had in S3 is noted in
//! `exported.jsonl`, because a file has none.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;

use super::Original;
use crate::failure::Failure;
use crate::say::shown::shown;
use crate::upload::put::refused;

/// The file that has the entity tags.
const NOTES: &str = "exported.jsonl";

/// Tries of one file, each from its beginning.
const TRIES: u32 = 3;

/// The longest wait for the next bytes of a file.
const PATIENCE: Duration = Duration::from_mins(1);

/// A line of the notes.
#[derive(Debug, Serialize, Deserialize)]
struct Noted {
    name: String,
    bytes: u64,
    etag: String,
}

/// A folder, and what is noted of its files.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    known: HashMap<String, (u64, String)>,
    /// The notes; nothing is noted in a dry run.
    notes: Option<Mutex<File>>,
}

impl Folder {
    /// Opens a folder, which is created if it is not there. No other export can write to it meanwhile.
    pub(super) fn open(path: &Path, is_dry_run: bool) -> Result<Self, Failure> {
        let place = path.join(NOTES);
        let notes = if is_dry_run {
            None
        } else {
            fs::create_dir_all(path)?;
            let mut file = OpenOptions::new().append(true).create(true).open(&place)?;
            lock(&file, &place)?;
            // A line that was cut off must not spoil the next one.
            file.write_all(b"\n")?;
            Some(Mutex::new(file))
        };
        // A line that was cut off names a file that is written again.
        let known = fs::read(&place).unwrap_or_default();
        let known = known
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Noted>(line).ok())
            .map(|noted| (noted.name, (noted.bytes, noted.etag)))
            .collect();
        Ok(Self {
            path: path.to_owned(),
            known,
            notes,
        })
    }

    /// Writes a text, unless it is there.
    pub(super) async fn text(&self, name: &str, text: &str) -> Result<(), Failure> {
        let place = self.path.join(name);
        if fs::read(&place).is_ok_and(|there| there == text.as_bytes()) {
            return Ok(());
        }
        let beside = self.beside(name)?;
        tokio::fs::write(&beside, text).await?;
        Ok(tokio::fs::rename(&beside, &place).await?)
    }

    pub(super) fn has(&self, original: &Original<'_>) -> bool {
        let object = &original.object;
        let noted = self.known.get(&original.name);
        let is_noted =
            noted.is_some_and(|(bytes, etag)| *bytes == object.bytes && *etag == object.etag);
        let there = fs::metadata(self.path.join(&original.name));
        is_noted && there.is_ok_and(|there| there.is_file() && there.len() == object.bytes)
    }

    /// Writes an original.
    pub(super) async fn write(&self, original: &Original<'_>) -> Result<(), Failure> {
        let beside = self.beside(&original.name)?;
        let mut tries = 1;
        while let Err(failure) = fetch(original, &beside).await {
            let is_broken = matches!(failure, Failure::Unavailable { .. });
            if !is_broken || tries == TRIES {
                drop(tokio::fs::remove_file(&beside).await);
                return Err(failure);
            }
            tries += 1;
        }
        tokio::fs::rename(&beside, self.path.join(&original.name)).await?;
        self.note(original)
    }

    /// Returns the place of a file that is not whole yet, in a folder that is there.
    fn beside(&self, name: &str) -> Result<PathBuf, Failure> {
        let place = self.path.join(format!("{name}.part"));
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(place)
    }

    fn note(&self, original: &Original<'_>) -> Result<(), Failure> {
        let noted = Noted {
            name: original.name.clone(),
            bytes: original.object.bytes,
            etag: original.object.etag.clone(),
        };
        let mut line = serde_json::to_string(&noted).map_err(std::io::Error::from)?;
        line.push('\n');
        if let Some(notes) = &self.notes {
            let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
            notes.write_all(line.as_bytes())?;
        }
        Ok(())
    }
}

/// Keeps other exports away while the notes are open: two that write the same `.part` file would mix their bytes.
fn lock(notes: &File, place: &Path) -> Result<(), Failure> {
    let fault = |says: &str| Failure::Usage(format!("{}: {says}", shown(&place.to_string_lossy())));
    notes.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => fault("another export writes to this folder; wait for its end"),
        TryLockError::Error(error) => fault(&format!("the file cannot be locked: {error}")),
    })
}

async fn fetch(original: &Original<'_>, to: &Path) -> Result<(), Failure> {
    let object = &original.object;
    let get = original
        .s3
        .get_object()
        .bucket(original.bucket)
        .key(&object.key)
        .if_match(&object.etag);
    let mut body = get.send().await.map_err(|error| refused(&error))?.body;
    let mut file = tokio::fs::File::create(to).await?;
    let mut bytes: u64 = 0;
    loop {
        let next = tokio::time::timeout(PATIENCE, body.try_next()).await;
        let chunk = next.map_err(|_late| broken())?.map_err(|_cause| broken())?;
        let Some(chunk) = chunk else { break };
        bytes = bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if bytes > object.bytes {
            return Err(broken());
        }
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    file.sync_data().await?;
    if bytes == object.bytes {
        Ok(())
    } else {
        Err(broken())
    }
}

fn broken() -> Failure {
    Failure::Unavailable {
        what: "S3".to_owned(),
        cause: "the connection broke while a file came".to_owned(),
    }
}
