//! Finds uploads whose event never came: files in UPLOAD that have no record, or were put after it was last written.
//!
//! Every file that was dealt with has a record, whatever became of it: a media that was rejected, erased or moved away
//! keeps one for ever. So a file without a record was never seen, and gets a message as S3's event would have been.
//! Another version of a file that has a record is treated in `renewed`.
//!
//! Once an hour the files of the last three days are compared, except those of uploads that are younger than a grace, app
//! by app. Uploads' ids sort by time, so both the files
//! and the records of these days are a stretch of a listing: two calls for a thousand files. A run makes a bounded number
//! of calls, and the next goes on where it stopped.
//!
//! While the queue is filled nothing is compared, because files whose event waits have no record either. But this is
//! done once a day at least, so that no file falls out of the three days; a message that comes twice does no harm.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::queues::{Backlogs, Line};
use super::{AT_ONCE, Sweeper};
use crate::platform::error::Error;
use crate::platform::json;
use crate::ports::store::{Listed, Listing};
use crate::stages::show::media_of;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::message::upload::{self, UploadedFile};
use crate::vocabulary::names::{AppId, MediaId, UploadId};

/// The time between two comparisons, in seconds.
const EVERY_SECONDS: i64 = 3_600;

/// The longest time between two comparisons while the queue is filled, in seconds.
const AT_LEAST_SECONDS: i64 = 86_400;

/// The age of uploads that are no longer compared, in seconds.
const OLDEST_SECONDS: i64 = 3 * 86_400;

/// The most listings of one run.
const LISTINGS: u32 = 300;

/// Keys of a listing, the most that S3 allows.
const PAGE: u16 = 1_000;

/// How far the comparison is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    /// The start of this comparison.
    begun_at: Timestamp,
    /// Whether everything was compared.
    is_done: bool,
    /// The app at which to go on; the first one if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app: Option<AppId>,
    /// The key in UPLOAD after which to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl Cursor {
    fn start(begun_at: Timestamp) -> Self {
        Self {
            begun_at,
            is_done: false,
            app: None,
            after: None,
        }
    }

    /// Returns the moment this many seconds before the comparison began.
    fn before(&self, seconds: i64) -> Timestamp {
        let age = SignedDuration::from_secs(seconds);
        let moment = self.begun_at.checked_sub(age);
        moment.unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Returns the first id of an upload that is this many seconds old.
    fn aged(&self, seconds: i64) -> UploadId {
        UploadId::new(self.before(seconds), 0)
    }
}

/// The calls that a run may still make.
struct Budget {
    listings: u32,
    deadline: Instant,
}

impl Budget {
    fn is_spent(&self) -> bool {
        self.listings == 0 || Instant::now() > self.deadline
    }
}

/// The media that have a record, in a stretch of uploads.
#[derive(Default)]
struct Known {
    /// The time at which the record of each media was last written.
    media: BTreeMap<MediaId, Option<Timestamp>>,
    /// The first upload of which not everything is known; `None` if everything is known.
    until: Option<UploadId>,
    is_read: bool,
}

impl Known {
    fn covers(&self, upload: &UploadId) -> bool {
        self.is_read && self.until.as_ref().is_none_or(|until| upload < until)
    }

    /// Returns what is known of a file in UPLOAD. Events of files that were put later than `latest` may be on their way.
    fn tell(&self, file: &UploadedFile, object: &Listed, latest: Timestamp) -> Told {
        let Some(recorded_at) = self.media.get(&file.media) else {
            return Told::Unknown;
        };
        let put_at = object.written_at.filter(|put_at| *put_at < latest);
        match (put_at, recorded_at) {
            // A version that was put within the second of the record is found by the mark of the work.
            (Some(put_at), Some(recorded_at)) if put_at > *recorded_at => Told::Newer,
            (Some(_) | None, _) => Told::Known,
        }
    }
}

/// The relation of a file to its record.
enum Told {
    /// It has no record.
    Unknown,
    /// It was put after its record was last written.
    Newer,
    /// Its record was written after it was put.
    Known,
}

impl Sweeper {
    /// Compares uploads with records, as far as the run's calls go. Returns how many uploads got an event.
    pub(super) async fn compare(
        &self,
        backlogs: &Backlogs<'_>,
        deadline: Instant,
    ) -> Result<u32, Error> {
        let location = Key::Compared.location();
        let found = json::get::<Cursor>(&*self.store, &location).await?;
        let (before, etag) =
            found.map_or((None, None), |(cursor, etag)| (Some(cursor), Some(etag)));
        let Some(mut cursor) = self.cursor(before, backlogs).await? else {
            return Ok(0);
        };
        let mut budget = Budget {
            listings: LISTINGS,
            deadline,
        };
        let sent = self.go_on(&mut cursor, &mut budget).await?;
        self.keep(&cursor, etag.as_ref()).await?;
        Ok(sent)
    }

    /// Returns where to go on, or `None` if it is too early to begin anew.
    async fn cursor(
        &self,
        before: Option<Cursor>,
        backlogs: &Backlogs<'_>,
    ) -> Result<Option<Cursor>, Error> {
        let now = self.clock.now();
        let Some(before) = before else {
            return Ok(Some(Cursor::start(now)));
        };
        if !before.is_done {
            return Ok(Some(before));
        }
        let passed = now.duration_since(before.begun_at).as_secs();
        if passed < EVERY_SECONDS {
            return Ok(None);
        }
        let waits = passed < AT_LEAST_SECONDS && backlogs.is_filled(Line::Uploads).await?;
        Ok((!waits).then(|| Cursor::start(now)))
    }

    /// Keeps how far the comparison is. Another process may have been faster; then that one's word counts.
    async fn keep(&self, cursor: &Cursor, seen: Option<&ETag>) -> Result<(), Error> {
        let location = Key::Compared.location();
        let written = json::replace(&*self.store, &location, cursor, seen).await;
        Ok(written.map(drop)?)
    }

    /// Takes at least one step, however little time is left.
    async fn go_on(&self, cursor: &mut Cursor, budget: &mut Budget) -> Result<u32, Error> {
        let mut sent = 0;
        if let Some(app) = cursor.app.clone().filter(|_| cursor.after.is_some()) {
            sent += self.compare_app(&app, cursor, budget).await?;
            if cursor.after.is_some() || budget.is_spent() {
                return Ok(sent);
            }
        }
        loop {
            let last = cursor.app.clone().map(|app| Key::App(app).to_string());
            let apps = self.page(&Prefix::apps(), last.as_deref(), budget).await?;
            for app in apps.keys().filter_map(app_of) {
                cursor.app = Some(app.clone());
                sent += self.compare_app(&app, cursor, budget).await?;
                if cursor.after.is_some() || budget.is_spent() {
                    return Ok(sent);
                }
            }
            if !apps.more {
                cursor.is_done = true;
                return Ok(sent);
            }
        }
    }

    /// Compares the uploads of an app; leaves in the cursor the key after which to go on, if not all were compared.
    async fn compare_app(
        &self,
        app: &AppId,
        cursor: &mut Cursor,
        budget: &mut Budget,
    ) -> Result<u32, Error> {
        let prefix = Prefix::uploaded_to(app);
        // S3's events typically take seconds, and sometimes a minute or longer.
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html>
        let youngest = cursor.aged(self.grace_seconds.into());
        let latest = cursor.before(self.grace_seconds.into());
        let start = prefix.before(&cursor.aged(OLDEST_SECONDS));
        let mut after = cursor.after.take().unwrap_or(start);
        let (mut known, mut sent) = (Known::default(), 0);
        loop {
            let page = self.page(&prefix, Some(&after), budget).await?;
            let (mut missing, mut newer) = (Vec::new(), Vec::new());
            let files = page.objects.iter();
            let files = files.filter_map(|object| Some((file_of(object.location.key())?, object)));
            for (file, object) in files.take_while(|(file, _)| file.upload < youngest) {
                if !known.covers(&file.upload) {
                    known = self.known(app, &file.upload, budget).await?;
                }
                match known.tell(&file, object, latest) {
                    Told::Unknown => missing.push(file),
                    Told::Newer => newer.push((file, object.etag.clone())),
                    Told::Known => {}
                }
            }
            missing.extend(self.unheeded(newer).await?);
            self.notify(&missing).await?;
            sent += u32::try_from(missing.len()).unwrap_or(u32::MAX);
            let last = page.keys().last().map(str::to_owned);
            let is_young = page
                .keys()
                .filter_map(file_of)
                .any(|file| file.upload >= youngest);
            let Some(last) = last.filter(|_| page.more && !is_young) else {
                return Ok(sent);
            };
            if budget.is_spent() {
                cursor.after = Some(last);
                return Ok(sent);
            }
            after = last;
        }
    }

    /// Lists the records of an app's media from this upload on, until all of this upload are read.
    async fn known(
        &self,
        app: &AppId,
        upload: &UploadId,
        budget: &mut Budget,
    ) -> Result<Known, Error> {
        let prefix = Prefix::media_of_app(app);
        let mut after = prefix.before(upload);
        let mut known = Known {
            is_read: true,
            ..Known::default()
        };
        loop {
            let page = self.page(&prefix, Some(&after), budget).await?;
            let records = page.objects.iter();
            let records = records
                .filter_map(|object| Some((media_of(object.location.key())?, object.written_at)));
            known.media.extend(records);
            let last = page.keys().last().map(str::to_owned);
            let Some(last) = last.filter(|_| page.more) else {
                return Ok(known);
            };
            if let Some(next) = media_of(&last).map(|media| media.upload())
                && next > *upload
            {
                known.until = Some(next);
                return Ok(known);
            }
            after = last;
        }
    }

    /// Sends the events of these files.
    async fn notify(&self, files: &[UploadedFile]) -> Result<(), Error> {
        stream::iter(files)
            .map(async |file| {
                tracing::warn!(media = %file.media, "no event came for the upload of {}, so one is sent", file.media);
                let event = upload::write(file);
                self.queues.uploads.send(&file.app, &event, 0).await.map_err(Error::from)
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn page(
        &self,
        prefix: &Prefix,
        after: Option<&str>,
        budget: &mut Budget,
    ) -> Result<Listing, Error> {
        budget.listings = budget.listings.saturating_sub(1);
        Ok(self.store.list(prefix, after, PAGE).await?)
    }
}

fn app_of(key: &str) -> Option<AppId> {
    let Some(Key::App(app)) = Key::parse(Bucket::Records, key) else {
        return None;
    };
    Some(app)
}

fn file_of(key: &str) -> Option<UploadedFile> {
    let Some(Key::Uploaded { app, upload, name }) = Key::parse(Bucket::Upload, key) else {
        return None;
    };
    Some(UploadedFile::new(app, upload, name))
}
