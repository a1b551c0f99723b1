//! Objects that stages make from an original and put into delivery beside it: pages, texts, a manifest.
//!
//! The object's metadata names the version of the upload that it was made from and, for a picture, its size in pixels,
//! so that the size is known without reading the picture. The same object may be made twice: it is written if it does
//! not exist, or over a different one. Nothing is ever deleted here.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::ports::store::{
    Coming, Condition, Headers, ObjectInfo, ObjectStore, StoreError, if_there,
};
use crate::stages::original::{Put, SOURCE, put_where_nothing_is};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::iiif::Dimensions;
use crate::vocabulary::keys::{CACHE_TAG, Item, Key, ObjectLocation};
use crate::vocabulary::record::MediaRecord;

/// The metadata name of a picture's size, `{width}x{height}`. Viewers may see it: the picture itself shows it.
pub const SIZE: &str = "size";

/// Attempts to write an object that others write at the same time; what they write is the same.
const ATTEMPTS: u32 = 4;

/// An object that was made, or is to be made, from a media's original.
#[derive(Debug, Clone, Copy)]
pub struct Derived<'a> {
    /// The record, bound to the version of the upload that it is made from.
    pub record: &'a MediaRecord,
    /// The item that it is.
    pub item: Item,
    /// The size of a picture.
    pub size: Option<Dimensions>,
}

impl<'a> Derived<'a> {
    /// Describes an object that is not a picture, or of unknown size.
    #[must_use]
    pub fn new(record: &'a MediaRecord, item: Item) -> Self {
        Self {
            record,
            item,
            size: None,
        }
    }

    /// Returns the place of the object.
    #[must_use]
    pub fn location(&self) -> ObjectLocation {
        self.record.delivered(self.item).location()
    }

    /// Puts the object, unless the same one is already there. A different one is replaced.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put(
        &self,
        store: &dyn ObjectStore,
        body: Bytes,
        content_type: &str,
    ) -> Result<(), StoreError> {
        let (location, headers) = (self.location(), self.headers(content_type));
        let mut other = None;
        for _ in 0..ATTEMPTS {
            let condition = other.as_ref().map_or(Condition::Absent, Condition::Is);
            match store
                .put(&location, body.clone(), &headers, condition)
                .await
            {
                Ok(_) => return Ok(()),
                Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {}
                Err(error) => return Err(error),
            }
            let there = store.head(&location).await?;
            let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
            let stands = |there: &ObjectInfo| there.headers == headers && there.bytes == bytes;
            // A different text may have the same length.
            if there.as_ref().is_some_and(stands) && store.get(&location, None).await?.body == body
            {
                return Ok(());
            }
            other = there.map(|there| there.etag);
        }
        Err(StoreError::Conflict)
    }

    /// Puts the object, if none is there.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_new(
        &self,
        store: &dyn ObjectStore,
        body: Bytes,
        content_type: &str,
    ) -> Result<Put, StoreError> {
        let place = (&self.location(), &self.headers(content_type));
        put_where_nothing_is(store, place, body, |there| self.is(there)).await
    }

    /// Puts the object over the one that was found there, if that has not changed.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_over(
        &self,
        store: &dyn ObjectStore,
        body: Bytes,
        content_type: &str,
        other: &ETag,
    ) -> Result<(), StoreError> {
        let (location, headers) = (self.location(), self.headers(content_type));
        let condition = Condition::Is(other);
        store
            .put(&location, body, &headers, condition)
            .await
            .map(drop)
    }

    /// Returns the object's properties, if it was made from the version of the upload that the record is bound to.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn find(&self, store: &dyn ObjectStore) -> Result<Option<ObjectInfo>, StoreError> {
        let there = store.head(&self.location()).await?;
        Ok(there.filter(|there| self.is(there)))
    }

    /// Begins to read it; `None` in the same cases as [`Self::find`].
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn open(&self, store: &dyn ObjectStore) -> Result<Option<Coming>, StoreError> {
        let found = if_there(store.open(&self.location(), None).await)?;
        Ok(found.filter(|coming| self.is(&coming.info)))
    }

    /// Returns its bytes; `None` in the same cases as [`Self::find`].
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn read(&self, store: &dyn ObjectStore) -> Result<Option<Bytes>, StoreError> {
        match self.open(store).await? {
            Some(coming) => Ok(Some(coming.whole().await?.body)),
            None => Ok(None),
        }
    }

    /// Returns whether the object there was made from the version of the upload that the record is bound to.
    pub(crate) fn is(&self, there: &ObjectInfo) -> bool {
        let made_from = there.headers.metadata.get(SOURCE);
        made_from.is_some() && made_from == self.source().as_ref()
    }

    fn source(&self) -> Option<String> {
        let source = self.record.source.as_ref()?;
        Some(source.as_str().trim_matches('"').to_owned())
    }

    pub(crate) fn headers(&self, content_type: &str) -> Headers {
        let tag = Key::cache_tag(&self.record.app, &self.record.media);
        let size = self
            .size
            .map(|size| format!("{}x{}", size.width, size.height));
        let metadata = [
            (CACHE_TAG, Some(tag)),
            (SOURCE, self.source()),
            (SIZE, size),
        ];
        Headers {
            content_type: Some(content_type.to_owned()),
            cache_control: Some(Key::cache_control()),
            content_disposition: None,
            metadata: metadata
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect::<BTreeMap<_, _>>(),
        }
    }
}

/// Returns the size of a picture from its object's metadata.
#[must_use]
pub fn size(info: &ObjectInfo) -> Option<Dimensions> {
    let (width, height) = info.headers.metadata.get(SIZE)?.split_once('x')?;
    Some(Dimensions {
        width: width.parse().ok()?,
        height: height.parse().ok()?,
    })
}
