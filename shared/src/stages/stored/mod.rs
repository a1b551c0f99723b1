//! Counts what an app has stored: the files of its media as they were uploaded, from their acceptance to their deletion.
//!
//! A media that comes to be stored leaves a mark, and one that is erased another. [`crate::stages::index`] puts them: under
//! a time that the media's note has before, so that whoever goes on after a crash puts none twice. A mark is written within
//! a lease of its time or never. So all that is older than that is final: it is added up once, in a checkpoint, and only
//! what is newer is listed again. Marks are a few bytes for each media and are kept, because the checkpoint can be made of
//! them anew.
//!
//! Whoever puts one mark in `EVERY` adds up, too. So a call that asks lists little, also after months in which nobody did.

mod report;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json as value;

use crate::platform::error::Error;
use crate::platform::{json, mark};
use crate::ports::store::ObjectStore;
use crate::vocabulary::keys::used::milliseconds;
use crate::vocabulary::keys::{Bucket, Flow, Key, Prefix};
use crate::vocabulary::names::AppId;
use crate::vocabulary::quota::Used;

pub use report::{Reporter, UsageReport};

/// The time for which a process may be at work on a media's note and marks, in seconds: twice the longest timeout of a
/// function that does so, which is two minutes, so that calls that were on their way have ended, too.
pub const LEASE_SECONDS: i64 = 240;

/// Marks of one listing call, the most that S3 allows.
const PAGE: u16 = 1_000;

/// The most listing calls of one count.
const PAGES: usize = 8;

/// The age in milliseconds from which marks are final: the lease of whoever puts them, and a minute for clocks that differ.
const FINAL_MILLISECONDS: u64 = (LEASE_SECONDS.unsigned_abs() + 60) * 1_000;

/// One mark in this many, by its time, makes the process that puts it add up.
const EVERY: u64 = 500;

/// The sum of the final marks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sum {
    /// The key of the last mark in it; empty at the beginning.
    to: String,
    /// The media that came in.
    came: Used,
    /// The media that went out.
    went: Used,
}

/// The stored media, as far as they were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The stored media.
    pub stored: Used,
    /// The time of the last mark that was counted, if there are others behind it, which the next count goes on with.
    pub up_to: Option<u64>,
}

/// The count of what apps have stored.
pub struct Stored {
    store: Arc<dyn ObjectStore>,
}

impl Stored {
    /// Counts in this store.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store }
    }

    /// Puts a mark, and adds up now and then.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Contended`] if the mark could not be put.
    pub(super) async fn mark(&self, app: &AppId, flow: Flow) -> Result<(), Error> {
        let is_one_in_many = flow.at.is_multiple_of(EVERY);
        let key = Key::Stored(app.clone(), flow.clone());
        mark::put_once(&*self.store, &key, &value!({})).await?;
        if !is_one_in_many {
            return Ok(());
        }
        // Without it, the next count has more to do.
        if let Err(error) = self.count(app, flow.at).await {
            let cause = error.chain();
            tracing::warn!(app = %app, cause, "what the app has stored could not be added up");
        }
        Ok(())
    }

    /// Returns what is counted of a media, if somebody was interrupted who put these marks, and is not at work any more.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) async fn amended(
        &self,
        app: &AppId,
        counted: Option<u64>,
        marks: &[Flow],
    ) -> Result<Option<u64>, Error> {
        let mut counted = counted;
        for flow in marks {
            let key = Key::Stored(app.clone(), flow.clone());
            if mark::seen(&*self.store, &key).await?.is_some() {
                counted = flow.is_in.then_some(flow.bytes);
            }
        }
        Ok(counted)
    }

    /// Counts what an app has stored, in ten calls at most.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Record`].
    pub async fn at(&self, app: &AppId, now: Timestamp) -> Result<Count, Error> {
        self.count(app, milliseconds(now)).await
    }

    async fn count(&self, app: &AppId, now: u64) -> Result<Count, Error> {
        let location = Key::StoredSum(app.clone()).location();
        let found = json::get::<Sum>(&*self.store, &location).await?;
        let (mut sum, etag) = found.map_or((Sum::default(), None), |(sum, etag)| (sum, Some(etag)));
        let before = sum.clone();
        let prefix = Prefix::stored(app);
        let mut rest = Sum::default();
        let mut after = Some(sum.to.clone()).filter(|key| !key.is_empty());
        let mut up_to = None;
        for _ in 0..PAGES {
            let page = self.store.list(&prefix, after.as_deref(), PAGE).await?;
            for key in page.keys() {
                let Some(Key::Stored(_, flow)) = Key::parse(Bucket::Records, key) else {
                    continue;
                };
                let is_final = flow.at.saturating_add(FINAL_MILLISECONDS) <= now;
                let into = if is_final { &mut sum } else { &mut rest };
                into.add(&flow, key);
                up_to = Some(flow.at);
            }
            after = page.keys().last().map(ToOwned::to_owned).or(after);
            if !page.more {
                up_to = None;
                break;
            }
        }
        if sum != before {
            // If somebody else has written it meanwhile, that says the same or more.
            json::replace(&*self.store, &location, &sum, etag.as_ref()).await?;
        }
        let came = sum.came.plus(rest.came);
        Ok(Count {
            stored: came.minus(sum.went.plus(rest.went)),
            up_to,
        })
    }
}

impl Sum {
    fn add(&mut self, flow: &Flow, key: &str) {
        let one = Used {
            media: 1,
            bytes: flow.bytes,
        };
        let into = if flow.is_in {
            &mut self.came
        } else {
            &mut self.went
        };
        *into = into.plus(one);
        key.clone_into(&mut self.to);
    }
}
