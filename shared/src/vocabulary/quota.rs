//! How much: amounts, and the quotas that they can exceed.

/// Media and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// How many.
    pub media: u64,
    /// Of all of them together.
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

    /// One of so many equal parts, rounded down.
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

/// A quota that was reached, and how much it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Files of one upload.
    FilesPerUpload(u32),
    /// Media of a day.
    MediaPerDay(u32),
    /// Bytes of a day.
    BytesPerDay(u64),
}

impl Quota {
    /// Whether it will be there again tomorrow.
    #[must_use]
    pub fn is_daily(self) -> bool {
        match self {
            Self::MediaPerDay(_) | Self::BytesPerDay(_) => true,
            Self::FilesPerUpload(_) => false,
        }
    }

    /// For the uploader: what was reached, and what to do.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::FilesPerUpload(files) => {
                format!(
                    "An upload may bring {files} files, and this one did. Put the others into another upload."
                )
            }
            Self::MediaPerDay(media) => format!(
                "This app takes {media} files a day, and today's are used up. Upload it again after midnight UTC."
            ),
            Self::BytesPerDay(bytes) => format!(
                "This app takes {bytes} bytes a day, and not enough of today's are left. Upload it again after midnight UTC."
            ),
        }
    }
}
