//! A transcoding order together with everything that its record says about it.

use super::Output;
use crate::platform::error::Error;
use crate::ports::store::{Listed, ObjectInfo};
use crate::stages::original::SOURCE;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::iiif::Dimensions;
use crate::vocabulary::keys::hls::Hls;
use crate::vocabulary::keys::{Item, Key, ObjectLocation, work};
use crate::vocabulary::ladder::Ladder;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::message::upload::UploadedFile;
use crate::vocabulary::names::FileName;
use crate::vocabulary::record::{Content, MediaRecord};
use crate::vocabulary::state::{State, TransitionError};
use crate::vocabulary::streams::Streams;

/// One media in one generation, and what to make of it.
pub(super) struct Task<'a> {
    pub(super) order: &'a StageOrder,
    pub(super) record: &'a MediaRecord,
    pub(super) content: &'a Content,
    pub(super) source: &'a ETag,
    pub(super) streams: &'a Streams,
    pub(super) ladder: Ladder,
}

impl<'a> Task<'a> {
    /// Builds the task from a record that belongs to the order.
    ///
    /// # Errors
    /// [`Error::Transition`] for a record that is bound to no source.
    pub(super) fn of(order: &'a StageOrder, record: &'a MediaRecord) -> Result<Self, Error> {
        let unbound = || {
            Error::from(TransitionError {
                from: record.state,
                to: State::Ready,
            })
        };
        let content = record.content.as_ref().ok_or_else(unbound)?;
        let streams = content.streams.as_ref().ok_or_else(unbound)?;
        Ok(Self {
            order,
            record,
            content,
            source: record.source.as_ref().ok_or_else(unbound)?,
            streams,
            ladder: Ladder::of(streams),
        })
    }

    /// Returns the upload in the version that was validated.
    ///
    /// # Errors
    /// [`Error::Transition`] for a record without a name.
    pub(super) fn uploaded(&self) -> Result<Listed, Error> {
        let name: Option<FileName> = self.record.file_name.clone();
        let name = name.ok_or(Error::from(TransitionError {
            from: self.record.state,
            to: State::Ready,
        }))?;
        let (app, upload) = (self.record.app.clone(), self.record.media.upload());
        Ok(Listed {
            location: UploadedFile::new(app, upload, name).key().location(),
            etag: self.source.clone(),
            bytes: self.content.bytes,
            written_at: None,
        })
    }

    /// Returns the place where a service finds the upload: a copy that no uploader can replace.
    pub(super) fn source_in_work(&self) -> ObjectLocation {
        let (app, media) = (self.record.app.clone(), self.record.media.clone());
        let part = work::Part::Source(self.content.format);
        Key::Part(app, media, self.record.generation, part).location()
    }

    /// Returns whether an object was copied from the validated version of the upload.
    pub(super) fn is_source(&self, there: &ObjectInfo) -> bool {
        let made_from = there.headers.metadata.get(SOURCE);
        made_from.is_some_and(|etag| ETag::new(etag) == *self.source)
    }

    /// Returns the item that an output becomes in delivery, and its media type; `None` for a still, of which a sheet is
    /// made.
    pub(super) fn item(&self, output: Output) -> Option<(Item, &'static str)> {
        Some(match output {
            Output::Init(rendition) => hls(Hls::Init(rendition)),
            Output::Segment(rendition, number) => hls(Hls::Segment(rendition, number)),
            Output::Progressive if self.ladder.video.is_empty() => (Item::Sound, "audio/mp4"),
            Output::Progressive => (Item::Film, "video/mp4"),
            Output::Poster => (Item::Poster, "image/jpeg"),
            Output::Still(_) => return None,
        })
    }

    /// Returns the size of a poster, from which other images are rendered; `None` for other outputs.
    pub(super) fn size(&self, output: Output) -> Option<Dimensions> {
        let poster = self.ladder.poster.filter(|_| output == Output::Poster)?;
        Some(Dimensions {
            width: poster.width,
            height: poster.height,
        })
    }
}

fn hls(hls: Hls) -> (Item, &'static str) {
    (Item::Hls(hls), hls.content_type())
}
