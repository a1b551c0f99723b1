//! A media as apps and admins are answered, in JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::stages::progress::Progress;
use crate::vocabulary::captions::{Captions, Origin};
use crate::vocabulary::description::Description;
use crate::vocabulary::focus::Focus;
use crate::vocabulary::kind::Kind;
use crate::vocabulary::language::Language;
use crate::vocabulary::names::{AppId, FileName, MediaId, UploadId, Visibility};
use crate::vocabulary::operation::SuspendReason;
use crate::vocabulary::page::PageNumber;
use crate::vocabulary::placeholder::Placeholder;
use crate::vocabulary::preset::PresetName;
use crate::vocabulary::record::Event;
use crate::vocabulary::rejection::Rejection;
use crate::vocabulary::state::State;
use crate::vocabulary::streams::LeftOut;

/// A media in an answer. Fields that do not apply are absent.
#[derive(Debug, Serialize)]
pub struct MediaView {
    pub(super) media: MediaId,
    pub(super) app: AppId,
    pub(super) upload: UploadId,
    pub(super) state: State,
    pub(super) visibility: Visibility,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_name: Option<FileName>,
    pub(super) generation: u32,
    /// The point of the picture that stays in sight when it is cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) focus: Option<Focus>,
    #[serde(flatten)]
    pub(super) description: Description,
    /// When it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<Timestamp>,
    /// The version of the record, for the header `ETag`.
    #[serde(skip)]
    pub(super) version: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<ContentView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rejection: Option<Rejection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<FailureView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suspension: Option<SuspensionView>,
    /// The progress of its stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) progress: Option<Progress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) urls: Option<UrlsView>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) history: Vec<Event>,
}

impl MediaView {
    /// Returns the version of the record that is shown.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ContentView {
    pub(super) kind: Kind,
    pub(super) content_type: &'static str,
    /// The media type of the upload, if the original was made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_type: Option<&'static str>,
    /// The number of pictures in the upload, if there are several; the first is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pictures: Option<u32>,
    pub(super) bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) height: Option<u32>,
    #[serde(skip_serializing_if = "is_one")]
    pub(super) frames: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) duration_seconds: Option<f64>,
    /// The time in seconds of the poster that the app chose, once it is in place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) poster_at: Option<f64>,
    /// Captions of audio or video, in the order in which players list them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) captions: Vec<CaptionsView>,
    /// Tracks of audio or video that are not played.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) left_out: Vec<LeftOutView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pages: Option<u16>,
    /// Pages that could not be read, and have no image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) broken_pages: Vec<PageNumber>,
    /// What is shown until the picture is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) placeholder: Option<Placeholder>,
}

#[derive(Debug, Serialize)]
pub(super) struct CaptionsView {
    pub(super) id: String,
    pub(super) language: Language,
    pub(super) name: String,
    pub(super) from: Origin,
}

impl From<&Captions> for CaptionsView {
    fn from(captions: &Captions) -> Self {
        let language = captions.id.language;
        Self {
            id: captions.id.to_string(),
            language,
            name: captions.name.clone().unwrap_or_else(|| language.name()),
            from: captions.from,
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct LeftOutView {
    #[serde(flatten)]
    pub(super) track: LeftOut,
    pub(super) message: String,
}

impl From<LeftOut> for LeftOutView {
    fn from(track: LeftOut) -> Self {
        Self {
            message: track.message(),
            track,
        }
    }
}

/// The addresses at which it is delivered.
#[derive(Debug, Serialize)]
pub(super) struct UrlsView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) original: Option<String>,
    /// The playlist of all sizes of audio and video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hls: Option<String>,
    /// A video in one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mp4: Option<String>,
    /// Audio in one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) m4a: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) poster: Option<String>,
    /// WebVTT that names a small picture for each span of a film.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) storyboard: Option<String>,
    /// The original, or of audio and video its one file, which a browser saves under the file's own name.
    pub(super) download: String,
    /// The base URI of the IIIF Image API for an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) iiif: Option<String>,
    /// The IIIF Presentation manifest of a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) manifest: Option<String>,
    /// Captions as WebVTT, by their ids.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) captions: BTreeMap<String, String>,
    /// Addresses by preset, in the format that suits the viewer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) thumbs: BTreeMap<PresetName, String>,
}

#[derive(Debug, Serialize)]
pub(super) struct FailureView {
    pub(super) stage: &'static str,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) attempts: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct SuspensionView {
    pub(super) reason: SuspendReason,
    /// A note for colleagues, which only admins see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) blocked_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invalidated_at: Option<Timestamp>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_one(count: &u32) -> bool {
    *count == 1
}
