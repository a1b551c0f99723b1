//! What an image is rendered from: the published object of a media that is `ready`.

use bytes::Bytes;
use dozo_codecs::Encoding;

use crate::app::Limits;
use crate::error::Error;
use crate::iiif::Dimensions;
use crate::keys::Key;
use crate::keys::render::{Picture, Subject};
use crate::publish::Original;
use crate::record::MediaRecord;
use crate::records::Records;
use crate::state::State;
use crate::store::ObjectStore;

/// A picture that may be shown.
#[derive(Debug)]
pub(super) struct Source {
    /// As it stood when it was found.
    record: MediaRecord,
    /// Upright.
    pub(super) dimensions: Dimensions,
    /// What the object is.
    pub(super) encoding: Encoding,
}

impl Source {
    /// The picture, if its media is ready and visible under this path.
    pub(super) async fn find(
        records: &Records,
        subject: &Subject,
        picture: Picture,
    ) -> Result<Option<Self>, Error> {
        // Pages and posters come with the stages that make them.
        let Picture::Image = picture else {
            return Ok(None);
        };
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
        Ok(Some(Self {
            dimensions: Dimensions {
                width: content.width,
                height: content.height,
            },
            encoding: content.format.encoding(),
            record,
        }))
    }

    /// Its bytes, made from the version of the upload that was judged; `None` when they are not there (any more).
    pub(super) async fn read(
        &self,
        store: &dyn ObjectStore,
        limits: Limits,
    ) -> Result<Option<Bytes>, Error> {
        let (Some(content), Some(source)) = (&self.record.content, &self.record.source) else {
            return Ok(None);
        };
        // The upload was within the limits of its day; a delivered original is no larger.
        if content.bytes > limits.image_bytes {
            return Ok(None);
        }
        let original = Original {
            record: &self.record,
            content,
            source,
        };
        Ok(original.read(store).await?)
    }

    /// Whether the media is as it was found: not withdrawn, moved or replaced since.
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
