//! The note of a media: in which listings it may have entries, what is counted of it as stored, and who is at work.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LEASE_SECONDS, QUICK_SECONDS, SOON_SECONDS};
use crate::platform::error::Error;
use crate::platform::json;
use crate::ports::store::{ObjectStore, StoreError};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::listed::Facet;
use crate::vocabulary::keys::{Flow, Key};
use crate::vocabulary::names::{AppId, MediaId};

/// The note about a media's entries. A media without a note has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// The facets in whose listings there may be an entry. When nobody is at work, there is one in each.
    pub(super) facets: BTreeSet<Facet>,
    /// The bytes that are counted of it as stored, before the marks that are being put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stored: Option<u64>,
    /// The process that is at work, or died at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) work: Option<Work>,
}

/// A process at work on a media's entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Work {
    /// A random name, by which a process recognises its own write.
    pub(super) by: String,
    /// The time at which it began.
    pub(super) since: Timestamp,
    /// The marks that it puts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) marks: Vec<Flow>,
}

impl Note {
    /// Returns whether nobody is at work, and there is just this.
    pub(super) fn is(&self, facets: &BTreeSet<Facet>, stored: Option<u64>) -> bool {
        self.work.is_none() && self.facets == *facets && self.stored == stored
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Work {
    /// Makes sure that the process is not at work any more.
    ///
    /// # Errors
    /// [`Error::Busy`] if it may be.
    pub(super) fn is_over(&self, now: Timestamp) -> Result<(), Error> {
        let age = now.duration_since(self.since).as_secs();
        let left = u32::try_from(LEASE_SECONDS.saturating_sub(age)).unwrap_or(0);
        if left == 0 {
            return Ok(());
        }
        let seconds = if age < QUICK_SECONDS {
            SOON_SECONDS
        } else {
            left
        };
        Err(Error::Busy { seconds })
    }
}

/// A note as it was read.
pub(super) struct Place {
    key: Key,
    pub(super) note: Note,
    etag: Option<ETag>,
}

impl Place {
    pub(super) async fn find(
        store: &dyn ObjectStore,
        app: &AppId,
        media: &MediaId,
    ) -> Result<Self, Error> {
        Self::read(store, Key::Indexed(app.clone(), media.clone())).await
    }

    async fn read(store: &dyn ObjectStore, key: Key) -> Result<Self, Error> {
        let found = json::get::<Note>(store, &key.location()).await?;
        let (note, etag) = found.map_or((Note::default(), None), |(note, etag)| (note, Some(etag)));
        Ok(Self { key, note, etag })
    }

    /// Writes that a process is at work. Returns `None` if another one was first.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Record`].
    pub(super) async fn open(
        self,
        store: &dyn ObjectStore,
        note: Note,
    ) -> Result<Option<Self>, Error> {
        let location = self.key.location();
        let written = json::replace(store, &location, &note, self.etag.as_ref()).await?;
        if written.is_some() {
            return Ok(Some(Self {
                note,
                etag: written,
                ..self
            }));
        }
        // A call that is made again after its answer was lost finds its own write.
        let now = Self::read(store, self.key).await?;
        Ok((now.note == note).then_some(now))
    }

    /// Writes what there is now, if nobody else has written meanwhile; removes the note if that is nothing.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) async fn close(self, store: &dyn ObjectStore, note: Note) -> Result<(), Error> {
        let Some(etag) = &self.etag else {
            return Ok(());
        };
        let location = self.key.location();
        let written = if note.is_empty() {
            store.delete(&location, etag).await
        } else {
            json::replace(store, &location, &note, Some(etag))
                .await
                .map(drop)
        };
        match written {
            Ok(()) | Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}
