//! Shows apps their media: the record as an answer, and lists of media.

mod list;
mod view;

use std::sync::Arc;

pub use list::{MOST_LISTS, MOST_RECORDS, Page};
pub use view::MediaView;

use view::{CaptionsView, ContentView, FailureView, LeftOutView, SuspensionView, UrlsView};

use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::store::ObjectStore;
use crate::stages::progress;
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::keys::hls::Hls;
use crate::vocabulary::keys::render::{Picture, RenderPath, ThumbFormat};
use crate::vocabulary::keys::{Bucket, Item, Key};
use crate::vocabulary::kind::{Format, Kind};
use crate::vocabulary::names::{AppId, FileName, MediaId};
use crate::vocabulary::page::PageNumber;
use crate::vocabulary::preset::{Density, PresetName, Presets};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::saved_name::path_segment;
use crate::vocabulary::upload_format::Convertible;

/// Shows media.
pub struct Viewer {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The base address that viewers fetch from, without a trailing slash: `https://d111111abcdef8.cloudfront.net`.
    pub public_base_url: String,
}

impl Viewer {
    /// Returns one media as its app sees it.
    ///
    /// # Errors
    /// 404, or a failure on our side.
    pub async fn show(&self, app: &AppId, media: &MediaId) -> Result<MediaView, Refusal> {
        let (found, presets) = tokio::try_join!(self.load(app, media), self.presets(app))?;
        let record = found.ok_or_else(Problem::unknown_media)?;
        Ok(self.view(record, &presets).await?)
    }

    /// Returns one media with the note of its suspension.
    ///
    /// # Errors
    /// The same as for [`Self::show`].
    pub async fn show_to_admin(&self, app: &AppId, media: &MediaId) -> Result<MediaView, Refusal> {
        let (found, presets) = tokio::try_join!(self.load(app, media), self.presets(app))?;
        let record = found.ok_or_else(Problem::unknown_media)?;
        let suspension = record.suspension.as_ref();
        let note = suspension.and_then(|suspension| suspension.note.clone());
        let mut shown = self.view(record, &presets).await?;
        if let Some(suspension) = shown.suspension.as_mut() {
            suspension.note = note;
        }
        Ok(shown)
    }

    /// Returns a media as its app sees it, but not how far a stage is.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Record`], if the app's registration cannot be read.
    pub async fn at_rest(&self, record: MediaRecord) -> Result<MediaView, Error> {
        let presets = self.presets(&record.app).await?;
        Ok(self.still(record, &presets))
    }

    async fn load(&self, app: &AppId, media: &MediaId) -> Result<Option<MediaRecord>, Error> {
        let key = Key::Media(app.clone(), media.clone());
        Ok(self.records.load(&key).await?.map(|record| record.value))
    }

    async fn presets(&self, app: &AppId) -> Result<Presets, Error> {
        let found = self
            .records
            .load::<AppRecord>(&Key::App(app.clone()))
            .await?;
        Ok(found.map(|found| found.value.presets).unwrap_or_default())
    }

    /// Makes the answer. If a stage is at work, its results are counted; for most media nothing more is read.
    async fn view(&self, record: MediaRecord, presets: &Presets) -> Result<MediaView, Error> {
        let progress = progress::of(&*self.store, &record).await?;
        Ok(MediaView {
            progress,
            ..self.still(record, presets)
        })
    }

    fn still(&self, record: MediaRecord, presets: &Presets) -> MediaView {
        let urls = self.urls(&record, presets);
        let is_served = record.state.is_served();
        let given_up = record.is_given_up();
        let failure = record.last_error.filter(|_| given_up);
        MediaView {
            upload: record.media.upload(),
            media: record.media,
            app: record.app,
            state: record.state,
            awaits: record.awaits,
            visibility: record.visibility,
            file_name: record.file_name,
            generation: record.generation,
            focus: record.focus,
            description: record.description,
            expires_at: record.expires_at,
            version: record.write_id,
            content: record.content.map(|content| ContentView {
                kind: content.kind(),
                content_type: content.format.content_type(),
                source_type: content.made_from.map(Convertible::content_type),
                pictures: content.pictures,
                bytes: content.bytes,
                sha256: content.sha256,
                width: content.width,
                height: content.height,
                frames: content.frames,
                poster_at: content
                    .poster
                    .filter(|poster| poster.is_made)
                    .and_then(|poster| seconds(poster.at_ms)),
                duration_seconds: content
                    .streams
                    .as_ref()
                    .and_then(|streams| seconds(streams.duration_ms?)),
                captions: content.captions.iter().map(CaptionsView::from).collect(),
                left_out: content
                    .streams
                    .map(|streams| {
                        streams
                            .left_out
                            .into_iter()
                            .map(LeftOutView::from)
                            .collect()
                    })
                    .unwrap_or_default(),
                pages: content.pages,
                broken_pages: content.broken_pages,
                // It is a small picture of the media, so it is shown where the media is.
                placeholder: content.placeholder.filter(|_| is_served),
            }),
            progress: None,
            rejection: record.rejection,
            failure: failure.map(|failure| FailureView {
                stage: failure.stage.as_str(),
                code: failure.code,
                message: failure.message,
                attempts: failure.attempts,
            }),
            suspension: record.suspension.map(|suspension| SuspensionView {
                reason: suspension.reason,
                note: None,
                blocked_by: suspension.blocked_by,
                invalidated_at: record
                    .withdrawal
                    .and_then(|withdrawal| withdrawal.last.and_then(|last| last.completed_at)),
            }),
            urls,
            created_at: record.created_at,
            updated_at: record.updated_at,
            history: record.history,
        }
    }

    fn urls(&self, record: &MediaRecord, presets: &Presets) -> Option<UrlsView> {
        let content = record
            .content
            .as_ref()
            .filter(|_| record.state.is_served())?;
        let kind = content.kind();
        let subject = record.subject();
        let base = &self.public_base_url;
        // For a document, its first page.
        let picture = match kind {
            Kind::Image => Some(Picture::Image),
            Kind::Pdf => PageNumber::try_from(1).ok().map(Picture::Page),
            Kind::Video => Some(Picture::Poster),
            Kind::Audio => None,
        };
        let is_played = matches!(kind, Kind::Audio | Kind::Video);
        let at = |item| format!("{base}/{}", record.delivered(item));
        let iiif = RenderPath::Base(subject.clone(), Picture::Image);
        let thumb = |name: &PresetName| {
            let path = RenderPath::Thumb(
                subject.clone(),
                name.clone(),
                picture?,
                Density::ONE,
                ThumbFormat::Auto,
            );
            Some((name.clone(), format!("{base}{path}")))
        };
        let (saved, format) = match kind {
            Kind::Image | Kind::Pdf => (Item::Original(content.format), content.format),
            Kind::Video => (Item::Film, Format::Mp4),
            Kind::Audio => (Item::Sound, Format::M4a),
        };
        let name = record.file_name.as_ref().map_or("", FileName::as_str);
        Some(UrlsView {
            download: format!("{}/download/{}", at(saved), path_segment(name, format)),
            original: (!is_played || content.keep_metadata)
                .then(|| at(Item::Original(content.format))),
            hls: is_played.then(|| at(Item::Hls(Hls::Master))),
            mp4: (kind == Kind::Video).then(|| at(Item::Film)),
            m4a: (kind == Kind::Audio).then(|| at(Item::Sound)),
            poster: (kind == Kind::Video).then(|| at(Item::Poster)),
            storyboard: content.storyboard.then(|| at(Item::Storyboard)),
            captions: content
                .captions
                .iter()
                .map(|one| (one.id.to_string(), at(Item::Hls(Hls::Captions(one.id)))))
                .collect(),
            iiif: (kind == Kind::Image).then(|| format!("{base}{iiif}")),
            manifest: (kind == Kind::Pdf).then(|| at(Item::Manifest)),
            thumbs: presets.keys().filter_map(thumb).collect(),
        })
    }
}

/// Converts milliseconds to seconds, the unit in JSON.
fn seconds(milliseconds: u64) -> Option<f64> {
    u32::try_from(milliseconds)
        .ok()
        .map(|ms| f64::from(ms) / 1_000.0)
}

/// Returns the media that a key in a listing is about.
pub(crate) fn media_of(key: &str) -> Option<MediaId> {
    let (Key::Media(_, media)
    | Key::Failed(_, media)
    | Key::Suspended(_, media)
    | Key::Stuck(_, media)) = Key::parse(Bucket::Records, key)?
    else {
        return None;
    };
    Some(media)
}
