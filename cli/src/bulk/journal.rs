//! The state file of an import, from which a second run goes on: one line of JSON for each thing that was done.
//!
//! A grant is on disk before the first object is copied with it. So wherever a process died, the next one asks for no
//! second grant for an object that may have been copied: an object becomes one media, and not two. If the line that
//! says that an object was copied is missing, S3 and the API know it.
//!
//! The file is only ever added to. A last line that was cut off is dropped.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::say::shown::shown;

/// The largest state file that is read, in bytes: some ten million objects.
const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Line {
    /// The source and the destination of the import. This is the first line.
    Import(Head),
    /// A grant for some objects.
    Granted(Grant),
    /// An object was copied.
    Copied {
        /// The media that it becomes.
        media: String,
    },
    /// An object is not imported.
    Refused {
        /// Its key.
        key: String,
        /// Its entity tag.
        etag: String,
        /// Its size in bytes.
        bytes: u64,
        /// The code of the reason.
        code: String,
        /// The reason in words.
        why: String,
    },
    /// A media is decided.
    Ended {
        /// The media.
        media: String,
        /// Its end.
        end: End,
    },
}

/// The source and the destination of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The place that it comes from.
    pub source: String,
    /// The API that it goes to.
    pub api: String,
    /// The app.
    pub app: String,
}

/// A grant, and the objects that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The upload's id.
    pub upload: String,
    /// The bucket that its files go to.
    pub bucket: String,
    /// The region of that bucket.
    pub region: String,
    /// The address of S3, if it is not AWS's.
    pub endpoint: Option<String>,
    /// The time at which it was asked for, in seconds since 1970.
    pub at: u64,
    /// Its files.
    pub files: Vec<Planned>,
}

/// An object, and what it becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The object's key.
    pub key: String,
    /// Its entity tag.
    pub etag: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The key to copy it to.
    pub to: String,
    /// The media that it becomes.
    pub media: String,
}

/// How a media ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Its state.
    pub state: String,
    /// The code of the reason, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The reason in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The state file of a running import. No other process can open it meanwhile.
#[derive(Debug)]
pub struct Journal {
    file: File,
}

impl Journal {
    /// Opens or creates the file, and returns the lines that it has, the first one apart.
    ///
    /// # Errors
    /// Fails if the file is used by another process, cannot be read, or is about another import.
    pub fn open(path: &Path, head: &Head) -> Result<(Self, Vec<Line>), Failure> {
        let fault =
            |says: String| Failure::Usage(format!("{}: {says}", shown(&path.to_string_lossy())));
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(|error| fault(format!("the state file cannot be opened: {error}")))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(fault(
                    "another import uses this state file; wait for its end".to_owned(),
                ));
            }
            Err(TryLockError::Error(error)) => {
                return Err(fault(format!("the state file cannot be locked: {error}")));
            }
        }
        if file.metadata()?.len() > MOST_BYTES {
            return Err(fault(
                "is too large for a state file; give another one with --state".to_owned(),
            ));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        bytes.truncate(whole);
        file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))?;
        file.seek(SeekFrom::End(0))?;
        let mut lines = read(&bytes).map_err(fault)?.into_iter();
        let mut journal = Self { file };
        match lines.next() {
            None => journal.note_safely(&Line::Import(head.clone()))?,
            Some(Line::Import(other)) if other == *head => {}
            Some(Line::Import(other)) => {
                return Err(fault(format!(
                    "is the state of another import, of {} into the app {} at {}; give another file with --state",
                    shown(&other.source),
                    shown(&other.app),
                    shown(&other.api)
                )));
            }
            Some(_) => {
                return Err(fault(
                    "is no state file of an import; give another one with --state".to_owned(),
                ));
            }
        }
        Ok((journal, lines.collect()))
    }

    /// Adds a line.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    pub fn note(&mut self, line: &Line) -> Result<(), Failure> {
        let mut text = serde_json::to_string(line).map_err(std::io::Error::from)?;
        text.push('\n');
        Ok(self.file.write_all(text.as_bytes())?)
    }

    /// Adds a line, and returns when it is on disk.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    pub fn note_safely(&mut self, line: &Line) -> Result<(), Failure> {
        self.note(line)?;
        Ok(self.file.sync_data()?)
    }
}

fn read(bytes: &[u8]) -> Result<Vec<Line>, String> {
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let read = lines.zip(1..).map(|(line, number)| {
        serde_json::from_slice(line).map_err(|error| {
            format!(
                "line {number} is no line of a state file: {error}; give another file with --state"
            )
        })
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            source: "s3://old/a/".to_owned(),
            api: "https://api.example".to_owned(),
            app: "shop".to_owned(),
        }
    }

    fn copied(media: &str) -> Line {
        Line::Copied {
            media: media.to_owned(),
        }
    }

    #[test]
    fn what_was_noted_is_read_again_and_a_line_that_was_cut_off_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.jsonl");
        let (mut journal, lines) = Journal::open(&path, &head()).unwrap();
        assert_eq!(lines, []);
        journal.note_safely(&copied("a")).unwrap();
        journal.note(&copied("b")).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let second = whole.len() - serde_json::to_vec(&copied("b")).unwrap().len() - 1;
        for length in second..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (mut journal, lines) = Journal::open(&path, &head()).unwrap();
            let is_whole = length == whole.len();
            let expected = if is_whole {
                vec![copied("a"), copied("b")]
            } else {
                vec![copied("a")]
            };
            assert_eq!(lines, expected, "{length}");
            journal.note(&copied("c")).unwrap();
            drop(journal);
            let (_journal, lines) = Journal::open(&path, &head()).unwrap();
            assert_eq!(lines.last(), Some(&copied("c")), "{length}");
        }
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.jsonl");
        let (journal, _) = Journal::open(&path, &head()).unwrap();
        let said = |head: &Head| {
            Journal::open(&path, head)
                .map(drop)
                .unwrap_err()
                .to_string()
        };
        assert!(said(&head()).contains("another import uses this state file"));
        drop(journal);
        let other = Head {
            app: "other".to_owned(),
            ..head()
        };
        assert!(
            said(&other)
                .contains("is the state of another import, of s3://old/a/ into the app shop")
        );
        std::fs::write(&path, "{}\n").unwrap();
        assert!(said(&head()).contains("line 1 is no line of a state file"));
        let line = serde_json::to_string(&copied("a")).unwrap();
        std::fs::write(&path, line + "\n").unwrap();
        assert!(said(&head()).contains("is no state file of an import"));
    }
}
