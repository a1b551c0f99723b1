//! An app's registration: the media it accepts, within the platform's limits.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::expiry::Declared;
use crate::vocabulary::kind::Kind;
use crate::vocabulary::moment::Moment;
use crate::vocabulary::names::{AppId, Visibility};
use crate::vocabulary::origin::Origin;
use crate::vocabulary::page::{PAGE_SIZE, PageFormat};
use crate::vocabulary::preset::Presets;
use crate::vocabulary::upload_format::UploadFormat;

/// The limits on a single file: the platform's, or an app's lower ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Limits {
    /// The bytes of an image.
    pub image_bytes: u64,
    /// The pixels of an image: width × height × frames.
    pub image_pixels: u64,
    /// The frames of an animated image.
    pub image_frames: u32,
    /// The bytes of a PDF.
    pub pdf_bytes: u64,
    /// The pages of a PDF.
    pub pdf_pages: u16,
    /// The bytes of an audio or video file.
    pub av_bytes: u64,
    /// The duration of an audio or video file, in seconds.
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

    /// Returns the bytes of the largest file that these kinds allow, or 0 if there are no kinds.
    #[must_use]
    pub fn most_bytes(&self, kinds: &[Kind]) -> u64 {
        let of = |kind: &Kind| match kind {
            Kind::Image => self.image_bytes,
            Kind::Pdf => self.pdf_bytes,
            Kind::Audio | Kind::Video => self.av_bytes,
        };
        kinds.iter().map(of).max().unwrap_or(0)
    }

    /// Returns the lower of the two limits, field by field. The platform's limits may have been lowered after an app
    /// was registered.
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

/// The limits on everything that an app uploads: the platform's, or an app's lower ones. Only accepted files count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quotas {
    /// The files in one upload.
    pub files_per_upload: u32,
    /// The media in a day, which begins at midnight UTC.
    pub media_per_day: u32,
    /// The bytes of the media in a day, as they were uploaded.
    pub bytes_per_day: u64,
}

impl Default for Quotas {
    /// 1,000 files an upload (as many as one grant can declare), and 10,000 media and 100 GiB a day. A busy newsroom
    /// stays below this, and a client that runs wild for a day costs a few dollars of storage a month.
    fn default() -> Self {
        Self {
            files_per_upload: 1_000,
            media_per_day: 10_000,
            bytes_per_day: 100 * 1024 * 1024 * 1024,
        }
    }
}

impl Quotas {
    /// Returns the lower of the two quotas, field by field, as [`Limits::within`] does.
    #[must_use]
    pub fn within(self, platform: Self) -> Self {
        Self {
            files_per_upload: self.files_per_upload.min(platform.files_per_upload),
            media_per_day: self.media_per_day.min(platform.media_per_day),
            bytes_per_day: self.bytes_per_day.min(platform.bytes_per_day),
        }
    }
}

/// The default for the longest grant of a private media to viewers, in seconds: 12 hours. A single grant cannot be
/// revoked, and its address can be passed on.
pub const GRANT_SECONDS: u32 = 43_200;

/// The most fields of metadata by whose values an app's media are listed. Each costs a PUT for every media that has it.
pub const MOST_INDEXED: usize = 5;

fn standard_grant_seconds() -> u32 {
    GRANT_SECONDS
}

fn yes() -> bool {
    true
}

fn standard_page_size() -> u32 {
    PAGE_SIZE
}

/// An app's registration, as it is stored and as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "App")]
pub struct AppRecord {
    /// The app's name.
    pub app: AppId,
    /// The kinds of media that the app accepts.
    pub kinds: Vec<Kind>,
    /// The formats that the app accepts; without them it accepts all, and those that the platform will learn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formats: Option<Vec<UploadFormat>>,
    /// The limits on a single file.
    pub limits: Limits,
    /// The limits on everything that the app uploads.
    #[serde(default)]
    pub quotas: Quotas,
    /// The visibility of an upload that does not choose one.
    pub visibility: Visibility,
    /// Whether originals are delivered with their metadata, such as place, device and names.
    #[serde(default)]
    pub keep_original_metadata: bool,
    /// The sizes that the app can request by name.
    #[serde(default)]
    pub presets: Presets,
    /// Whether only the presets and the sizes in `info.json` are rendered.
    #[serde(default)]
    pub sizes_only: bool,
    /// Whether a large picture gets a preview, from which small sizes are rendered.
    #[serde(default = "yes")]
    pub previews: bool,
    /// The format of the images of a document's pages.
    #[serde(default)]
    pub page_format: PageFormat,
    /// The long side of a page's image, in pixels.
    #[serde(default = "standard_page_size")]
    pub page_size: u32,
    /// The longest grant of a private media to viewers, in seconds.
    #[serde(default = "standard_grant_seconds")]
    pub grant_seconds: u32,
    /// Fields of media's metadata by whose values media are listed.
    #[serde(default)]
    pub indexed: Vec<String>,
    /// The time of the first registration.
    #[schemars(with = "Moment")]
    pub created_at: Timestamp,
    /// The time of the latest registration.
    #[schemars(with = "Moment")]
    pub updated_at: Timestamp,
}

impl AppRecord {
    /// Returns whether the app accepts files of this format, provided that it accepts their kind.
    #[must_use]
    pub fn takes(&self, format: UploadFormat) -> bool {
        self.formats
            .as_ref()
            .is_none_or(|formats| formats.contains(&format))
    }
}

/// The permissions of one grant of upload credentials, as they are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRecord {
    /// The visibility of all media of the upload.
    pub visibility: Visibility,
    /// The file names that may be uploaded; `None` allows any name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
    /// The app's declarations about files, by the files' names. Files about which it says nothing are not here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub declared: BTreeMap<String, Declared>,
    /// The origin of the one file, if the platform brings it. There are no credentials then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The time at which the credentials expire.
    pub expires_at: Timestamp,
    /// The time at which the grant was made.
    pub created_at: Timestamp,
}

impl GrantRecord {
    /// Returns whether the grant allows a file of this name.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        self.files
            .as_ref()
            .is_none_or(|files| files.iter().any(|file| file == name))
    }

    /// Returns what the app said about a file of this name when it declared it.
    #[must_use]
    pub fn declared(&self, name: &str) -> Declared {
        self.declared.get(name).cloned().unwrap_or_default()
    }
}
