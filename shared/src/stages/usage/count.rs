//! One count of a ledger: the calls that it makes.

use jiff::Timestamp;

use super::Usage;
use super::checkpoint::{Checkpoint, amount};
use crate::platform::error::Error;
use crate::platform::json;
use crate::ports::store::Listing;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::used::Ledger;
use crate::vocabulary::keys::{Key, Prefix};
use crate::vocabulary::names::AppId;
use crate::vocabulary::quota::Used;

/// The number of marks per listing call, the maximum that S3 allows.
const PAGE: u16 = 1_000;

/// The most listing calls of a count to confirm older sums, and as many to go on. Each mark is listed twice, and a
/// process admits at most a page of media between two counts: so even one in four counts keeps up with the uploads.
pub(super) const PAGES: usize = 4;

/// The most calls of one count: to read the checkpoint, two times `PAGES`, and to write it.
pub const MOST_CALLS: usize = 1 + PAGES + PAGES + 1;

/// The result of a count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count {
    /// The media that were counted.
    pub(super) used: Used,
    /// Whether that is everything; if not, the next count goes on from here.
    pub(super) is_whole: bool,
}

impl Usage {
    /// Adds up the marks of a ledger, in [`MOST_CALLS`] calls at most.
    pub(super) async fn count(
        &self,
        app: &AppId,
        ledger: &Ledger,
        now: Timestamp,
    ) -> Result<Count, Error> {
        let location = Key::Counted(app.clone(), ledger.clone()).location();
        let stored = json::get::<Checkpoint>(&*self.store, &location).await?;
        let (mut point, etag) = stored.unzip();
        let point = point.get_or_insert_default();
        let before = point.clone();
        let prefix = Prefix::used(app, ledger);
        for _ in 0..PAGES {
            if !point.can_settle(now) {
                break;
            }
            let page = self.store.list(&prefix, point.settled(), PAGE).await?;
            point.settle(&page, now);
        }
        let pages = self.pages_after(&prefix, point).await?;
        let is_whole = pages.last().is_none_or(|page| !page.more);
        let mut rest = Used::default();
        let mut goes_on = true;
        for page in &pages {
            goes_on = goes_on && point.go_on(page, is_whole, now);
            if !goes_on {
                rest = rest.plus(amount(page));
            }
        }
        let used = point.used().plus(rest);
        if self.keeps_checkpoints && *point != before {
            self.keep(app, ledger, point, etag.as_ref()).await;
        }
        Ok(Count { used, is_whole })
    }

    /// Lists the marks that come after the sums of a checkpoint.
    async fn pages_after(
        &self,
        prefix: &Prefix,
        point: &Checkpoint,
    ) -> Result<Vec<Listing>, Error> {
        let mut after = point.end().map(ToOwned::to_owned);
        let mut pages = Vec::new();
        while pages.len() < PAGES {
            let page = self.store.list(prefix, after.as_deref(), PAGE).await?;
            after = page.keys().last().map(ToOwned::to_owned);
            let more = page.more;
            pages.push(page);
            if !more {
                break;
            }
        }
        Ok(pages)
    }

    /// Writes a checkpoint, unless another process has written one meanwhile. Without it, the next count has more to
    /// do.
    async fn keep(&self, app: &AppId, ledger: &Ledger, point: &Checkpoint, seen: Option<&ETag>) {
        let location = Key::Counted(app.clone(), ledger.clone()).location();
        let written = json::replace(&*self.store, &location, point, seen).await;
        if let Err(error) = written {
            let cause = crate::platform::error::causes(&error);
            tracing::warn!(app = %app, cause, "how far the app's use was counted could not be noted");
        }
    }
}
