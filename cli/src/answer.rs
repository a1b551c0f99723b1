//! What the API answers, as far as people are told of it. Read leniently: what is new or absent is no fault.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A media.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Media {
    /// Its id.
    pub media: String,
    /// The tenant.
    pub app: String,
    /// The grant it came with.
    pub upload: String,
    /// Where it stands.
    pub state: String,
    /// `public` or `private`.
    pub visibility: String,
    /// As the uploader named it; a deleted one has none.
    pub file_name: Option<String>,
    /// `image`, …
    pub kind: Option<String>,
    /// Such as `image/jpeg`.
    pub content_type: Option<String>,
    /// Of the upload.
    pub bytes: Option<u64>,
    /// Pixels.
    pub width: Option<u64>,
    /// Pixels.
    pub height: Option<u64>,
    /// Of an animation.
    pub frames: Option<u64>,
    /// Of a PDF.
    pub pages: Option<u64>,
    /// Of audio and video.
    pub duration_seconds: Option<f64>,
    /// First seen.
    pub created_at: String,
    /// Last changed.
    pub updated_at: String,
    /// How far a long job is.
    pub progress: Option<Progress>,
    /// Why it was refused.
    pub rejection: Option<Rejection>,
    /// Why it was given up.
    pub failure: Option<Lapse>,
    /// Why it is down.
    pub suspension: Option<Suspension>,
    /// Where viewers get it: an address, or several.
    pub urls: BTreeMap<String, Value>,
    /// What happened, oldest first.
    pub history: Vec<Event>,
}

impl Media {
    /// The name to call it by.
    #[must_use]
    pub fn name(&self) -> &str {
        self.file_name.as_deref().unwrap_or("(a deleted file)")
    }

    /// The address of the whole of it.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        let named = ["original", "hls", "mp4", "manifest"];
        let mut found = named.iter().filter_map(|name| self.urls.get(*name));
        found.find_map(Value::as_str)
    }
}

/// How far a long job is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Parts that are done.
    pub done: u64,
    /// Parts in all.
    pub total: u64,
}

/// Why a file was refused.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Rejection {
    /// Stable.
    pub code: String,
    /// For the uploader.
    pub message: String,
}

/// Why a media was given up.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Lapse {
    /// Which function.
    pub stage: String,
    /// Stable.
    pub code: String,
    /// For a person.
    pub message: String,
    /// Tries.
    pub attempts: u32,
}

/// Why a media is down.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Suspension {
    /// `legal`, `abuse` or `other`.
    pub reason: String,
    /// For the record.
    pub note: Option<String>,
    /// Who demands it.
    pub blocked_by: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    /// When.
    pub at: String,
    /// What.
    pub what: String,
    /// Who.
    pub by: String,
    /// Why, or which.
    pub note: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Page {
    /// Of this page.
    pub items: Vec<Media>,
    /// What the next page comes after.
    pub next: Option<String>,
}
