//! Puts the validated original into DELIVERY.
//!
//! The object's metadata names the version of the upload that it was made from, so that a second delivery can see
//! whether the work is done. The object is written only if none is there, or over a version that is not the one that
//! the record is bound to. Nothing is ever deleted here.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::ports::store::{
    Coming, Condition, Headers, Listed, Object, ObjectInfo, ObjectStore, StoreError, if_there,
};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{CACHE_TAG, Item, Key, ObjectLocation};
use crate::vocabulary::kind::Format;
use crate::vocabulary::names::FileName;
use crate::vocabulary::record::{Content, MediaRecord};
use crate::vocabulary::saved_name::content_disposition;

/// The metadata name of the version of the upload that an object was made from. Viewers do not see it.
pub const SOURCE: &str = "source";

/// The original of a media, made from one version of the upload.
#[derive(Debug, Clone, Copy)]
pub struct Original<'a> {
    /// The record, bound to that version.
    pub record: &'a MediaRecord,
    /// The properties of the file.
    pub content: &'a Content,
    /// The version of the upload.
    pub source: &'a ETag,
}

/// The outcome of a put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// The original is there, by this put or an earlier one.
    Stands,
    /// An object made from another version is there, with this `ETag`.
    Occupied(ETag),
}

impl Original<'_> {
    /// Whether the original is in delivery.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn stands(&self, store: &dyn ObjectStore) -> Result<bool, StoreError> {
        Ok(store
            .head(&self.location())
            .await?
            .is_some_and(|there| self.is(&there)))
    }

    /// Returns the object in delivery, if it is this original.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn find(&self, store: &dyn ObjectStore) -> Result<Option<Listed>, StoreError> {
        let location = self.location();
        let there = store.head(&location).await?.filter(|there| self.is(there));
        Ok(there.map(|there| Listed {
            location,
            etag: there.etag,
            bytes: there.bytes,
            written_at: None,
        }))
    }

    /// Copies the original inside the store from the place that it was uploaded to, in exactly that version, so the
    /// bytes of a large file are not transferred here.
    ///
    /// # Errors
    /// [`StoreError`]; `Missing` and `Changed` if the version is gone.
    pub async fn copy(&self, store: &dyn ObjectStore, from: &Listed) -> Result<(), StoreError> {
        store
            .copy(from, &self.location(), Some(&self.headers()))
            .await
    }

    /// Puts the original, if no object is there.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put(&self, store: &dyn ObjectStore, body: Bytes) -> Result<Put, StoreError> {
        let place = (&self.location(), &self.headers());
        put_where_nothing_is(store, place, body, |there| self.is(there)).await
    }

    /// Puts the original over the object that was found there, if that has not changed.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_over(
        &self,
        store: &dyn ObjectStore,
        body: Bytes,
        other: &ETag,
    ) -> Result<(), StoreError> {
        store
            .put(
                &self.location(),
                body,
                &self.headers(),
                Condition::Is(other),
            )
            .await
            .map(drop)
    }

    /// Returns its bytes as they are delivered; `None` if it is not there, or was made from another version.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn read(&self, store: &dyn ObjectStore) -> Result<Option<Bytes>, StoreError> {
        match self.open(store, None).await? {
            Some(coming) => Ok(Some(coming.whole().await?.body)),
            None => Ok(None),
        }
    }

    /// Begins to read it as it is delivered; `None` in the same cases as [`Self::read`]. `early` is what was found
    /// where a JPEG lies: if it is this original, nothing is asked for.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn open(
        &self,
        store: &dyn ObjectStore,
        early: Option<Coming>,
    ) -> Result<Option<Coming>, StoreError> {
        if self.content.format == Format::Jpeg
            && let Some(early) = early.filter(|early| self.is(&early.info))
        {
            return Ok(Some(early));
        }
        let found = if_there(store.open(&self.location(), None).await)?;
        Ok(found.filter(|coming| self.is(&coming.info)))
    }

    /// Returns its first `bytes` bytes, as [`Self::read_on`] needs them; `None` in the same cases as [`Self::read`].
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn read_beginning(
        &self,
        store: &dyn ObjectStore,
        bytes: u64,
    ) -> Result<Option<Object>, StoreError> {
        let found = if_there(store.get_range(&self.location(), 0..bytes, None).await)?;
        Ok(found.filter(|object| self.is(&object.info)))
    }

    /// Reads the rest of the same version, and returns the whole.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn read_on(
        &self,
        store: &dyn ObjectStore,
        beginning: Object,
    ) -> Result<Bytes, StoreError> {
        let Object { info, body } = beginning;
        let read = u64::try_from(body.len()).unwrap_or(u64::MAX);
        if read >= info.bytes {
            return Ok(body);
        }
        let location = self.location();
        let rest = store.get_range(&location, read..info.bytes, Some(&info.etag));
        Ok([body, rest.await?.body].concat().into())
    }

    fn location(&self) -> ObjectLocation {
        let item = Item::Original(self.content.format);
        self.record.delivered(item).location()
    }

    fn is(&self, there: &ObjectInfo) -> bool {
        there
            .headers
            .metadata
            .get(SOURCE)
            .is_some_and(|made_from| ETag::new(made_from) == *self.source)
    }

    fn headers(&self) -> Headers {
        let tag = Key::cache_tag(&self.record.app, &self.record.media);
        let source = self.source.as_str().trim_matches('"').to_owned();
        Headers {
            content_type: Some(self.content.format.content_type().to_owned()),
            cache_control: Some(Key::cache_control()),
            content_disposition: Some(content_disposition(
                self.record.file_name.as_ref().map_or("", FileName::as_str),
                self.content.format,
            )),
            metadata: BTreeMap::from([(CACHE_TAG.to_owned(), tag), (SOURCE.to_owned(), source)]),
        }
    }
}

/// Puts an object if none is there, and otherwise looks whether it is the wanted one.
pub(super) async fn put_where_nothing_is(
    store: &dyn ObjectStore,
    (location, headers): (&ObjectLocation, &Headers),
    body: Bytes,
    is_wanted: impl Fn(&ObjectInfo) -> bool,
) -> Result<Put, StoreError> {
    match store.put(location, body, headers, Condition::Absent).await {
        Ok(_) => return Ok(Put::Stands),
        Err(StoreError::Changed | StoreError::Conflict) => {}
        Err(error) => return Err(error),
    }
    let there = store.head(location).await?.ok_or(StoreError::Conflict)?;
    Ok(if is_wanted(&there) {
        Put::Stands
    } else {
        Put::Occupied(there.etag)
    })
}
