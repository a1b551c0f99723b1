//! The keys of all buckets. No other code formats or parses a key.
//!
//! A [`Key`] is the meaning of a key; an [`ObjectLocation`] is the location of an object: its bucket and its key as S3
//! sees them.
//! Locations are created only here, so a string from an uploader can never address a bucket.

mod begun;
mod delivery;
mod expiring;
mod flow;
pub mod hls;
mod item;
pub mod listed;
mod location;
mod parse;
pub mod render;
mod thumb;
pub mod used;
pub mod work;

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

pub use begun::Begun;
pub use delivery::DeliveryId;
pub use expiring::Expiring;
pub use flow::Flow;
pub use item::{Item, sheet_name};
use listed::{Facet, Position};
pub use location::{ObjectLocation, Prefix};
pub use thumb::Thumb;
use used::{Ledger, Mark};

use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::names::{AppId, FileName, MediaId, UploadId, Visibility};
use crate::vocabulary::preset::PresetName;
use crate::vocabulary::webhook::HookName;

/// The time that browsers keep a delivered object, in seconds. It is short, because browsers cannot be invalidated.
const BROWSER_SECONDS: u32 = 300;

/// The time that the CDN keeps a delivered object, in seconds (a year). The CDN can be invalidated by cache tag.
const CDN_SECONDS: u32 = 31_536_000;

/// The metadata name of the cache tags, without `x-amz-meta-`. The distribution's `CacheTagConfig.HeaderName` names the
/// same header.
pub const CACHE_TAG: &str = "cache-tag";

/// The buckets, by role. Their names are configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Files from uploaders; nothing here is trusted.
    Upload,
    /// Files that the CDN serves.
    Delivery,
    /// Files that were withdrawn from delivery.
    Backup,
    /// The records of the database.
    Records,
    /// Intermediate results.
    Work,
}

/// The meaning of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// UPLOAD: a file as the uploader put it.
    Uploaded {
        /// The tenant.
        app: AppId,
        /// The grant that the file was uploaded with.
        upload: UploadId,
        /// The rest of the key, including slashes.
        name: FileName,
    },
    /// DELIVERY (and BACKUP while suspended): an object that viewers fetch.
    Delivered {
        /// The visibility, which decides the CDN behaviour that serves the object.
        visibility: Visibility,
        /// The tenant.
        app: AppId,
        /// The media.
        media: MediaId,
        /// The object of the media.
        item: Item,
    },
    /// RECORDS: an app's registration.
    App(AppId),
    /// RECORDS: the record of a grant of upload credentials.
    Grant(AppId, UploadId),
    /// RECORDS: a media's record.
    Media(AppId, MediaId),
    /// RECORDS: the mark of a failed media, by which failed media are listed.
    Failed(AppId, MediaId),
    /// RECORDS: the mark of a suspended media, by which suspended media are listed.
    Suspended(AppId, MediaId),
    /// RECORDS: the mark of a media whose message was sent again, by which stuck media are listed.
    Stuck(AppId, MediaId),
    /// RECORDS: the media for which a file's bytes are blocked.
    Blocked(FileDigest),
    /// RECORDS: the mark of work that was begun.
    Begun(Begun),
    /// RECORDS: the mark of a media that expires.
    Expiring(Expiring),
    /// RECORDS: how far the app was told about a media.
    Announced(AppId, MediaId),
    /// RECORDS: which registration of the app was told last.
    AnnouncedApp(AppId),
    /// RECORDS: the event with this number about an app, as it is sent.
    AppEvent(AppId, u32),
    /// RECORDS: the event with this number about a media, as it is sent.
    Event(AppId, MediaId, u32),
    /// RECORDS: the event with this number about an upload, as it is sent.
    UploadEvent(AppId, UploadId, u32),
    /// RECORDS: the webhooks of an app.
    Webhooks(AppId),
    /// RECORDS: how the endpoint of a webhook stands.
    Standing(AppId, HookName),
    /// RECORDS: what became of an event that is sent to a webhook.
    Delivery(AppId, HookName, DeliveryId),
    /// RECORDS: how far uploads have been compared with records.
    Compared,
    /// RECORDS: a message that belongs to no media, under its SQS message id.
    Unclaimed(MessageId),
    /// RECORDS: the mark of an accepted media, with its bytes. The marks add up to what the app used of a quota.
    Used(AppId, Ledger, Mark),
    /// RECORDS: how far the marks of a ledger have been added up.
    Counted(AppId, Ledger),
    /// RECORDS: the entry of a media in the listing of a facet.
    Listed(AppId, Facet, Position),
    /// RECORDS: in which listings a media may have entries.
    Indexed(AppId, MediaId),
    /// RECORDS: the mark of a media that came in or went out. The marks add up to what the app has stored.
    Stored(AppId, Flow),
    /// RECORDS: how far the marks of what is stored have been added up.
    StoredSum(AppId),
    /// WORK: an intermediate result of one generation of a media.
    Part(AppId, MediaId, u32, work::Part),
}

/// An SQS message id that is safe as a segment of a key: up to 100 characters of a-z, A-Z, 0-9 and hyphen. (SQS
/// documents up to 100 characters and gives UUIDs.)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("pattern" = "^[A-Za-z0-9-]{1,100}$"))]
pub struct MessageId(String);

impl MessageId {
    /// Makes a safe id. Other characters become hyphens, so that a message with an unexpected id is still kept.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        Self(id.chars().take(100).map(safe).collect())
    }
}

impl Key {
    /// Returns the bucket of the key. (A withdrawn object has the same key in BACKUP.)
    #[must_use]
    pub fn bucket(&self) -> Bucket {
        match self {
            Self::Uploaded { .. } => Bucket::Upload,
            Self::Delivered { .. } => Bucket::Delivery,
            Self::App(_)
            | Self::Grant(..)
            | Self::Media(..)
            | Self::Failed(..)
            | Self::Suspended(..)
            | Self::Stuck(..)
            | Self::Blocked(_)
            | Self::Begun(_)
            | Self::Expiring(_)
            | Self::Announced(..)
            | Self::AnnouncedApp(_)
            | Self::AppEvent(..)
            | Self::Event(..)
            | Self::UploadEvent(..)
            | Self::Webhooks(_)
            | Self::Standing(..)
            | Self::Delivery(..)
            | Self::Compared
            | Self::Unclaimed(_)
            | Self::Used(..)
            | Self::Counted(..)
            | Self::Listed(..)
            | Self::Indexed(..)
            | Self::Stored(..)
            | Self::StoredSum(_) => Bucket::Records,
            Self::Part(..) => Bucket::Work,
        }
    }

    /// Returns the place of the object.
    #[must_use]
    pub fn location(&self) -> ObjectLocation {
        ObjectLocation {
            bucket: self.bucket(),
            key: self.to_string(),
        }
    }

    /// Parses a key of a bucket; returns `None` if it is not one of the platform's.
    ///
    /// The parser is strict: a parsed key prints as the same bytes again.
    #[must_use]
    pub fn parse(bucket: Bucket, key: &str) -> Option<Self> {
        let parsed = match bucket {
            Bucket::Upload => Self::parse_uploaded(key),
            Bucket::Delivery | Bucket::Backup => Self::parse_delivered(key),
            Bucket::Records => Self::parse_record(key),
            Bucket::Work => Self::parse_part(key),
        }?;
        (parsed.to_string() == key).then_some(parsed)
    }

    /// Returns the `Cache-Control` header of a delivered object.
    #[must_use]
    pub fn cache_control() -> String {
        format!("public, max-age={BROWSER_SECONDS}, s-maxage={CDN_SECONDS}")
    }

    /// Returns the cache tags of a media's objects. One item of an invalidation covers all of them.
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Invalidation.html>
    #[must_use]
    pub fn cache_tag(app: &AppId, media: &MediaId) -> String {
        format!("{},app-{app}", Self::media_tag(media))
    }

    /// Returns the cache tag of what shows a media.
    #[must_use]
    pub fn media_tag(media: &MediaId) -> String {
        format!("media-{media}")
    }

    /// Returns the item by which the CDN is asked to forget everything under the media's tag.
    #[must_use]
    pub fn invalidation_item(media: &MediaId) -> String {
        format!("#{}", Self::media_tag(media))
    }

    /// Returns the cache tag of what is rendered by a preset, in addition to the media's tags. Neither name has a `/`, so
    /// the tag belongs to one preset only.
    #[must_use]
    pub fn preset_tag(app: &AppId, preset: &PresetName) -> String {
        format!("preset-{app}/{preset}")
    }

    /// Returns the item by which the CDN is asked to forget everything that was rendered by a preset.
    #[must_use]
    pub fn preset_item(app: &AppId, preset: &PresetName) -> String {
        format!("#{}", Self::preset_tag(app, preset))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uploaded { app, upload, name } => write!(f, "{app}/{upload}/{}", name.as_str()),
            Self::Delivered {
                visibility,
                app,
                media,
                item,
            } => {
                write!(f, "{}/{app}/{media}/{item}", visibility.as_str())
            }
            Self::App(app) => write!(f, "apps/{app}.json"),
            Self::Grant(app, upload) => write!(f, "uploads/{app}/{upload}.json"),
            Self::Media(app, media) => write!(f, "media/{app}/{media}.json"),
            Self::Failed(app, media) => write!(f, "failed/{app}/{media}"),
            Self::Suspended(app, media) => write!(f, "suspended/{app}/{media}"),
            Self::Stuck(app, media) => write!(f, "stuck/{app}/{media}"),
            Self::Blocked(digest) => write!(f, "blocked/{digest}"),
            Self::Begun(begun) => write!(f, "begun/{begun}"),
            Self::Expiring(expiring) => write!(f, "expiring/{expiring}"),
            Self::Announced(app, media) => write!(f, "announced/{app}/{media}"),
            Self::AnnouncedApp(app) => write!(f, "announced/{app}"),
            Self::AppEvent(app, seq) => write!(f, "events/{app}/{seq:010}"),
            Self::Event(app, media, seq) => write!(f, "events/{app}/{media}/{seq:010}"),
            Self::UploadEvent(app, upload, seq) => write!(f, "events/{app}/{upload}/{seq:010}"),
            Self::Webhooks(app) => write!(f, "webhooks/{app}.json"),
            Self::Standing(app, hook) => write!(f, "standing/{app}/{hook}.json"),
            Self::Delivery(app, hook, delivery) => {
                write!(f, "deliveries/{app}/{hook}/{delivery}")
            }
            Self::Compared => f.write_str("sweep/uploads.json"),
            Self::Unclaimed(id) => write!(f, "failed/_unknown/{}", id.0),
            Self::Used(app, ledger, mark) => write!(f, "usage/{app}/{ledger}/{mark}"),
            Self::Counted(app, ledger) => write!(f, "usage/{app}/{ledger}.json"),
            Self::Listed(app, facet, position) => write!(f, "listed/{app}/{facet}/{position}"),
            Self::Indexed(app, media) => write!(f, "indexed/{app}/{media}"),
            Self::Stored(app, flow) => write!(f, "stored/{app}/{flow}"),
            Self::StoredSum(app) => write!(f, "stored/{app}.json"),
            Self::Part(app, media, generation, part) => {
                write!(f, "{app}/{media}/{generation}/{part}")
            }
        }
    }
}

/// Returns the prefix under which an upload's credentials may put objects in the UPLOAD bucket: `{app}/{upload}/`.
#[must_use]
pub fn upload_prefix(app: &AppId, upload: &UploadId) -> String {
    format!("{app}/{upload}/")
}

#[cfg(test)]
mod tests;
