//! Puts the preview of a large picture beside its original.
//!
//! It is put after the original and before the record says `ready`, by the same protocol: where nothing is, or over what
//! was made from another version, after one more look at the record. So whatever dies or comes twice, a media that is
//! ready has the preview that its record notes, and there is no preview of a version whose original was not put. What a
//! late process adds under a media that is withdrawn or moved is taken away with the rest, by the prefix.

use bytes::Bytes;

use super::{Settler, seen};
use crate::platform::error::Error;
use crate::stages::derived::Derived;
use crate::stages::original::{Original, Put};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::Item;
use crate::vocabulary::record::{Content, MediaRecord};

/// The media type of previews.
const JPEG: &str = "image/jpeg";

impl Settler {
    /// Puts the preview that the record notes, if there is one and it is not there. It is made again from the delivered
    /// original if this delivery has not judged the file. Returns `false` if the record is bound to something else
    /// meanwhile.
    pub(super) async fn put_preview(
        &self,
        record: &MediaRecord,
        content: &Content,
        source: &ETag,
        made: Option<Bytes>,
    ) -> Result<bool, Error> {
        if content.preview.is_none() {
            return Ok(true);
        }
        let preview = Derived::new(record, Item::Preview);
        let body = match made {
            Some(body) => body,
            None if preview.find(&*self.store).await?.is_some() => return Ok(true),
            None => {
                let original = Original {
                    record,
                    content,
                    source,
                };
                let Some(original) = original.read(&*self.store).await? else {
                    return Ok(false);
                };
                let again = seen::preview_again(content, &original);
                match again {
                    Ok(Some(body)) => body,
                    Ok(None) => return Ok(true),
                    // Renderings then come from the original, which is no reason to hold the media back.
                    Err(damage) => {
                        tracing::warn!(cause = %damage, "a preview could not be made again");
                        return Ok(true);
                    }
                }
            }
        };
        let store = &*self.store;
        let other = match preview.put_new(store, body.clone(), JPEG).await? {
            Put::Stands => return Ok(true),
            Put::Occupied(other) => other,
        };
        if !self.is_still_bound(record, source).await? {
            return Ok(false);
        }
        preview.put_over(store, body, JPEG, &other).await?;
        Ok(true)
    }
}
