//! Retries all failed media of an app, one page at a time, at a limited rate.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::orders::Orders;
use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::stages::show::media_of;
use crate::vocabulary::keys::{Key, Prefix};
use crate::vocabulary::message::order::{Command, Request};
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::stage::Stage;

/// The number of media per call. A call then ends well within the 30 s that API Gateway waits.
const PAGE: u16 = 500;

/// Number of media that are handled at the same time.
const AT_ONCE: usize = 16;

/// The number of media per second that go back to their stage, so that current uploads do not have to wait for the
/// retry.
const A_SECOND: usize = 20;

/// The body of `POST /admin/apps/{app}/retry`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RetryRequest")]
pub struct RetryAll {
    /// Retries only media that failed with this code.
    code: Option<String>,
    /// Only reports which media would be retried.
    dry_run: Option<bool>,
    /// Continues after this media.
    after: Option<String>,
}

/// The media that are retried, or would be.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RetriedPage")]
pub struct Retried {
    /// The media of this page that have failed.
    items: Vec<RetriedItem>,
    /// The value of `after` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<MediaId>,
}

/// A media that failed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RetriedMedia")]
struct RetriedItem {
    /// The media.
    media: MediaId,
    /// The stage that gave it up.
    #[schemars(with = "Stage")]
    stage: &'static str,
    /// The code of its failure.
    code: String,
}

impl Orders {
    /// Retries the failed media of an app.
    ///
    /// # Errors
    /// 400 with the field's name, or a failure on our side. Some media may already be retried then; repeating the call
    /// retries the rest.
    pub async fn retry_all(
        &self,
        app: &AppId,
        wanted: &RetryAll,
        by: &str,
    ) -> Result<Retried, Refusal> {
        let prefix = Prefix::failed(app);
        let after = match &wanted.after {
            Some(id) => Some(
                MediaId::parse(id)
                    .map_err(|error| Problem::invalid("after", format!("{error}.")))?,
            ),
            None => None,
        };
        let start = after.map(|media| prefix.start_after(app, &media));
        let listing = self.store.list(&prefix, start.as_deref(), PAGE);
        let listing = listing.await.map_err(Error::from)?;
        let marked: Vec<_> = listing.keys().filter_map(media_of).collect();
        let failed: Vec<_> = stream::iter(marked.iter().map(|media| self.failed(app, media)))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let of_code = |item: &RetriedItem| wanted.code.as_ref().is_none_or(|c| *c == item.code);
        let items: Vec<_> = failed.into_iter().flatten().filter(of_code).collect();
        if !wanted.dry_run.unwrap_or(false) {
            let placed = items
                .iter()
                .enumerate()
                .map(|(place, item)| self.retry_one(app, item, by, place / A_SECOND));
            stream::iter(placed)
                .buffer_unordered(AT_ONCE)
                .try_collect::<()>()
                .await?;
        }
        let next = marked.last().filter(|_| listing.more).cloned();
        Ok(Retried { items, next })
    }

    async fn failed(&self, app: &AppId, media: &MediaId) -> Result<Option<RetriedItem>, Error> {
        let key = Key::Media(app.clone(), media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        let record = found
            .map(|found| found.value)
            .filter(MediaRecord::is_given_up);
        Ok(record
            .and_then(|record| record.last_error)
            .map(|failure| RetriedItem {
                media: media.clone(),
                stage: failure.stage.as_str(),
                code: failure.code,
            }))
    }

    /// Retries one media. It is no error if the order is refused, for example because another call has just retried it.
    async fn retry_one(
        &self,
        app: &AppId,
        item: &RetriedItem,
        by: &str,
        delay_seconds: usize,
    ) -> Result<(), Refusal> {
        let request = Request {
            command: Command::Retry,
            by: by.to_owned(),
        };
        let delay = u32::try_from(delay_seconds).unwrap_or(0);
        match self.place(app, &item.media, &request, delay).await {
            Ok(_) | Err(Refusal::Caller(_)) => Ok(()),
            Err(Refusal::Ours(error)) => Err(error.into()),
        }
    }
}
