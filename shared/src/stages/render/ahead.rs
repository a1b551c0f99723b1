//! Thumbnails that were made ahead, by a stage of their own, and are read instead of being rendered.
//!
//! The key follows from the path of a request, so the object is asked for together with the record and the registration.
//! It is shown only if it says that it was made of exactly what the answer depends on: the version of the upload, the
//! picture's size and focal point, the preset, and the way in which images are rendered. If it is not there or anything has
//! changed, the answer is rendered.
//!
//! It is an object of its media in delivery, as the original is, and is taken away with it. So it is shown as CloudFront
//! shows those: one look at the record suffices, provided that it was a moment ago.

use std::time::Instant;

use bytes::Bytes;
use serde::Serialize;

use super::early::Early;
use super::preview::{self, Preview};
use super::reply::{self, Made, Rendered};
use super::source::Source;
use super::work::Span;
use super::{Renderer, ask};
use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::ports::store::{Headers, Object, ObjectStore, if_there};
use crate::stages::derived::Derived;
use crate::vocabulary::ahead::Ahead;
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::focus::Focus;
use crate::vocabulary::iiif::{Dimensions, OutputFormat};
use crate::vocabulary::keys::render::{Picture, Subject, ThumbFormat};
use crate::vocabulary::keys::{CACHE_TAG, Item, Thumb};
use crate::vocabulary::preset::{Density, Fit, Preset, PresetName};
use crate::vocabulary::record::MediaRecord;

/// The way in which thumbnails are rendered. Count it up when the same preset begins to look different, so that none is
/// shown that was made before.
const MANNER: u32 = 1;

/// The metadata name of the digest of everything that a thumbnail depends on.
const MADE_BY: &str = "made-by";

/// The metadata name of what it was rendered from.
const MADE_FROM: &str = "made-from";

/// The value of [`MADE_FROM`] for the preview.
const PREVIEW: &str = "preview";

/// A thumbnail as it was read before the record was known; `None` if there is none.
pub(super) struct Found {
    thumb: Thumb,
    object: Option<Object>,
}

/// The values that a thumbnail depends on.
#[derive(Serialize)]
struct Causes<'a> {
    manner: u32,
    source: Option<&'a ETag>,
    width: u32,
    height: u32,
    focus: Option<Focus>,
    previews: bool,
    preset: &'a Preset,
}

/// Returns the digest of everything that a thumbnail of this picture depends on.
fn digest(
    record: &MediaRecord,
    size: Dimensions,
    app: &AppRecord,
    preset: &Preset,
) -> Option<FileDigest> {
    let causes = Causes {
        manner: MANNER,
        source: record.source.as_ref(),
        width: size.width,
        height: size.height,
        // Nothing else is cut.
        focus: record.focus.filter(|_| preset.fit == Fit::Cover),
        previews: app.previews,
        preset,
    };
    let text = serde_json::to_vec(&causes).ok()?;
    Some(FileDigest::of(&text))
}

/// Returns the thumbnail that a request is for, as far as its path and the registration show, if that was read just now.
/// Without it, `auto` is taken for the best format that the viewer accepts, which most presets offer.
pub(super) fn expected(
    picture: Picture,
    (name, density, format): (&PresetName, Density, ask::Thumb),
    app: Option<&AppRecord>,
) -> Option<Thumb> {
    if picture != Picture::Image {
        return None;
    }
    let Some(app) = app else {
        let format = match format.path {
            ThumbFormat::Auto => format.best,
            ThumbFormat::Is(format) => format,
        };
        return Some(Thumb::new(name, density, format));
    };
    let preset = app.presets.get(name)?;
    let format = match format.path {
        // Of an animation, another one may have been made; it is read when the record is known.
        ThumbFormat::Auto => preset.automatic(format.best, false),
        ThumbFormat::Is(format) => format,
    };
    Ahead::new(name, preset, density, format).map(|ahead| ahead.thumb)
}

/// Returns a thumbnail as it is of this picture, if it is made ahead.
pub(super) fn of_picture(
    source: &Source,
    (name, preset): (&PresetName, &Preset),
    density: Density,
    format: OutputFormat,
) -> Option<Ahead> {
    let is_still = source.is_animated() && preset.has_one_that_moves(format);
    let ahead = Ahead::new(name, preset, density, format).filter(|_| !is_still)?;
    Some(Ahead {
        preset: ahead.preset.for_image(density, source.dimensions),
        ..ahead
    })
}

impl Found {
    /// Reads a thumbnail, if it is there. An error is no reason not to answer, because it can be rendered.
    pub(super) async fn read(store: &dyn ObjectStore, subject: &Subject, thumb: Thumb) -> Self {
        let location = subject.delivered(Item::Thumb(thumb)).location();
        let found = if_there(store.get(&location, None).await);
        let object = found.unwrap_or_else(|error| {
            tracing::warn!(cause = %error, "a thumbnail that was made ahead could not be read");
            None
        });
        Self { thumb, object }
    }

    /// Returns the thumbnail, if it is of exactly this picture by this preset.
    fn shown(self, source: &Source, app: &AppRecord, ahead: &Ahead) -> Option<Rendered> {
        let record = source.record_of_original()?;
        let wanted = digest(record, source.dimensions, app, &ahead.preset)?;
        let Object { info, body } = self.object?;
        let metadata = &info.headers.metadata;
        let is_it = metadata.get(MADE_BY).map(String::as_str) == Some(wanted.as_str());
        let is_of_preview = metadata.get(MADE_FROM).map(String::as_str) == Some(PREVIEW);
        let from = if is_of_preview {
            Made::Preview
        } else {
            Made::Original
        };
        is_it.then_some(Rendered { body, from })
    }
}

/// A thumbnail that is to be there.
#[derive(Debug)]
pub struct Wanted {
    ahead: Ahead,
    /// The digest of everything that it depends on.
    by: FileDigest,
}

impl Wanted {
    /// Returns the object of the media that it is.
    #[must_use]
    pub fn item(&self) -> Item {
        Item::Thumb(self.ahead.thumb)
    }

    /// Returns whether an object with these headers is it.
    #[must_use]
    pub fn is(&self, there: &Headers) -> bool {
        there.metadata.get(MADE_BY).map(String::as_str) == Some(self.by.as_str())
    }
}

/// Returns the thumbnails of a media that are to be there, by a registration: none unless it is a picture that is served.
#[must_use]
pub fn wanted(record: &MediaRecord, app: &AppRecord) -> Vec<Wanted> {
    let Some(source) = Source::of_image(record) else {
        return Vec::new();
    };
    let all = Ahead::all(&app.presets).into_iter();
    all.filter_map(|ahead| {
        let preset = app.presets.get_key_value(&ahead.name)?;
        let ahead = of_picture(&source, preset, ahead.density, ahead.format)?;
        let by = digest(record, source.dimensions, app, &ahead.preset)?;
        Some(Wanted { ahead, by })
    })
    .collect()
}

impl Renderer {
    /// Returns the answer that was made ahead, if the preset has any and nothing has changed since. `found` was asked for
    /// together with the record.
    pub(super) async fn made_ahead(
        &self,
        (subject, source): (&Subject, &Source),
        app: &AppRecord,
        ahead: Option<&Ahead>,
        found: Option<Found>,
    ) -> Option<Rendered> {
        let ahead = ahead.filter(|_| source.record_of_original().is_some())?;
        let found = match found.filter(|found| found.thumb == ahead.thumb) {
            Some(found) => found,
            None => Found::read(&*self.store, subject, ahead.thumb).await,
        };
        found.shown(source, app, ahead)
    }

    /// Renders a thumbnail as a viewer would get it, and returns it with the headers that it is stored with.
    ///
    /// # Errors
    /// What a viewer would be told.
    pub async fn make_ahead(
        &self,
        record: &MediaRecord,
        app: &AppRecord,
        wanted: &Wanted,
        deadline: Instant,
    ) -> Result<(Bytes, Headers), Refusal> {
        let (source, ahead) = (Source::of_image(record), &wanted.ahead);
        let source = source.ok_or_else(Problem::no_such_image)?;
        let subject = record.subject();
        let path = ThumbFormat::Is(ahead.format);
        let may_be_small = preview::may_serve_thumb(Picture::Image, path, Some(app))
            && preview::may_serve_preset(&ahead.preset);
        let early = if may_be_small {
            let read = Preview::read(&*self.store, &subject).await;
            read.map_err(Error::from)?
                .map_or(Early::Nothing, Early::Preview)
        } else {
            Early::Nothing
        };
        let by = (&ahead.preset, ahead.format);
        let begun = self.clock.now();
        let span = Span { begun, deadline };
        let rendered = self.by_preset(&subject, (&source, app), by, early, span);
        let Rendered { body, from } = rendered.await?;
        let derived = Derived::new(record, wanted.item());
        let mut headers = derived.headers(ahead.format.content_type());
        let tags = reply::tags(&subject, &ahead.name, None);
        let made_from = (from == Made::Preview).then(|| (MADE_FROM, PREVIEW.to_owned()));
        let ours = [(CACHE_TAG, tags), (MADE_BY, wanted.by.as_str().to_owned())];
        let ours = ours.into_iter().chain(made_from);
        let ours = ours.map(|(name, value)| (name.to_owned(), value));
        headers.metadata.extend(ours);
        Ok((body, headers))
    }
}
