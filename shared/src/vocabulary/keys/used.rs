//! Keys of what apps used of their quotas: a mark for each accepted media, in a ledger for each day and each upload.
//!
//! A mark's key begins with the time at which its media was accepted, so a listing goes by time. Marks that were
//! written late come after all others.

use std::fmt;

use jiff::Timestamp;

use crate::vocabulary::day::Day;
use crate::vocabulary::names::{MediaId, UploadId};
use crate::vocabulary::quota::Used;

/// The ledger in which marks are added up. It is written as `day-2026-11-23` and `upload-{upload}` in keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ledger {
    /// The usage of an app on a day.
    Day(Day),
    /// The usage of one upload, over all days.
    Upload(UploadId),
}

impl Ledger {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.split_once('-')? {
            ("day", day) => Day::parse(day).map(Self::Day),
            ("upload", upload) => UploadId::parse(upload).ok().map(Self::Upload),
            _ => None,
        }
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "day-{day}"),
            Self::Upload(upload) => write!(f, "upload-{}", upload.as_str()),
        }
    }
}

/// The mark of an accepted media. It is written as `{milliseconds since 1970, 13 digits}.{media}.{bytes}` in keys, and
/// as `late.{media}.{bytes}` if it was written late.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The time at which the media was accepted, in milliseconds since 1970; `None` if the mark was written late.
    pub accepted_at: Option<u64>,
    /// The media.
    pub media: MediaId,
    /// The bytes of the file, as it was uploaded.
    pub bytes: u64,
}

impl Mark {
    /// Returns the mark of a media that was accepted at this time.
    #[must_use]
    pub fn new(accepted_at: Timestamp, media: MediaId, bytes: u64) -> Self {
        Self {
            accepted_at: Some(milliseconds(accepted_at)),
            media,
            bytes,
        }
    }

    /// Returns the same mark, written late.
    #[must_use]
    pub fn late(self) -> Self {
        Self {
            accepted_at: None,
            ..self
        }
    }

    /// Returns the amount that the mark stands for.
    #[must_use]
    pub fn used(&self) -> Used {
        Used {
            media: 1,
            bytes: self.bytes,
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let (time, rest) = text.split_once('.')?;
        let (media, bytes) = rest.split_once('.')?;
        let accepted_at = match time {
            "late" => None,
            _ => Some(time.parse().ok()?),
        };
        Some(Self {
            accepted_at,
            media: MediaId::parse(media).ok()?,
            bytes: bytes.parse().ok()?,
        })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.accepted_at {
            Some(time) => write!(f, "{time:013}")?,
            None => f.write_str("late")?,
        }
        write!(f, ".{}.{}", self.media, self.bytes)
    }
}

/// Returns a time as it is written in marks.
#[must_use]
pub fn milliseconds(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millisecond()).unwrap_or(0)
}
