//! The source of an image: a published object of a `ready` media, either the original or an image made from it.

use std::num::NonZeroU32;

use bytes::Bytes;
use dozo_codecs::Encoding;

use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::store::{Coming, Object, ObjectInfo, ObjectStore};
use crate::stages::derived::{self, Derived};
use crate::stages::original::Original;
use crate::stages::watermark::dimensions;
use crate::vocabulary::app::Limits;
use crate::vocabulary::focus::Focus;
use crate::vocabulary::iiif::Dimensions;
use crate::vocabulary::keys::render::{Picture, Subject};
use crate::vocabulary::keys::{Item, Key};
use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::MediaRecord;

/// Minimum file size for reading only the beginning, in bytes. Below it, a second call to S3 costs more than is saved.
const LEAST_SPLIT: u64 = 512 << 10;

/// A source that may be shown.
#[derive(Debug)]
pub(super) struct Source {
    /// The record at the time when the source was found.
    record: MediaRecord,
    /// The object that a stage made from the original, or `None` for the original itself.
    made: Option<Item>,
    /// The dimensions of the upright image.
    pub(super) dimensions: Dimensions,
    /// The encoding of the object.
    pub(super) encoding: Encoding,
}

impl Source {
    /// Finds the source, if its media is ready and has the visibility in the path.
    pub(super) async fn find(
        store: &dyn ObjectStore,
        records: &Records,
        subject: &Subject,
        picture: Picture,
    ) -> Result<Option<Self>, Error> {
        let key = Key::Media(subject.app.clone(), subject.media.clone());
        let Some(found) = records.load::<MediaRecord>(&key).await? else {
            return Ok(None);
        };
        let record = found.value;
        if !record.state.is_served() || record.visibility != subject.visibility {
            return Ok(None);
        }
        let Some(content) = &record.content else {
            return Ok(None);
        };
        match picture {
            Picture::Image if content.kind() != Kind::Video => Ok(Self::original_of(record)),
            Picture::Page(number) => match content.page_format {
                Some(format) => {
                    let item = Item::Page(number, format);
                    Self::derived(store, record, item, format.encoding()).await
                }
                None => Ok(None),
            },
            // A film is represented by its poster.
            Picture::Image | Picture::Poster => {
                Self::derived(store, record, Item::Poster, Encoding::Jpeg).await
            }
        }
    }

    /// Returns the source of an image of its own, if it is served: nothing is asked for, because the record tells all of it.
    pub(super) fn of_image(record: &MediaRecord) -> Option<Self> {
        let is_shown = record.state.is_served() && record.is_image();
        is_shown.then(|| record.clone()).and_then(Self::original_of)
    }

    /// Finds an image that is drawn over others, if it is ready and small enough. Its visibility does not matter: what is
    /// registered as a watermark is meant to be seen.
    pub(super) async fn of_watermark(
        records: &Records,
        app: &AppId,
        media: &MediaId,
    ) -> Result<Option<Self>, Error> {
        let key = Key::Media(app.clone(), media.clone());
        let found = records.load::<MediaRecord>(&key).await?;
        let record = found.map(|found| found.value);
        let usable = record.filter(|record| dimensions(record).is_some());
        Ok(usable.and_then(Self::original_of))
    }

    fn original_of(record: MediaRecord) -> Option<Self> {
        let content = record.content.as_ref()?;
        let encoding = content.format.encoding()?;
        let (width, height) = content.drawn.or(content.width.zip(content.height))?;
        Some(Self {
            dimensions: Dimensions { width, height },
            encoding,
            made: None,
            record,
        })
    }

    async fn derived(
        store: &dyn ObjectStore,
        record: MediaRecord,
        item: Item,
        encoding: Encoding,
    ) -> Result<Option<Self>, Error> {
        let made = Derived::new(&record, item);
        let found = made.find(store).await?;
        let dimensions = found.as_ref().and_then(derived::size);
        Ok(dimensions.map(|dimensions| Self {
            dimensions,
            encoding,
            made: Some(item),
            record,
        }))
    }

    /// Returns the record at the time when the source was found, if the source is the original itself.
    pub(super) fn record_of_original(&self) -> Option<&MediaRecord> {
        self.made.is_none().then_some(&self.record)
    }

    /// Returns whether it moves in formats that can. Of an animated PNG only the default image is shown.
    pub(super) fn is_animated(&self) -> bool {
        let frames = self.record.content.as_ref().map(|content| content.frames);
        let can_move = matches!(
            self.encoding,
            Encoding::Gif | Encoding::Webp | Encoding::Avif
        );
        self.made.is_none() && can_move && frames > Some(1)
    }

    /// Returns the point of the picture that stays in sight when it is cut.
    pub(super) fn focus(&self) -> Option<Focus> {
        self.record.focus
    }

    /// Begins to read the source, as made from the judged version of the upload. Returns `None` if it is not there (any
    /// more). `early` is what was found where a JPEG original lies, if that was asked for.
    pub(super) async fn open(
        &self,
        store: &dyn ObjectStore,
        limits: Limits,
        early: Option<Coming>,
    ) -> Result<Option<Coming>, Error> {
        if let Some(item) = self.made {
            let made = Derived::new(&self.record, item);
            return Ok(made.open(store).await?);
        }
        match self.original(limits) {
            Some(original) => Ok(original.open(store, early).await?),
            None => Ok(None),
        }
    }

    /// Returns how many pixels may be decoded. An object that a stage made is never larger than the platform wanted, and a
    /// drawing is offered at that many, whatever is accepted of others.
    pub(super) fn most_pixels(&self, limits: Limits) -> u64 {
        match self.made {
            None if !self.encoding.is_drawn() => limits.image_pixels,
            Some(_) | None => u64::from(self.dimensions.width) * u64::from(self.dimensions.height),
        }
    }

    /// Returns how many bytes from the beginning are probably enough for a coarse recipe, or `None` to read the whole
    /// file.
    ///
    /// The first scan of a progressive JPEG is about a twentieth of the file.
    pub(super) fn telling_bytes(&self) -> Option<u64> {
        let content = self.record.content.as_ref()?;
        let worthwhile = content.progressive && content.bytes >= LEAST_SPLIT;
        worthwhile.then_some(content.bytes / 8)
    }

    /// Reads the beginning, for [`Self::read_on`]. Returns `None` in the same cases as [`Self::open`].
    pub(super) async fn read_beginning(
        &self,
        store: &dyn ObjectStore,
        limits: Limits,
        bytes: u64,
    ) -> Result<Option<Object>, Error> {
        match self.original(limits) {
            Some(original) => Ok(original.read_beginning(store, bytes).await?),
            None => Ok(None),
        }
    }

    /// Reads the rest and returns the whole file, for when the beginning was not enough.
    pub(super) async fn read_on(
        &self,
        store: &dyn ObjectStore,
        limits: Limits,
        beginning: Object,
    ) -> Result<Option<Bytes>, Error> {
        match self.original(limits) {
            Some(original) => Ok(Some(original.read_on(store, beginning).await?)),
            None => Ok(None),
        }
    }

    fn original(&self, limits: Limits) -> Option<Original<'_>> {
        let (content, source) = (self.record.content.as_ref()?, self.record.source.as_ref()?);
        // The upload was within the limits that applied then; a delivered original is no larger.
        (content.bytes <= limits.image_bytes).then_some(Original {
            record: &self.record,
            content,
            source,
        })
    }

    /// Returns how many pixels of the original along a side became one of its preview, if this object is the preview that
    /// the record notes and the original would be rendered.
    pub(super) fn block_of(&self, preview: &ObjectInfo, limits: Limits) -> Option<NonZeroU32> {
        let content = self.original(limits)?.content;
        let is_it = self.made.is_none()
            && content.frames == 1
            && Derived::new(&self.record, Item::Preview).is(preview);
        content.preview.filter(|_| is_it)
    }

    /// Returns whether the media is still as it was found: not withdrawn, moved or replaced since. Its captions may have
    /// changed, and no rendering lasts as long as withdrawing and restoring it.
    pub(super) async fn still_stands(&self, records: &Records) -> Result<bool, Error> {
        let key = Key::Media(self.record.app.clone(), self.record.media.clone());
        let now = records.load::<MediaRecord>(&key).await?;
        Ok(now.is_some_and(|now| {
            now.value.state.is_served()
                && now.value.source == self.record.source
                && now.value.visibility == self.record.visibility
        }))
    }
}
