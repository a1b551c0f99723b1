//! The source of an image: a published object of a media that is `ready`, either the original or a page of it.

use bytes::Bytes;
use dozo_codecs::Encoding;

use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::store::{Object, ObjectStore};
use crate::stages::derived::{self, Derived};
use crate::stages::publish::Original;
use crate::vocabulary::app::Limits;
use crate::vocabulary::iiif::Dimensions;
use crate::vocabulary::keys::render::{Picture, Subject};
use crate::vocabulary::keys::{Item, Key};
use crate::vocabulary::kind::Kind;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// Smaller files are read whole: a second call to S3, if one is needed, costs more than reading part of the file saves.
const LEAST_SPLIT: u64 = 512 << 10;

/// A picture that may be shown.
#[derive(Debug)]
pub(super) struct Source {
    /// The record at the time it was found.
    record: MediaRecord,
    /// The object that a stage made from the original; `None` for the original itself.
    made: Option<Item>,
    /// The size when shown upright.
    pub(super) dimensions: Dimensions,
    /// The encoding of the object.
    pub(super) encoding: Encoding,
}

impl Source {
    /// Finds the picture, if its media is ready and visible under this path.
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
        if record.state != State::Ready || record.visibility != subject.visibility {
            return Ok(None);
        }
        let Some(content) = &record.content else {
            return Ok(None);
        };
        match picture {
            // A video is represented by its poster.
            Picture::Image if content.kind() == Kind::Video => {
                Self::derived(store, record, Item::Poster, Encoding::Jpeg).await
            }
            Picture::Image => Ok(Self::original_of(record)),
            Picture::Page(number) => match content.page_format {
                Some(format) => {
                    let item = Item::Page(number, format);
                    Self::derived(store, record, item, format.encoding()).await
                }
                None => Ok(None),
            },
            Picture::Poster => Self::derived(store, record, Item::Poster, Encoding::Jpeg).await,
        }
    }

    fn original_of(record: MediaRecord) -> Option<Self> {
        let content = record.content.as_ref()?;
        Some(Self {
            dimensions: Dimensions {
                width: content.width?,
                height: content.height?,
            },
            encoding: content.format.encoding()?,
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

    /// Returns its bytes, made from the version of the upload that was judged; `None` if they are not there (any more).
    pub(super) async fn read(
        &self,
        store: &dyn ObjectStore,
        limits: Limits,
    ) -> Result<Option<Bytes>, Error> {
        if let Some(item) = self.made {
            let made = Derived::new(&self.record, item);
            return Ok(made.read(store).await?);
        }
        match self.original(limits) {
            Some(original) => Ok(original.read(store).await?),
            None => Ok(None),
        }
    }

    /// The most pixels to decode. An object that a stage made is as large as the platform chose, so its own size is the
    /// limit.
    pub(super) fn most_pixels(&self, limits: Limits) -> u64 {
        match self.made {
            Some(_) => u64::from(self.dimensions.width) * u64::from(self.dimensions.height),
            None => limits.image_pixels,
        }
    }

    /// Returns how many of its first bytes are most likely enough for a coarse recipe; `None` if the whole is to be
    /// read.
    ///
    /// The first scan of a progressive JPEG is about a twentieth of it.
    pub(super) fn telling_bytes(&self) -> Option<u64> {
        let content = self.record.content.as_ref()?;
        let worthwhile = content.progressive && content.bytes >= LEAST_SPLIT;
        worthwhile.then_some(content.bytes / 8)
    }

    /// Returns its first bytes, for [`Self::read_on`]; `None` in the same cases as [`Self::read`].
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

    /// Returns all of its bytes, if the beginning was not enough.
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
        // The upload was within the limits at its time; a delivered original is no larger.
        (content.bytes <= limits.image_bytes).then_some(Original {
            record: &self.record,
            content,
            source,
        })
    }

    /// Whether the media is still as it was found, and was not withdrawn, moved or replaced.
    pub(super) async fn still_stands(&self, records: &Records) -> Result<bool, Error> {
        let key = Key::Media(self.record.app.clone(), self.record.media.clone());
        let now = records.load::<MediaRecord>(&key).await?;
        Ok(now.is_some_and(|now| {
            now.value.state == State::Ready
                && now.value.generation == self.record.generation
                && now.value.visibility == self.record.visibility
        }))
    }
}
