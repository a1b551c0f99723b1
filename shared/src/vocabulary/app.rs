//! An app's registration: what it accepts, within what the platform accepts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::{App, Visibility};
use crate::vocabulary::page::{PAGE_SIZE, PageFormat};
use crate::vocabulary::preset::Presets;

/// The most that is accepted of a file: the platform's, or an app's lower one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes of an image.
    pub image_bytes: u64,
    /// Pixels of an image: width × height × frames.
    pub image_pixels: u64,
    /// Frames of an animated image.
    pub image_frames: u32,
    /// Bytes of a PDF.
    pub pdf_bytes: u64,
    /// Pages of a PDF.
    pub pdf_pages: u16,
    /// Bytes of an audio or video file.
    pub av_bytes: u64,
    /// Seconds that one plays.
    pub av_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl Limits {
    /// Images of 100 MiB, 100 megapixels, 300 frames; PDFs of 500 MiB, 2,000 pages; audio and video of 20 GiB, 4 hours.
    pub const STANDARD: Self = Self {
        image_bytes: 100 * 1024 * 1024,
        image_pixels: 100_000_000,
        image_frames: 300,
        pdf_bytes: 500 * 1024 * 1024,
        pdf_pages: 2_000,
        av_bytes: 20 * 1024 * 1024 * 1024,
        av_seconds: 4 * 60 * 60,
    };

    /// Bytes of a file of the kind, of these, that may be largest.
    #[must_use]
    pub fn most_bytes(&self, kinds: &[Kind]) -> u64 {
        let of = |kind: &Kind| match kind {
            Kind::Image => self.image_bytes,
            Kind::Pdf => self.pdf_bytes,
            Kind::Audio | Kind::Video => self.av_bytes,
        };
        kinds.iter().map(of).max().unwrap_or(0)
    }

    /// The lower of the two, field by field: an app's registration may be older than a lowered platform limit.
    #[must_use]
    pub fn within(self, platform: Self) -> Self {
        Self {
            image_bytes: self.image_bytes.min(platform.image_bytes),
            image_pixels: self.image_pixels.min(platform.image_pixels),
            image_frames: self.image_frames.min(platform.image_frames),
            pdf_bytes: self.pdf_bytes.min(platform.pdf_bytes),
            pdf_pages: self.pdf_pages.min(platform.pdf_pages),
            av_bytes: self.av_bytes.min(platform.av_bytes),
            av_seconds: self.av_seconds.min(platform.av_seconds),
        }
    }
}

/// The most that an app may bring in: the platform's, or an app's lower one. What is counted is what was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotas {
    /// Files of one upload.
    pub files_per_upload: u32,
    /// Media of a day, which begins at midnight UTC.
    pub media_per_day: u32,
    /// Bytes of a day's media, as they were uploaded.
    pub bytes_per_day: u64,
}

impl Default for Quotas {
    /// 1,000 files (as many as can be declared with one grant); 10,000 media and 100 GiB a day: a busy newsroom stays
    /// below, and a client that runs wild for a day costs a few dollars of storage a month.
    fn default() -> Self {
        Self {
            files_per_upload: 1_000,
            media_per_day: 10_000,
            bytes_per_day: 100 * 1024 * 1024 * 1024,
        }
    }
}

impl Quotas {
    /// The lower of the two, field by field, as [`Limits::within`].
    #[must_use]
    pub fn within(self, platform: Self) -> Self {
        Self {
            files_per_upload: self.files_per_upload.min(platform.files_per_upload),
            media_per_day: self.media_per_day.min(platform.media_per_day),
            bytes_per_day: self.bytes_per_day.min(platform.bytes_per_day),
        }
    }
}

/// The longest that viewers are granted a private media when nothing is said, in seconds: 12 hours. A grant cannot be
/// taken back by itself, and its address can be passed on.
pub const GRANT_SECONDS: u32 = 43_200;

fn standard_grant_seconds() -> u32 {
    GRANT_SECONDS
}

fn standard_page_size() -> u32 {
    PAGE_SIZE
}

/// An app as it is stored and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRecord {
    /// Its name.
    pub app: App,
    /// The kinds of media it accepts.
    pub kinds: Vec<Kind>,
    /// The most that it accepts of a file.
    pub limits: Limits,
    /// The most that it may bring in.
    #[serde(default)]
    pub quotas: Quotas,
    /// Of an upload that does not say.
    pub visibility: Visibility,
    /// Whether originals are delivered with the metadata they came with: place, device, names.
    #[serde(default)]
    pub keep_original_metadata: bool,
    /// The sizes that it asks for by name.
    #[serde(default)]
    pub presets: Presets,
    /// Whether nothing is rendered but its presets and the sizes in `info.json`.
    #[serde(default)]
    pub sizes_only: bool,
    /// What the pages of its documents are encoded as.
    #[serde(default)]
    pub page_format: PageFormat,
    /// Pixels on the long side of a page's image.
    #[serde(default = "standard_page_size")]
    pub page_size: u32,
    /// The longest that it grants viewers a private media, in seconds.
    #[serde(default = "standard_grant_seconds")]
    pub grant_seconds: u32,
    /// When it was first registered.
    pub created_at: Timestamp,
    /// When it was registered last.
    pub updated_at: Timestamp,
}

/// What one grant of upload credentials allows, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRecord {
    /// Of all media of the upload.
    pub visibility: Visibility,
    /// The file names it is for; `None` for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
    /// When the credentials end.
    pub expires_at: Timestamp,
    /// When it was granted.
    pub created_at: Timestamp,
}

impl GrantRecord {
    /// Whether a file of this name may come with it.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        self.files
            .as_ref()
            .is_none_or(|files| files.iter().any(|file| file == name))
    }
}
