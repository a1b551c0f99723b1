//! Makes the thumbnails of eager presets before anybody asks for one.
//!
//! It is asked to whenever a picture becomes ready, gets another focal point, or comes back from a suspension or a move, and
//! for each picture of an app whose eager presets have changed. As everywhere, the message is only a hint: which thumbnails
//! there are to be follows from the record and the registration, and which there are is listed. Those that are missing or
//! were made of something else are rendered by the code that answers viewers; those that no preset asks for any more are
//! removed. A message that comes twice finds its work done.
//!
//! Thumbnails lie under the media's own prefix, so every operation takes them along. A picture that is served has no
//! quiet time of a stage before it is withdrawn, only that of renderings. So a put is begun right after a look at the
//! record, and given up after [`PUT_WITHIN`]: what was put although the record changed just then is there when the
//! operation looks for the last time. The last look is ours, too, and takes away what was put too late.
//!
//! A thumbnail that was lost is not looked for: without it, an answer is rendered on demand.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::problem::Refusal;
use crate::platform::records::Records;
use crate::ports::queue::Outbox;
use crate::ports::store::{Condition, Headers, Listed, ObjectStore, StoreError};
use crate::stages::render::{self, Renderer, Wanted};
use crate::stages::show::media_of;
use crate::vocabulary::ahead;
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Key, ObjectLocation, Prefix};
use crate::vocabulary::message;
use crate::vocabulary::message::thumbs::{OfApp, OfMedia, Thumbs};
use crate::vocabulary::names::AppId;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// The time after which a put is given up. It is much shorter than `RenderGraceSeconds`, 60, after which an operation is
/// sure that nobody can be at work who began before.
pub const PUT_WITHIN: Duration = Duration::from_secs(20);

/// The time within which a message begins to render another thumbnail; the rest is left to another message.
const BEGUN_WITHIN: Duration = Duration::from_secs(30);

/// The time by which a rendering must be done: with [`PUT_WITHIN`] less than the timeout of validate-upload, 120 seconds.
const RENDERED_WITHIN: Duration = Duration::from_secs(75);

/// The most thumbnails of a media that are listed. There are [`ahead::MOST`], and those that no preset asks for any more;
/// if these are more, the next message removes others.
const LISTED: u16 = 1_000;

/// The number of an app's media that are asked for by one message.
pub const PAGE: u16 = 100;

/// The seconds after which the next media of an app are asked for. So a changed preset costs 6,000 messages an hour at
/// most, which two processes are done with in time.
pub const PAGE_SECONDS: u32 = 60;

/// Makes thumbnails ahead.
pub struct ThumbMaker {
    /// The database.
    pub records: Records,
    /// Renders them as viewers get them.
    pub renderer: Renderer,
    /// The queue that its messages come from.
    pub queue: Arc<dyn Outbox>,
}

/// The thumbnails of a media that are in delivery.
struct There(Vec<Listed>);

impl There {
    fn at(&self, location: &ObjectLocation) -> Option<&ETag> {
        let found = self.0.iter().find(|listed| listed.location == *location);
        found.map(|listed| &listed.etag)
    }
}

/// The thumbnails that were put in this run.
type Made = Vec<(ObjectLocation, ETag)>;

impl ThumbMaker {
    /// Does what a message asks for, as far as possible now. Returns how far it got, for the log.
    ///
    /// # Errors
    /// Any error that kept it from being done; the message must then come again.
    pub async fn run(&self, asked: &Thumbs) -> Result<Ending, Error> {
        match asked {
            Thumbs::MakeThumbs(of) => Box::pin(self.of_media(of)).await,
            Thumbs::MakeAllThumbs(of) => self.of_app(of).await,
        }
    }

    async fn of_media(&self, of: &OfMedia) -> Result<Ending, Error> {
        let key = Key::Media(of.app.clone(), of.media.clone());
        let Some(record) = self.records.load::<MediaRecord>(&key).await? else {
            return Ok(Ending::SettledBefore);
        };
        let record = record.value;
        if record.state != State::Ready || !record.is_image() {
            return Ok(Ending::SettledBefore);
        }
        // The listing comes first: what a newer registration has put is not replaced by what an older one says, because it
        // is another version by then.
        let prefix = Prefix::thumbs(record.visibility, &record.app, &record.media);
        let there = self.store().list(&prefix, None, LISTED).await?;
        let there = There(there.objects);
        let Some(app) = self.registration(&of.app).await? else {
            return Ok(Ending::SettledBefore);
        };
        let wanted = render::wanted(&record, &app);
        self.remove_others(&record, &wanted, &there).await?;
        self.make(&record, &app, &wanted, &there).await
    }

    /// Makes what is missing, until time is up.
    async fn make(
        &self,
        record: &MediaRecord,
        app: &AppRecord,
        wanted: &[Wanted],
        there: &There,
    ) -> Result<Ending, Error> {
        let (begun, mut made) = (Instant::now(), Made::new());
        for one in wanted {
            let location = record.delivered(one.item()).location();
            let before = there.at(&location);
            if before.is_some() && self.stands(one, &location).await? {
                continue;
            }
            if begun.elapsed() > BEGUN_WITHIN && !made.is_empty() {
                self.queue
                    .send(
                        &record.app,
                        &Thumbs::of_media(&record.app, &record.media)?,
                        0,
                    )
                    .await?;
                self.check(record, &made).await?;
                return Ok(Ending::ThumbsMadeInPart);
            }
            let deadline = begun + RENDERED_WITHIN;
            let rendered = self.renderer.make_ahead(record, app, one, deadline).await;
            let Some((body, headers)) = unless_refused(record, rendered)? else {
                continue;
            };
            if !self.is_unchanged(record).await? {
                self.take_back(&made).await?;
                return Ok(Ending::Overtaken);
            }
            let etag = self.put(&location, body, &headers, before).await?;
            made.push((location, etag));
        }
        self.check(record, &made).await
    }

    /// Puts a thumbnail where none was, or over the one that was listed.
    async fn put(
        &self,
        location: &ObjectLocation,
        body: Bytes,
        headers: &Headers,
        before: Option<&ETag>,
    ) -> Result<ETag, Error> {
        let condition = before.map_or(Condition::Absent, Condition::Is);
        let put = self.store().put(location, body, headers, condition);
        match tokio::time::timeout(PUT_WITHIN, put).await {
            Ok(Ok(etag)) => Ok(etag),
            // Another process is at work. What it put is looked at when the message comes again.
            Ok(Err(StoreError::Changed | StoreError::Missing | StoreError::Conflict)) | Err(_) => {
                Err(Error::Unsteady)
            }
            Ok(Err(error)) => Err(error.into()),
        }
    }

    /// Looks at the record when everything was put, and takes it away again if the media was withdrawn meanwhile.
    async fn check(&self, record: &MediaRecord, made: &Made) -> Result<Ending, Error> {
        if made.is_empty() || self.is_unchanged(record).await? {
            return Ok(Ending::ThumbsMade);
        }
        self.take_back(made).await?;
        Ok(Ending::Overtaken)
    }

    async fn take_back(&self, made: &Made) -> Result<(), Error> {
        for (location, etag) in made {
            self.remove(location, etag).await?;
        }
        Ok(())
    }

    /// Removes the thumbnails that no preset asks for any more.
    async fn remove_others(
        &self,
        record: &MediaRecord,
        wanted: &[Wanted],
        there: &There,
    ) -> Result<(), Error> {
        let wanted: Vec<_> = wanted
            .iter()
            .map(|one| record.delivered(one.item()).location())
            .collect();
        for listed in &there.0 {
            if !wanted.contains(&listed.location) {
                self.remove(&listed.location, &listed.etag).await?;
            }
        }
        Ok(())
    }

    async fn remove(&self, location: &ObjectLocation, etag: &ETag) -> Result<(), Error> {
        match self.store().delete(location, etag).await {
            Ok(()) | Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn stands(&self, wanted: &Wanted, location: &ObjectLocation) -> Result<bool, Error> {
        let there = self.store().head(location).await?;
        Ok(there.is_some_and(|there| wanted.is(&there.headers)))
    }

    /// Returns whether the media is still served as it was, and looks the same.
    async fn is_unchanged(&self, before: &MediaRecord) -> Result<bool, Error> {
        let key = Key::Media(before.app.clone(), before.media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        Ok(found.is_some_and(|found| {
            let now = &found.value;
            now.state == State::Ready
                && now.generation == before.generation
                && now.visibility == before.visibility
                && now.source == before.source
                && now.focus == before.focus
        }))
    }

    /// Asks for the thumbnails of an app's next media, as long as its registration is the one that this was begun for.
    async fn of_app(&self, of: &OfApp) -> Result<Ending, Error> {
        let app = self.registration(&of.app).await?;
        if app.is_none_or(|app| ahead::digest(&app) != of.by) {
            return Ok(Ending::Overtaken);
        }
        let prefix = Prefix::media_of_app(&of.app);
        let after = of.after.as_ref();
        let after = after.map(|media| prefix.start_after(&of.app, media));
        let page = self.store().list(&prefix, after.as_deref(), PAGE).await?;
        let listed: Vec<_> = page.keys().filter_map(media_of).collect();
        for media in &listed {
            let body = Thumbs::of_media(&of.app, media)?;
            self.queue.send(&of.app, &body, 0).await?;
        }
        let Some(last) = listed.last().filter(|_| page.more) else {
            return Ok(Ending::ThumbsAsked);
        };
        let rest = Thumbs::MakeAllThumbs(OfApp {
            after: Some(last.clone()),
            ..of.clone()
        });
        let body = message::write(&rest)?;
        self.queue.send(&of.app, &body, PAGE_SECONDS).await?;
        Ok(Ending::ThumbsAskedInPart)
    }

    async fn registration(&self, app: &AppId) -> Result<Option<AppRecord>, Error> {
        let key = Key::App(app.clone());
        let found = self.records.load::<AppRecord>(&key).await?;
        Ok(found.map(|found| found.value))
    }

    fn store(&self) -> &dyn ObjectStore {
        &*self.renderer.store
    }
}

/// Returns what was rendered, or `None` if it cannot be: a viewer is told why. What fails for a while is tried again.
fn unless_refused<T>(
    record: &MediaRecord,
    rendered: Result<T, Refusal>,
) -> Result<Option<T>, Error> {
    match rendered {
        Ok(rendered) => Ok(Some(rendered)),
        Err(Refusal::Ours(error)) if !render::is_of_a_file(&error) => Err(error),
        Err(refusal) => {
            let media = record.media.to_string();
            tracing::warn!(media, cause = ?refusal, "a thumbnail could not be made ahead");
            Ok(None)
        }
    }
}
