//! The keys of all buckets. No other code formats or parses a key.
//!
//! A [`Key`] is the meaning of a key; a [`Place`] is the location of an object: its bucket and its key as S3 sees them.
//! Places are created only here, so a string from an uploader can never address a bucket.

pub mod hls;
pub mod render;
pub mod work;

use std::fmt;

use serde::Serialize;

use crate::vocabulary::day::Day;
use crate::vocabulary::job::Attempt;
use crate::vocabulary::kind::Format;
use crate::vocabulary::names::{App, FileName, Media, Upload, Visibility};
use crate::vocabulary::page::{PageFormat, PageNumber};

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
        app: App,
        /// The grant that the file was uploaded with.
        upload: Upload,
        /// The rest of the key, including slashes.
        name: FileName,
    },
    /// DELIVERY (and BACKUP while suspended): an object that viewers fetch.
    Delivered {
        /// The visibility, which decides the CDN behaviour that serves the object.
        visibility: Visibility,
        /// The tenant.
        app: App,
        /// The media.
        media: Media,
        /// The object of the media.
        item: Item,
    },
    /// RECORDS: an app's registration.
    App(App),
    /// RECORDS: the record of a grant of upload credentials.
    Grant(App, Upload),
    /// RECORDS: a media's record.
    Media(App, Media),
    /// RECORDS: the mark of a failed media, by which failed media are listed.
    Failed(App, Media),
    /// RECORDS: the mark of a suspended media, by which suspended media are listed.
    Suspended(App, Media),
    /// RECORDS: a message that belongs to no media, under its SQS message id.
    Unclaimed(MessageId),
    /// RECORDS: the mark of a media that was accepted on a day, with its bytes. The marks add up to the app's use of
    /// its daily quotas.
    Used(App, Day, Media, u64),
    /// WORK: an intermediate result of one generation of a media.
    Part(App, Media, u32, work::Part),
}

/// One of the objects of a media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// The validated upload.
    Original(Format),
    /// The image of a page of a document.
    Page(PageNumber, PageFormat),
    /// The text of a page of a document.
    Text(PageNumber),
    /// The IIIF Presentation manifest of a document.
    Manifest,
    /// A playlist, or a segment that a playlist names.
    Hls(hls::Hls),
    /// Picture and sound in one file.
    Film,
    /// Sound in one file.
    Sound,
    /// A still picture from a film.
    Poster,
}

/// An SQS message id that is safe as a segment of a key: up to 100 characters of a-z, A-Z, 0-9 and hyphen. (SQS
/// documents up to 100 characters and gives UUIDs.)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct MessageId(String);

impl MessageId {
    /// Makes a safe id. Other characters become hyphens, so that a message with an unexpected id is still kept.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        Self(id.chars().take(100).map(safe).collect())
    }
}

/// The location of an object: a bucket and a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    bucket: Bucket,
    key: String,
}

impl Place {
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
    pub fn media_of_upload(app: &App, upload: &Upload) -> Self {
        Self::records(format!("media/{app}/{upload}-"))
    }

    /// Returns the prefix of the records of all media of an app.
    #[must_use]
    pub fn media_of_app(app: &App) -> Self {
        Self::records(format!("media/{app}/"))
    }

    /// Returns the prefix of the messages that were given up and belong to no media.
    #[must_use]
    pub fn unclaimed() -> Self {
        Self::records("failed/_unknown/".to_owned())
    }

    /// Returns the prefix of the marks of an app's failed media.
    #[must_use]
    pub fn failed(app: &App) -> Self {
        Self::records(format!("failed/{app}/"))
    }

    /// Returns the prefix of the marks of an app's suspended media.
    #[must_use]
    pub fn suspended(app: &App) -> Self {
        Self::records(format!("suspended/{app}/"))
    }

    /// Returns the prefix of all delivered objects of a media, in DELIVERY or, if withdrawn, in BACKUP.
    #[must_use]
    pub fn delivered(bucket: Bucket, visibility: Visibility, app: &App, media: &Media) -> Self {
        Self {
            bucket,
            prefix: format!("{}/{app}/{media}/", visibility.as_str()),
        }
    }

    /// Returns the prefix of the intermediate results of a media.
    #[must_use]
    pub fn work(app: &App, media: &Media) -> Self {
        Self {
            bucket: Bucket::Work,
            prefix: format!("{app}/{media}/"),
        }
    }

    /// Returns the prefix of the intermediate results of one generation of a media.
    #[must_use]
    pub fn work_of(app: &App, media: &Media, generation: u32) -> Self {
        Self {
            bucket: Bucket::Work,
            prefix: format!("{app}/{media}/{generation}/"),
        }
    }

    /// Returns the prefix of the output of one attempt, made by a service under names of its own or by our own engine.
    #[must_use]
    pub fn attempt_at(app: &App, media: &Media, generation: u32, attempt: &Attempt) -> Self {
        Self {
            bucket: Bucket::Work,
            prefix: format!("{app}/{media}/{generation}/made/{attempt}/"),
        }
    }

    /// Returns the place of the object with this name in the output of an attempt.
    #[must_use]
    pub(crate) fn made(&self, name: &str) -> Place {
        Place {
            bucket: self.bucket,
            key: format!("{}{name}", self.prefix),
        }
    }

    /// Returns the prefix of the marks of everything that an app used on a day.
    #[must_use]
    pub fn used_on(app: &App, day: Day) -> Self {
        Self::records(format!("usage/{app}/{day}/"))
    }

    /// Returns the prefix of the marks of what one upload used on a day.
    #[must_use]
    pub fn used_by_upload(app: &App, day: Day, upload: &Upload) -> Self {
        Self::records(format!("usage/{app}/{day}/{upload}-"))
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
    pub fn start_after(&self, app: &App, media: &Media) -> String {
        let folder = self.prefix.split('/').next().unwrap_or_default();
        match folder {
            "media" => Key::Media(app.clone(), media.clone()).to_string(),
            _ => format!("{folder}/{app}/{media}"),
        }
    }

    fn records(prefix: String) -> Self {
        Self {
            bucket: Bucket::Records,
            prefix,
        }
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
            | Self::Unclaimed(_)
            | Self::Used(..) => Bucket::Records,
            Self::Part(..) => Bucket::Work,
        }
    }

    /// Returns the place of the object.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
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
    pub fn cache_tag(app: &App, media: &Media) -> String {
        format!("media-{media},app-{app}")
    }

    /// Returns the item by which the CDN is asked to forget everything under the media's tag.
    #[must_use]
    pub fn invalidation_item(media: &Media) -> String {
        format!("#media-{media}")
    }

    fn parse_uploaded(key: &str) -> Option<Self> {
        let (app, rest) = key.split_once('/')?;
        let (upload, name) = rest.split_once('/')?;
        Some(Self::Uploaded {
            app: App::parse(app).ok()?,
            upload: Upload::parse(upload).ok()?,
            name: FileName::new(name)?,
        })
    }

    fn parse_delivered(key: &str) -> Option<Self> {
        let mut segments = key.splitn(4, '/');
        let visibility = Visibility::parse(segments.next()?)?;
        let app = App::parse(segments.next()?).ok()?;
        let media = Media::parse(segments.next()?).ok()?;
        let item = Item::parse(segments.next()?)?;
        Some(Self::Delivered {
            visibility,
            app,
            media,
            item,
        })
    }

    fn parse_part(key: &str) -> Option<Self> {
        let mut segments = key.splitn(4, '/');
        let app = App::parse(segments.next()?).ok()?;
        let media = Media::parse(segments.next()?).ok()?;
        let generation = segments.next()?.parse().ok()?;
        let part = work::Part::parse(segments.next()?)?;
        Some(Self::Part(app, media, generation, part))
    }

    fn parse_record(key: &str) -> Option<Self> {
        let (folder, rest) = key.split_once('/')?;
        if folder == "apps" {
            return Some(Self::App(App::parse(rest.strip_suffix(".json")?).ok()?));
        }
        let (first, last) = rest.split_once('/')?;
        if folder == "failed" && first == "_unknown" {
            return Some(Self::Unclaimed(MessageId::new(last)));
        }
        let app = App::parse(first).ok()?;
        match folder {
            "uploads" => Some(Self::Grant(
                app,
                Upload::parse(last.strip_suffix(".json")?).ok()?,
            )),
            "media" => Some(Self::Media(
                app,
                Media::parse(last.strip_suffix(".json")?).ok()?,
            )),
            "failed" => Some(Self::Failed(app, Media::parse(last).ok()?)),
            "suspended" => Some(Self::Suspended(app, Media::parse(last).ok()?)),
            "usage" => {
                let (day, last) = last.split_once('/')?;
                let (media, bytes) = last.split_once('.')?;
                let media = Media::parse(media).ok()?;
                Some(Self::Used(
                    app,
                    Day::parse(day)?,
                    media,
                    bytes.parse().ok()?,
                ))
            }
            _ => None,
        }
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
            Self::Unclaimed(id) => write!(f, "failed/_unknown/{}", id.0),
            Self::Used(app, day, media, bytes) => write!(f, "usage/{app}/{day}/{media}.{bytes}"),
            Self::Part(app, media, generation, part) => {
                write!(f, "{app}/{media}/{generation}/{part}")
            }
        }
    }
}

const FILM: &str = "video.mp4";
const SOUND: &str = "audio.m4a";
const POSTER: &str = "poster.jpg";

impl Item {
    fn parse(rest: &str) -> Option<Self> {
        match rest {
            "manifest.json" => return Some(Self::Manifest),
            FILM => return Some(Self::Film),
            SOUND => return Some(Self::Sound),
            POSTER => return Some(Self::Poster),
            _ => {}
        }
        if let Some(rest) = rest.strip_prefix("hls/") {
            return hls::Hls::parse(rest).map(Self::Hls);
        }
        let (name, extension) = rest.split_once('.')?;
        if name == "original" {
            return Format::from_extension(extension).map(Self::Original);
        }
        if let Some(page) = name.strip_prefix("pages/") {
            let format = PageFormat::ALL
                .into_iter()
                .find(|format| format.extension() == extension)?;
            return Some(Self::Page(PageNumber::parse(page)?, format));
        }
        let page = name.strip_prefix("text/").filter(|_| extension == "txt")?;
        PageNumber::parse(page).map(Self::Text)
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Original(format) => write!(f, "original.{}", format.extension()),
            Self::Page(page, format) => write!(f, "pages/{page}.{}", format.extension()),
            Self::Text(page) => write!(f, "text/{page}.txt"),
            Self::Manifest => f.write_str("manifest.json"),
            Self::Hls(hls) => write!(f, "hls/{hls}"),
            Self::Film => f.write_str(FILM),
            Self::Sound => f.write_str(SOUND),
            Self::Poster => f.write_str(POSTER),
        }
    }
}

/// Returns the prefix under which an upload's credentials may put objects in the UPLOAD bucket: `{app}/{upload}/`.
#[must_use]
pub fn upload_prefix(app: &App, upload: &Upload) -> String {
    format!("{app}/{upload}/")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vocabulary::rendition::Rendition;

    const MEDIA: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc";

    #[test]
    fn what_is_not_ours_is_refused() {
        for (bucket, key) in [
            (Bucket::Upload, "demo/01jd8f5w2v9k3m4n5p6q7r8s9t/"),
            (Bucket::Upload, "demo/01JD8F5W2V9K3M4N5P6Q7R8S9T/cat.jpg"),
            (Bucket::Upload, "/01jd8f5w2v9k3m4n5p6q7r8s9t/cat.jpg"),
            (Bucket::Upload, "demo/cat.jpg"),
            (
                Bucket::Delivery,
                "public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t/original.jpg",
            ),
            (
                Bucket::Delivery,
                "secret/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/original.jpg",
            ),
            (
                Bucket::Delivery,
                "public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/original.svg",
            ),
            (
                Bucket::Delivery,
                "public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/x/original.jpg",
            ),
            (Bucket::Records, "apps/Demo.json"),
            (Bucket::Records, "apps/demo"),
            (Bucket::Records, "media/demo/x.json"),
            (Bucket::Records, "failed/_unknown/a/b"),
            (
                Bucket::Records,
                "usage/demo/2026-02-30/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc.7",
            ),
            (
                Bucket::Records,
                "usage/demo/2026-02-28/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc.07",
            ),
            (
                Bucket::Records,
                "usage/demo/2026-02-28/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc",
            ),
            (Bucket::Work, "demo/x"),
            (
                Bucket::Work,
                "demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/1/pages/0002-0001.json",
            ),
            (
                Bucket::Delivery,
                "public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/pages/0000.jpg",
            ),
            (
                Bucket::Delivery,
                "public/demo/01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc/text/1.txt",
            ),
        ] {
            assert_eq!(Key::parse(bucket, key), None, "{key}");
        }
    }

    #[test]
    fn every_listing_holds_the_keys_it_is_for() {
        let (app, media) = (App::parse("demo").unwrap(), Media::parse(MEDIA).unwrap());
        for (prefix, key) in [
            (Prefix::apps(), Key::App(app.clone())),
            (
                Prefix::media_of_upload(&app, &media.upload()),
                Key::Media(app.clone(), media.clone()),
            ),
            (
                Prefix::failed(&app),
                Key::Failed(app.clone(), media.clone()),
            ),
            (
                Prefix::suspended(&app),
                Key::Suspended(app.clone(), media.clone()),
            ),
        ] {
            assert!(key.to_string().starts_with(prefix.as_str()), "{key}");
            if !matches!(key, Key::App(_)) {
                assert_eq!(prefix.start_after(&app, &media), key.to_string());
            }
        }
        let day = Day::parse("2026-11-23").unwrap();
        let used = Key::Used(app.clone(), day, media.clone(), 7).to_string();
        for prefix in [
            Prefix::used_on(&app, day),
            Prefix::used_by_upload(&app, day, &media.upload()),
        ] {
            assert!(used.starts_with(prefix.as_str()), "{used}");
        }
    }

    fn page(number: u16) -> PageNumber {
        PageNumber::try_from(number).unwrap()
    }

    fn any_item() -> impl Strategy<Value = Item> {
        let number = (1..=PageNumber::LAST).prop_map(page);
        let format = prop::sample::select(&PageFormat::ALL[..]);
        prop_oneof![
            prop::sample::select(Format::ALL).prop_map(Item::Original),
            (number.clone(), format).prop_map(|(page, format)| Item::Page(page, format)),
            number.prop_map(Item::Text),
            prop::sample::select(&[Item::Manifest, Item::Film, Item::Sound, Item::Poster][..]),
            any_hls().prop_map(Item::Hls),
        ]
    }

    fn any_hls() -> impl Strategy<Value = hls::Hls> {
        let rendition = prop_oneof![
            any::<u16>().prop_map(Rendition::Picture),
            any::<u8>().prop_map(Rendition::Track),
            any::<u16>().prop_map(Rendition::Sound),
        ];
        (rendition, 1..u32::MAX, 0_u8..4).prop_map(|(rendition, number, which)| match which {
            0 => hls::Hls::Master,
            1 => hls::Hls::Playlist(rendition),
            2 => hls::Hls::Init(rendition),
            _ => hls::Hls::Segment(rendition, number),
        })
    }

    fn any_key() -> impl Strategy<Value = Key> {
        let app = "[a-z][a-z0-9-]{1,30}".prop_map(|s| App::parse(&s).unwrap());
        let upload = "[0-7][0-9a-hjkmnp-tv-z]{25}".prop_map(|s| Upload::parse(&s).unwrap());
        let name = prop_oneof!["\\PC{1,60}", "[ -~/]{1,60}", "(\\.\\./|%2F|\n|//){1,9}"];
        (
            app,
            upload,
            name,
            any_item(),
            0_u8..10,
            (0_i64..=253_402_300_799, any::<u64>()),
        )
            .prop_map(|(app, upload, name, item, which, (second, bytes))| {
                let name = FileName::new(&name).unwrap();
                let media = Media::of(&upload, &name);
                let delivered = |visibility| Key::Delivered {
                    visibility,
                    app: app.clone(),
                    media: media.clone(),
                    item,
                };
                match which {
                    0 => Key::Uploaded { app, upload, name },
                    1 => delivered(Visibility::Public),
                    2 => delivered(Visibility::Private),
                    3 => Key::App(app),
                    4 => Key::Grant(app, upload),
                    5 => Key::Media(app, media),
                    6 => Key::Failed(app, media),
                    7 => Key::Suspended(app, media),
                    8 => {
                        let first = page(u16::try_from(bytes % 9_999).unwrap() + 1);
                        let part = work::Part::Pages { first, last: first };
                        Key::Part(app, media, u32::try_from(bytes >> 40).unwrap(), part)
                    }
                    _ => {
                        let day = Day::of(jiff::Timestamp::from_second(second).unwrap());
                        Key::Used(app, day, media, bytes)
                    }
                }
            })
    }

    proptest! {
        #[test]
        fn keys_round_trip(key in any_key()) {
            prop_assert_eq!(Key::parse(key.bucket(), &key.to_string()), Some(key));
        }

        #[test]
        fn a_key_that_is_parsed_prints_as_it_was(key in "\\PC{0,80}") {
            for bucket in [Bucket::Upload, Bucket::Delivery, Bucket::Records, Bucket::Work] {
                if let Some(parsed) = Key::parse(bucket, &key) {
                    prop_assert_eq!(parsed.to_string(), key.clone());
                }
            }
        }
    }
}
