//! Amounts of media, and the quotas that they can exceed.

use serde::{Deserialize, Serialize};

/// A number of media and the bytes they take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// The number of media.
    pub media: u64,
    /// The bytes of all of them together.
    pub bytes: u64,
}

impl Used {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            media: self.media.saturating_add(other.media),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            media: self.media.saturating_sub(other.media),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    /// Returns one of `parts` equal parts, rounded down; zero if there are no parts.
    pub(crate) fn share(self, parts: u64) -> Self {
        Self {
            media: self.media.checked_div(parts).unwrap_or_default(),
            bytes: self.bytes.checked_div(parts).unwrap_or_default(),
        }
    }

    pub(crate) fn is_within(self, most: Self) -> bool {
        self.media <= most.media && self.bytes <= most.bytes
    }
}

/// A quota that was reached, with its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// The files in one upload.
    FilesPerUpload(u32),
    /// The media in a day.
    MediaPerDay(u32),
    /// The bytes in a day.
    BytesPerDay(u64),
}

impl Quota {
    /// Returns whether the quota starts anew the next day.
    #[must_use]
    pub fn is_daily(self) -> bool {
        match self {
            Self::MediaPerDay(_) | Self::BytesPerDay(_) => true,
            Self::FilesPerUpload(_) => false,
        }
    }

    /// Returns a sentence for the uploader: which quota was reached, and what to do.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::FilesPerUpload(files) => {
                format!(
                    "An upload may contain {files} files, and this upload already has that many. Put the other files into another upload."
                )
            }
            Self::MediaPerDay(media) => format!(
                "This app accepts {media} files a day, and today's quota is used up. Upload the file again after midnight UTC."
            ),
            Self::BytesPerDay(bytes) => format!(
                "This app accepts {bytes} bytes a day, and too few of them are left today. Upload the file again after midnight UTC."
            ),
        }
    }
}
