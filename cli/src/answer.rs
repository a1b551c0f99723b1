//! The API's answers, as far as they are shown to people. New or missing fields are no errors.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A media.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Media {
    /// Its id.
    pub media: String,
    /// The app that it belongs to.
    pub app: String,
    /// The grant it came with.
    pub upload: String,
    /// The state.
    pub state: String,
    /// `public` or `private`.
    pub visibility: String,
    /// The uploader's file name; a deleted media has none.
    pub file_name: Option<String>,
    /// `image`, `video`, …
    pub kind: Option<String>,
    /// A media type such as `image/jpeg`.
    pub content_type: Option<String>,
    /// The media type of the upload, if the original was made of it.
    pub source_type: Option<String>,
    /// The size of the upload.
    pub bytes: Option<u64>,
    /// The SHA-256 of the upload.
    pub sha256: Option<String>,
    /// Width in pixels.
    pub width: Option<u64>,
    /// Height in pixels.
    pub height: Option<u64>,
    /// The frames of an animation.
    pub frames: Option<u64>,
    /// The pages of a PDF.
    pub pages: Option<u64>,
    /// The duration of audio and video.
    pub duration_seconds: Option<f64>,
    /// The time at which it was first seen.
    pub created_at: String,
    /// The time of the last change.
    pub updated_at: String,
    /// The time at which it deletes itself.
    pub expires_at: Option<String>,
    /// The progress of a long job.
    pub progress: Option<Progress>,
    /// The reason for which it was rejected.
    pub rejection: Option<Rejection>,
    /// The reason for which it was given up.
    pub failure: Option<Lapse>,
    /// The reason for which it is suspended.
    pub suspension: Option<Suspension>,
    /// The addresses for viewers, by name; each is an address or a list of them.
    pub urls: BTreeMap<String, Value>,
    /// Its history, oldest first.
    pub history: Vec<Event>,
}

impl Media {
    /// Returns the name to show.
    #[must_use]
    pub fn name(&self) -> &str {
        self.file_name.as_deref().unwrap_or("(a deleted file)")
    }

    /// Returns the address of the whole media.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        let named = ["original", "hls", "mp4", "manifest"];
        let mut found = named.iter().filter_map(|name| self.urls.get(*name));
        found.find_map(Value::as_str)
    }
}

/// The progress of a long job.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Parts that are done.
    pub done: u64,
    /// All parts.
    pub total: u64,
}

/// The reason for which a file was rejected.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Rejection {
    /// Stable code.
    pub code: String,
    /// A message for the uploader.
    pub message: String,
}

/// The reason for which a media was given up.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Lapse {
    /// The function that failed.
    pub stage: String,
    /// Stable code.
    pub code: String,
    /// A message for people.
    pub message: String,
    /// The number of tries.
    pub attempts: u32,
}

/// The reason for which a media is suspended.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Suspension {
    /// `legal`, `abuse` or `other`.
    pub reason: String,
    /// A note for the record.
    pub note: Option<String>,
    /// The authority that demands it.
    pub blocked_by: Option<String>,
}

/// An event in the history of a media.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    /// The time.
    pub at: String,
    /// The kind of event.
    pub what: String,
    /// The actor.
    pub by: String,
    /// The reason, or the version that it is about.
    pub note: Option<String>,
}
