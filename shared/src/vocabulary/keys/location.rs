//! Places of objects: a bucket and a key, or a prefix of keys.

use super::item::THUMBS;
use super::listed::{Cursor, Facet};
use super::used::Ledger;
use super::{Bucket, Key};
use crate::vocabulary::job::Attempt;
use crate::vocabulary::names::{AppId, MediaId, UploadId, Visibility};
use crate::vocabulary::webhook::HookName;

/// The location of an object: a bucket and a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectLocation {
    pub(super) bucket: Bucket,
    pub(super) key: String,
}

impl ObjectLocation {
    /// Returns the place of a key that a listing of a [`Prefix`] returned.
    #[cfg(any(test, feature = "aws", feature = "memory"))]
    pub(crate) fn listed(bucket: Bucket, key: String) -> Self {
        Self { bucket, key }
    }

    /// Returns any place, for tests; its key need not be one of the platform's.
    #[cfg(any(test, feature = "memory"))]
    #[must_use]
    pub fn anywhere(bucket: Bucket, key: &str) -> Self {
        Self::listed(bucket, key.to_owned())
    }

    /// Returns the place with the same key in another bucket. A withdrawn object keeps its key.
    #[must_use]
    pub fn in_bucket(&self, bucket: Bucket) -> Self {
        Self {
            bucket,
            key: self.key.clone(),
        }
    }

    /// Returns the place of the same object under another visibility of its media.
    #[must_use]
    pub fn seen_by(&self, visibility: Visibility) -> Self {
        let rest = self.key.split_once('/').map_or("", |(_, rest)| rest);
        Self {
            bucket: self.bucket,
            key: format!("{}/{rest}", visibility.as_str()),
        }
    }

    /// Returns the bucket, by role.
    #[must_use]
    pub fn bucket(&self) -> Bucket {
        self.bucket
    }

    /// Returns the key as S3 sees it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// A prefix of keys, by which objects are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    bucket: Bucket,
    prefix: String,
}

impl Prefix {
    /// Returns the prefix of all apps' registrations.
    #[must_use]
    pub fn apps() -> Self {
        Self::records("apps/".to_owned())
    }

    /// Returns the prefix of the records of all media of an upload.
    #[must_use]
    pub fn media_of_upload(app: &AppId, upload: &UploadId) -> Self {
        Self::records(format!("media/{app}/{upload}-"))
    }

    /// Returns the prefix of the records of all media of an app.
    #[must_use]
    pub fn media_of_app(app: &AppId) -> Self {
        Self::records(format!("media/{app}/"))
    }

    /// Returns the prefix of the messages that were given up and belong to no media.
    #[must_use]
    pub fn unclaimed() -> Self {
        Self::records("failed/_unknown/".to_owned())
    }

    /// Returns the prefix of the marks of an app's failed media.
    #[must_use]
    pub fn failed(app: &AppId) -> Self {
        Self::records(format!("failed/{app}/"))
    }

    /// Returns the prefix of the marks of an app's suspended media.
    #[must_use]
    pub fn suspended(app: &AppId) -> Self {
        Self::records(format!("suspended/{app}/"))
    }

    /// Returns the prefix of the marks of an app's media whose messages were sent again.
    #[must_use]
    pub fn stuck(app: &AppId) -> Self {
        Self::records(format!("stuck/{app}/"))
    }

    /// Returns the prefix of all files whose bytes are blocked.
    #[must_use]
    pub fn blocked() -> Self {
        Self::records("blocked/".to_owned())
    }

    /// Returns the prefix of the marks of all work that was begun, sorted by time.
    #[must_use]
    pub fn begun() -> Self {
        Self::records("begun/".to_owned())
    }

    /// Returns the prefix of the marks of all media that expire, sorted by time.
    #[must_use]
    pub fn expiring() -> Self {
        Self::records("expiring/".to_owned())
    }

    /// Returns the prefix of the cursors of all media of an upload.
    #[must_use]
    pub fn announced_of_upload(app: &AppId, upload: &UploadId) -> Self {
        Self::records(format!("announced/{app}/{upload}-"))
    }

    /// Returns the prefix of the deliveries to a webhook, those of the latest events first.
    #[must_use]
    pub fn deliveries(app: &AppId, hook: &HookName) -> Self {
        Self::records(format!("deliveries/{app}/{hook}/"))
    }

    /// Returns the prefix that only the key of this media's record has.
    #[must_use]
    pub fn record_of(app: &AppId, media: &MediaId) -> Self {
        Self::records(Key::Media(app.clone(), media.clone()).to_string())
    }

    /// Returns the prefix of everything that an app's users have uploaded.
    #[must_use]
    pub fn uploaded_to(app: &AppId) -> Self {
        Self {
            bucket: Bucket::Upload,
            prefix: format!("{app}/"),
        }
    }

    /// Returns the prefix of all delivered objects of a media, in DELIVERY or, if withdrawn, in BACKUP.
    #[must_use]
    pub fn delivered(bucket: Bucket, visibility: Visibility, app: &AppId, media: &MediaId) -> Self {
        Self {
            bucket,
            prefix: format!("{}/{app}/{media}/", visibility.as_str()),
        }
    }

    /// Returns the prefix of a media's delivered captions and their playlists.
    #[must_use]
    pub fn captions(visibility: Visibility, app: &AppId, media: &MediaId) -> Self {
        Self {
            bucket: Bucket::Delivery,
            prefix: format!("{}/{app}/{media}/hls/captions/", visibility.as_str()),
        }
    }

    /// Returns the prefix of the thumbnails of a media that were made ahead.
    #[must_use]
    pub fn thumbs(visibility: Visibility, app: &AppId, media: &MediaId) -> Self {
        Self {
            bucket: Bucket::Delivery,
            prefix: format!("{}/{app}/{media}/{THUMBS}", visibility.as_str()),
        }
    }

    /// Returns the prefix of the intermediate results of a media.
    #[must_use]
    pub fn work(app: &AppId, media: &MediaId) -> Self {
        Self {
            bucket: Bucket::Work,
            prefix: format!("{app}/{media}/"),
        }
    }

    /// Returns the prefix of the intermediate results of one generation of a media.
    #[must_use]
    pub fn work_of(app: &AppId, media: &MediaId, generation: u32) -> Self {
        Self {
            bucket: Bucket::Work,
            prefix: format!("{app}/{media}/{generation}/"),
        }
    }

    /// Returns the prefix of the output of one attempt, made by a service under names of its own or by our own engine.
    #[must_use]
    pub fn attempt_at(app: &AppId, media: &MediaId, generation: u32, attempt: &Attempt) -> Self {
        Self {
            bucket: Bucket::Work,
            prefix: format!("{app}/{media}/{generation}/made/{attempt}/"),
        }
    }

    /// Returns the place of the object with this name in the output of an attempt.
    #[must_use]
    pub(crate) fn made(&self, name: &str) -> ObjectLocation {
        ObjectLocation {
            bucket: self.bucket,
            key: format!("{}{name}", self.prefix),
        }
    }

    /// Returns the prefix of the marks in a ledger of an app.
    #[must_use]
    pub fn used(app: &AppId, ledger: &Ledger) -> Self {
        Self::records(format!("usage/{app}/{ledger}/"))
    }

    /// Returns the prefix of the entries of a facet's listing.
    #[must_use]
    pub fn listed(app: &AppId, facet: &Facet) -> Self {
        Self::records(format!("listed/{app}/{facet}/"))
    }

    /// Returns the prefix of the marks of what an app has stored, sorted by time.
    #[must_use]
    pub fn stored(app: &AppId) -> Self {
        Self::records(format!("stored/{app}/"))
    }

    /// Returns the key in a facet's listing after which that is listed which a cursor leaves; `None` at the beginning.
    #[must_use]
    pub fn behind(&self, cursor: &Cursor) -> Option<String> {
        let cursor = cursor.as_str();
        (!cursor.is_empty()).then(|| format!("{}{cursor}", self.prefix))
    }

    /// Returns the bucket, by role.
    #[must_use]
    pub fn bucket(&self) -> Bucket {
        self.bucket
    }

    /// Returns the prefix as S3 sees it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.prefix
    }

    /// Returns the key that this media has or would have in the listing. A listing "after" a media starts after this
    /// key.
    #[must_use]
    pub fn start_after(&self, app: &AppId, media: &MediaId) -> String {
        let folder = self.prefix.split('/').next().unwrap_or_default();
        match folder {
            "media" => Key::Media(app.clone(), media.clone()).to_string(),
            _ => format!("{folder}/{app}/{media}"),
        }
    }

    /// Returns the key before all keys of this upload in the listing, which is one of an app.
    #[must_use]
    pub fn before(&self, upload: &UploadId) -> String {
        format!("{}{upload}", self.prefix)
    }

    fn records(prefix: String) -> Self {
        Self {
            bucket: Bucket::Records,
            prefix,
        }
    }
}
