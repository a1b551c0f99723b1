//! Takes another poster of a film that is published, from its own file in delivery: the upload may be gone.
//!
//! The picture is put only over the poster that is there, in the version that was there before a last look at the record.
//! So it cannot come back where the film was withdrawn or moved away: there is nothing to put it over. The CDN is asked to
//! forget the film afterwards, and then the record says that it is done. Whoever goes on after a death does all of it
//! again, with the same result.

use std::time::Duration;

use dozo_codecs::Encoding;

use super::{RESERVE, Transcoder};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::ports::store::{Listed, StoreError};
use crate::stages::derived::Derived;
use crate::stages::placeholder;
use crate::stages::poster::{has_poster, note};
use crate::vocabulary::iiif::Dimensions;
use crate::vocabulary::keys::{Item, Key};
use crate::vocabulary::ladder::Ladder;
use crate::vocabulary::message;
use crate::vocabulary::message::invalidation::{ChangedMedia, Task};
use crate::vocabulary::message::poster::PosterOrder;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// The seconds after which an order comes again while the film is moved.
const MOVED_SECONDS: u32 = 60;

impl Transcoder {
    /// Takes the poster that an order asks for, within this time; returns how it ended, for the log.
    ///
    /// # Errors
    /// Any error that kept it from being taken; the order must then come again.
    pub async fn take_poster(&self, order: &PosterOrder, left: Duration) -> Result<Ending, Error> {
        let Some(record) = note(&self.delivery.records, order).await? else {
            return Ok(Ending::SettledBefore);
        };
        if record.state == State::Moving {
            return Err(Error::Busy {
                seconds: MOVED_SECONDS,
            });
        }
        if !is_wanted(&record, order) {
            return Ok(Ending::Overtaken);
        }
        let streams = record
            .content
            .as_ref()
            .and_then(|found| found.streams.as_ref());
        let Some(size) = streams.and_then(|streams| Ladder::of(streams).poster) else {
            return Ok(Ending::SettledBefore);
        };
        let poster = Derived {
            size: Some(Dimensions {
                width: size.width,
                height: size.height,
            }),
            ..Derived::new(&record, Item::Poster)
        };
        let store = &*self.delivery.store;
        let film = Derived::new(&record, Item::Film).location();
        let (Some(before), Some(there)) = (
            store.head(&poster.location()).await?,
            store.head(&film).await?,
        ) else {
            // They are there whenever the film is served, so somebody takes them away.
            return Err(Error::Unsteady);
        };
        let film = Listed {
            location: film,
            etag: there.etag,
            bytes: there.bytes,
            written_at: None,
        };
        let time = left.saturating_sub(RESERVE);
        let picture = self.engine.picture(&film, order.poster.at_ms, size, time);
        let Some(picture) = picture.await? else {
            return Ok(Ending::SettledBefore);
        };
        if !self.is_still_wanted(order, &record).await? {
            return Err(Error::Unsteady);
        }
        match poster
            .put_over(store, picture, "image/jpeg", &before.etag)
            .await
        {
            Ok(()) => {}
            Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {
                return Err(Error::Unsteady);
            }
            Err(error) => return Err(error.into()),
        }
        self.forget(order).await?;
        self.note_made(order, &poster).await
    }

    /// Returns whether the record is as it was when the poster that is there was looked at.
    async fn is_still_wanted(
        &self,
        order: &PosterOrder,
        before: &MediaRecord,
    ) -> Result<bool, Error> {
        let key = Key::Media(order.app.clone(), order.media.clone());
        let found = self.delivery.records.load::<MediaRecord>(&key).await?;
        Ok(found.is_some_and(|found| {
            found.value.generation == before.generation && is_wanted(&found.value, order)
        }))
    }

    async fn forget(&self, order: &PosterOrder) -> Result<(), Error> {
        let changed = ChangedMedia {
            app: order.app.clone(),
            media: order.media.clone(),
            changed_at: order.poster.asked_at,
            again: false,
        };
        let body = message::write(&Task::ForgetChanged(changed))?;
        Ok(self.invalidations.send(&order.app, &body, 0).await?)
    }

    async fn note_made(&self, order: &PosterOrder, poster: &Derived<'_>) -> Result<Ending, Error> {
        let placeholder = placeholder::of_made(&*self.delivery.store, poster, Encoding::Jpeg).await;
        let written = self.delivery.records.change_if(
            (&order.app, &order.media),
            |record| is_wanted(record, order),
            |record| {
                if let Some(content) = record.content.as_mut() {
                    content.placeholder.clone_from(&placeholder);
                    if let Some(chosen) = content.poster.as_mut() {
                        chosen.is_made = true;
                    }
                }
                Ok(())
            },
        );
        let after = written.await?;
        if after.written {
            return Ok(Ending::Ready);
        }
        // A move that has begun meanwhile takes the new poster along. What is true of it is noted afterwards.
        let is_moving = |record: &MediaRecord| {
            let chosen = record.content.as_ref().and_then(|found| found.poster);
            record.state == State::Moving && order.poster.is_same(chosen.as_ref())
        };
        if after.record.as_ref().is_some_and(is_moving) {
            return Err(Error::Busy {
                seconds: MOVED_SECONDS,
            });
        }
        Ok(Ending::Overtaken)
    }
}

/// Returns whether the record is of a film that is served, and says that this choice is the latest and not made yet.
fn is_wanted(record: &MediaRecord, order: &PosterOrder) -> bool {
    let chosen = record.content.as_ref().and_then(|found| found.poster);
    has_poster(record).is_ok()
        && order.poster.is_same(chosen.as_ref())
        && chosen.is_some_and(|chosen| !chosen.is_made)
}
