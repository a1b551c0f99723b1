//! A media as apps and admins are answered, in JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::stages::progress::Progress;
use crate::vocabulary::captions::{Captions, Origin};
use crate::vocabulary::description::Description;
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::focus::Focus;
use crate::vocabulary::kind::Kind;
use crate::vocabulary::language::Language;
use crate::vocabulary::moment::Moment;
use crate::vocabulary::names::{AppId, FileName, MediaId, UploadId, Visibility};
use crate::vocabulary::operation::SuspendReason;
use crate::vocabulary::origin::Awaited;
use crate::vocabulary::page::PageNumber;
use crate::vocabulary::placeholder::Placeholder;
use crate::vocabulary::preset::PresetName;
use crate::vocabulary::record::Event;
use crate::vocabulary::rejection::Rejection;
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::State;
use crate::vocabulary::streams::LeftOut;

/// A media in an answer. Fields that do not apply are absent.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Media")]
pub struct MediaView {
    /// The media's id.
    pub(super) media: MediaId,
    /// The app.
    pub(super) app: AppId,
    /// The upload that the file came with.
    pub(super) upload: UploadId,
    /// Its state. While it is `ready` or `updating` it is delivered.
    pub(super) state: State,
    /// The file that the media waits for, if the platform brings it; absent once the file was judged, and if an
    /// uploader brings it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) awaits: Option<Awaited>,
    /// Its visibility.
    pub(super) visibility: Visibility,
    /// The name of the file as it was uploaded; absent once the media is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_name: Option<FileName>,
    /// A number that grows with every suspend, restore, move, retry, delete and change of captions, and when a rejected file is put again.
    pub(super) generation: u32,
    /// The point of the picture that stays in sight when it is cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) focus: Option<Focus>,
    #[serde(flatten)]
    pub(super) description: Description,
    /// The time at which it expires.
    #[schemars(with = "Option<Moment>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<Timestamp>,
    /// The version of the record, for the header `ETag`.
    #[serde(skip)]
    pub(super) version: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<ContentView>,
    /// The reason why the file was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rejection: Option<Rejection>,
    /// The stage that gave it up, and the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<FailureView>,
    /// The suspension, with its reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suspension: Option<SuspensionView>,
    /// The progress of its stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) progress: Option<Progress>,
    /// The addresses at which it is delivered; only while it is `ready` or `updating`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) urls: Option<UrlsView>,
    /// The time at which it was first seen.
    #[schemars(with = "Moment")]
    pub(super) created_at: Timestamp,
    /// The time at which it last changed.
    #[schemars(with = "Moment")]
    pub(super) updated_at: Timestamp,
    /// The latest events, oldest first, 50 at most.
    pub(super) history: Vec<Event>,
}

impl MediaView {
    /// Returns the version of the record that is shown.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// The facts about a file that was found good.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ContentView {
    /// The kind of the file.
    pub(super) kind: Kind,
    /// The media type of the delivered original.
    pub(super) content_type: &'static str,
    /// The media type of the upload, if the original was made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_type: Option<&'static str>,
    /// The number of pictures in the upload, if there are several; the first is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pictures: Option<u32>,
    /// The size of the file as it was uploaded.
    pub(super) bytes: u64,
    /// The SHA-256 of the file as it was uploaded. PDFs, audio and video have it once they were read whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FileDigest>")]
    pub(super) sha256: Option<String>,
    /// The width in pixels as displayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) width: Option<u32>,
    /// The height in pixels as displayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) height: Option<u32>,
    /// The frames of an animation.
    #[serde(skip_serializing_if = "is_one")]
    pub(super) frames: u32,
    /// The duration of audio and video.
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
    /// The pages of a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pages: Option<u16>,
    /// Pages that could not be read, and have no image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) broken_pages: Vec<PageNumber>,
    /// The placeholder that is shown until the picture is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) placeholder: Option<Placeholder>,
}

/// Captions that players list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Captions")]
pub(super) struct CaptionsView {
    /// Their name in `urls.captions`.
    pub(super) id: String,
    /// Their language.
    pub(super) language: Language,
    /// The name that players list.
    pub(super) name: String,
    /// Their origin.
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

/// A track of audio or video that is not played.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LeftOutTrack")]
pub(super) struct LeftOutView {
    #[serde(flatten)]
    pub(super) track: LeftOut,
    /// The reason why it is not played, for a person.
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
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MediaUrls")]
pub(super) struct UrlsView {
    /// The original; of audio and video only where the app keeps originals.
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
    /// A film's poster.
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

/// The stage that gave a media up, and the reason.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
pub(super) struct FailureView {
    /// The stage.
    #[schemars(with = "Stage")]
    pub(super) stage: &'static str,
    /// A stable code, for programs.
    pub(super) code: String,
    /// A message for a person.
    pub(super) message: String,
    /// How often it was tried.
    pub(super) attempts: u32,
}

/// A suspension, as it is answered.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Suspension")]
pub(super) struct SuspensionView {
    /// The reason.
    pub(super) reason: SuspendReason,
    /// A note for colleagues, which only admins see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    /// The address of the authority that demands it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) blocked_by: Option<String>,
    /// The time at which the CDN confirmed that it forgot the media.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Moment>")]
    pub(super) invalidated_at: Option<Timestamp>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_one(count: &u32) -> bool {
    *count == 1
}
