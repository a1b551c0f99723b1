//! How far an app was told about a media.

use serde::{Deserialize, Serialize};

use crate::platform::error::Error;
use crate::platform::json;
use crate::ports::store::ObjectStore;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::Key;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::MediaRecord;

/// How far an app was told about a media. It says nothing about the file, and is kept as long as the record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The number of the last event that the bus took.
    pub seq: u32,
    /// Whether the app was told that the media's upload is finished, if this media was the last one of it.
    #[serde(default)]
    pub upload_seen: bool,
}

impl Cursor {
    /// Reads the cursor of a media; that of one without events is at 0.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Record`]
    pub async fn load(
        store: &dyn ObjectStore,
        app: &AppId,
        media: &MediaId,
    ) -> Result<Self, Error> {
        Ok(Place::find(store, app, media).await?.cursor)
    }

    /// Returns whether there is something in a record that the app was not told.
    #[must_use]
    pub fn is_behind(&self, record: &MediaRecord) -> bool {
        self.seq < record.seq || !self.upload_seen && record.seq > 0
    }

    /// Returns whether this cursor is at another one, or beyond it.
    fn covers(&self, other: &Self) -> bool {
        self.seq >= other.seq && (self.upload_seen || !other.upload_seen)
    }
}

/// A cursor as it was read.
pub(super) struct Place {
    key: Key,
    pub(super) cursor: Cursor,
    etag: Option<ETag>,
}

impl Place {
    pub(super) async fn find(
        store: &dyn ObjectStore,
        app: &AppId,
        media: &MediaId,
    ) -> Result<Self, Error> {
        Self::read(store, Key::Announced(app.clone(), media.clone())).await
    }

    async fn read(store: &dyn ObjectStore, key: Key) -> Result<Self, Error> {
        let found = json::get::<Cursor>(store, &key.location()).await?;
        let (cursor, etag) = found.map_or((Cursor::default(), None), |(cursor, etag)| {
            (cursor, Some(etag))
        });
        Ok(Self { key, cursor, etag })
    }

    /// Advances the cursor, unless another process has. Returns where it stands now.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Record`]; [`Error::Contended`] if another process has written it and it does not
    /// stand there all the same.
    pub(super) async fn advance(self, store: &dyn ObjectStore, to: &Cursor) -> Result<Self, Error> {
        if self.cursor.covers(to) {
            return Ok(self);
        }
        let cursor = Cursor {
            seq: self.cursor.seq.max(to.seq),
            upload_seen: self.cursor.upload_seen || to.upload_seen,
        };
        let location = self.key.location();
        let written = json::replace(store, &location, &cursor, self.etag.as_ref()).await?;
        if written.is_some() {
            return Ok(Self {
                cursor,
                etag: written,
                ..self
            });
        }
        let now = Self::read(store, self.key).await?;
        if now.cursor.covers(to) {
            Ok(now)
        } else {
            Err(Error::Contended { attempts: 1 })
        }
    }
}
