//! Registers apps: stores what each app accepts, within the platform's limits.

mod patch;
mod presets;
mod registration;

use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

pub use self::registration::{Ceiling, Registration};
use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::{Records, Versioned, Written};
use crate::ports::clock::Clock;
use crate::ports::queue::Outbox;
use crate::ports::store::{ObjectStore, StoreError};
use crate::stages::show::media_of;
use crate::stages::watermark::dimensions;
use crate::vocabulary::ahead;
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::message;
use crate::vocabulary::message::invalidation::{ChangedPresets, Task};
use crate::vocabulary::message::news;
use crate::vocabulary::message::thumbs::{OfApp, Thumbs};
use crate::vocabulary::names::AppId;
use crate::vocabulary::preset::Presets;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;
use crate::vocabulary::watermark;

/// Maximum number of listed apps. One person operates this platform; a longer list is cut, and the answer says so.
const MOST_APPS: u16 = 1000;

/// Maximum number of attempts to change a registration that others change at the same time.
const ATTEMPTS: u32 = 5;

/// Maximum number of records that are read before an app is removed: one page of a listing. An app with more was in
/// use, and reading its tombstones one by one does not fit a function that answers within 15 s.
const MOST_TOMBSTONES: u16 = 1000;

/// Number of records that are read at the same time.
const READS_AT_ONCE: usize = 32;

/// The time after which a registration is written or never will be, in seconds: the function's timeout, and some seconds
/// for a request to S3 that was on its way when the function ended.
pub const WRITTEN_WITHIN_SECONDS: u32 = 15;

/// The answer to `GET /admin/apps`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AppList")]
pub struct Apps {
    /// The names of the apps, 1,000 at most.
    items: Vec<AppId>,
    /// Whether there are more apps than are listed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

/// The answer to `PUT` and `PATCH /admin/apps/{app}`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RegisteredApp")]
pub struct Registered {
    /// The current registration.
    #[serde(flatten)]
    pub record: AppRecord,
    /// The fields that were reset to their defaults because the body of a `PUT` did not name them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reset: Vec<String>,
    /// Whether the app is new.
    #[serde(skip)]
    pub is_new: bool,
}

/// The service that registers, changes, lists and removes apps.
pub struct Registrar {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The queue to invalidate-cache.
    pub invalidations: Arc<dyn Outbox>,
    /// The queue of those who make thumbnails ahead.
    pub thumbs: Arc<dyn Outbox>,
    /// The queue of hints that something is to be announced.
    pub hints: Arc<dyn Outbox>,
    /// The platform's limits for every app.
    pub platform: Ceiling,
}

impl Registrar {
    /// Registers an app, or replaces its registration. `named` is the JSON body as received, which tells the fields
    /// that were left out.
    ///
    /// # Errors
    /// 400 with the field's name, or a failure on our side.
    pub async fn register(
        &self,
        app: &AppId,
        wanted: &Registration,
        named: &Map<String, Value>,
    ) -> Result<Registered, Refusal> {
        let record = wanted.record(app, self.platform, self.clock.now())?;
        self.save(app, |current| {
            let reset = current.map(|current| patch::reset(current, &record, named));
            Ok((record.clone(), reset.unwrap_or_default()))
        })
        .await
    }

    /// Changes a registration by a JSON merge patch: fields that are not named stay.
    ///
    /// # Errors
    /// 404; 400 with the field's name; or a failure on our side.
    pub async fn change(
        &self,
        app: &AppId,
        wanted: &Map<String, Value>,
    ) -> Result<Registered, Refusal> {
        let now = self.clock.now();
        self.save(app, |current| {
            let current = current.ok_or_else(Problem::unknown_app)?;
            let merged: Registration = patch::patched(current, wanted.clone(), self.platform)?;
            Ok((merged.record(app, self.platform, now)?, Vec::new()))
        })
        .await
    }

    /// Writes the registration that `decide` makes of the current one, calling it again after every lost race.
    async fn save<F>(&self, app: &AppId, decide: F) -> Result<Registered, Refusal>
    where
        F: Fn(Option<&AppRecord>) -> Result<(AppRecord, Vec<String>), Problem> + Send + Sync,
    {
        let key = Key::App(app.clone());
        for _ in 0..ATTEMPTS {
            let current: Option<Versioned<AppRecord>> = self.records.load(&key).await?;
            let current = current.as_ref();
            let (mut record, reset) = decide(current.map(|current| &current.value))?;
            let before = current.map(|current| &current.value.presets);
            self.check_watermarks(app, before, &record.presets).await?;
            if let Some(current) = current {
                record.created_at = current.value.created_at;
                self.forget_presets(&current.value, &record).await?;
                self.make_thumbs(&current.value, &record).await?;
            } else {
                self.hint(app).await?;
            }
            let replaces = current.map(|current| &current.etag);
            if self.records.write(&key, &record, replaces).await? == Written::Done {
                return Ok(Registered {
                    record,
                    reset,
                    is_new: current.is_none(),
                });
            }
        }
        Err(Error::Contended { attempts: ATTEMPTS }.into())
    }

    /// Refuses a watermark that could not be drawn now. One that an earlier registration named may have been taken down
    /// since, which is no reason against other changes.
    async fn check_watermarks(
        &self,
        app: &AppId,
        before: Option<&Presets>,
        after: &Presets,
    ) -> Result<(), Refusal> {
        for (media, preset) in presets::new_watermarks(before, after) {
            let key = Key::Media(app.clone(), media.clone());
            let found = self.records.load::<MediaRecord>(&key).await?;
            let usable = found.and_then(|record| dimensions(&record.value));
            if usable.is_none() {
                let field = format!("presets.{preset}.watermark.media");
                let detail = format!(
                    "Give a ready image of this app of at most {} KiB and {} pixels.",
                    watermark::MOST_BYTES >> 10,
                    watermark::MOST_PIXELS
                );
                return Err(Problem::invalid(&field, detail).into());
            }
        }
        Ok(())
    }

    /// Sends for the CDN to forget what was rendered by presets that differ between two registrations. This is sent before
    /// the new one is written, and received after: whoever dies in between costs an invalidation, while a change without
    /// one would leave old images in the CDN for a year.
    async fn forget_presets(&self, before: &AppRecord, after: &AppRecord) -> Result<(), Error> {
        let presets = presets::changed(&before.presets, &after.presets);
        if presets.is_empty() {
            return Ok(());
        }
        let changed = ChangedPresets {
            app: before.app.clone(),
            presets,
            changed_at: self.clock.now(),
            again: false,
        };
        let body = message::write(&Task::ForgetPresets(changed))?;
        let sent = self
            .invalidations
            .send(&before.app, &body, WRITTEN_WITHIN_SECONDS);
        Ok(sent.await?)
    }

    /// Hints that an app is registered. RECORDS notifies of that, too, and sooner; this hint does not depend on it. It is sent
    /// before the registration is written and received after: whoever dies in between has sent it for nothing.
    async fn hint(&self, app: &AppId) -> Result<(), Error> {
        let body = news::write_app(app);
        let sent = self.hints.send(app, &body, WRITTEN_WITHIN_SECONDS);
        Ok(sent.await?)
    }

    /// Asks for the thumbnails of all the app's pictures, if others are to be made ahead than before. This, too, is received
    /// when the new registration is written or never will be; in the latter case it is for nothing.
    async fn make_thumbs(&self, before: &AppRecord, after: &AppRecord) -> Result<(), Error> {
        let by = ahead::digest(after);
        if by == ahead::digest(before) {
            return Ok(());
        }
        let all = Thumbs::MakeAllThumbs(OfApp {
            app: after.app.clone(),
            by,
            after: None,
        });
        let body = message::write(&all)?;
        let sent = self.thumbs.send(&after.app, &body, WRITTEN_WITHIN_SECONDS);
        Ok(sent.await?)
    }

    /// Refuses if an app cannot be removed now.
    ///
    /// # Errors
    /// 404; 409 if the app has media; or a failure on our side.
    pub async fn may_be_removed(&self, app: &AppId) -> Result<(), Refusal> {
        self.show(app).await?;
        self.has_no_media(app).await
    }

    /// Removes the registration of an app that has no media. Files that are uploaded later, with credentials issued
    /// before, are rejected as `unknown_upload`.
    ///
    /// # Errors
    /// 404; 409 if the app has media; or a failure on our side.
    pub async fn remove(&self, app: &AppId) -> Result<AppRecord, Refusal> {
        let key = Key::App(app.clone());
        for _ in 0..ATTEMPTS {
            let found: Option<Versioned<AppRecord>> = self.records.load(&key).await?;
            let found = found.ok_or_else(Problem::unknown_app)?;
            self.has_no_media(app).await?;
            match self.store.delete(&key.location(), &found.etag).await {
                Ok(()) => return Ok(found.value),
                Err(StoreError::Changed | StoreError::Conflict) => {}
                Err(error) => return Err(Error::from(error).into()),
            }
        }
        Err(Error::Contended { attempts: ATTEMPTS }.into())
    }

    /// Refuses if the app has media. Tombstones of erased media do not count: they hold no name and no object.
    async fn has_no_media(&self, app: &AppId) -> Result<(), Refusal> {
        let prefix = Prefix::media_of_app(app);
        let listing = self.store.list(&prefix, None, MOST_TOMBSTONES);
        let listing = listing.await.map_err(Error::from)?;
        let listed: Vec<_> = listing.keys().filter_map(media_of).collect();
        let states: Vec<_> = stream::iter(listed.iter().map(|media| async move {
            let key = Key::Media(app.clone(), media.clone());
            let record = self.records.load::<MediaRecord>(&key).await?;
            Ok::<_, Error>(record.map(|record| record.value.state))
        }))
        .buffered(READS_AT_ONCE)
        .try_collect()
        .await?;
        let kept = listed
            .iter()
            .zip(states)
            .find(|(_, state)| state.is_some_and(|state| state != State::Deleted));
        match kept {
            Some((media, _)) => Err(Problem::app_has_media(&media.to_string()).into()),
            None if listing.more => Err(Problem::app_has_media("").into()),
            None => Ok(()),
        }
    }

    /// Returns the registration of an app.
    ///
    /// # Errors
    /// 404, or a failure on our side.
    pub async fn show(&self, app: &AppId) -> Result<AppRecord, Refusal> {
        let found = self.records.load(&Key::App(app.clone())).await?;
        Ok(found.ok_or_else(Problem::unknown_app)?.value)
    }

    /// Lists all apps by name.
    ///
    /// # Errors
    /// A failure on our side.
    pub async fn list(&self) -> Result<Apps, Refusal> {
        let listing = self
            .store
            .list(&Prefix::apps(), None, MOST_APPS)
            .await
            .map_err(Error::from)?;
        Ok(Apps {
            items: listing.keys().filter_map(app_of).collect(),
            more: listing.more,
        })
    }
}

fn app_of(key: &str) -> Option<AppId> {
    let Key::App(app) = Key::parse(Bucket::Records, key)? else {
        return None;
    };
    Some(app)
}
