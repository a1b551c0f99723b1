//! Indexes what is there already, a page of an app's media at a time.

use futures_util::stream::{self, StreamExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Indexer;
use crate::platform::error::Error;
use crate::platform::problem::{Problem, Refusal};
use crate::stages::show::media_of;
use crate::vocabulary::keys::Prefix;
use crate::vocabulary::names::{AppId, MediaId};

/// Media of one call. Each takes two reads if there is nothing to do, and about ten calls more if there is: so a call ends
/// well within the 29 s that API Gateway waits.
const PAGE: u16 = 200;

/// Media that are indexed at the same time.
const MEDIA_AT_ONCE: usize = 16;

/// The body of `POST /admin/apps/{app}/index`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "IndexRequest")]
pub struct Rebuild {
    /// Continues after this media.
    after: Option<String>,
}

/// How many media were indexed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "IndexedPage")]
pub struct Indexed {
    /// The media that were looked at.
    looked_at: usize,
    /// Those of them whose entries were not up to date, and are now.
    changed: usize,
    /// The value of `after` for the next call; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<MediaId>,
}

impl Indexer {
    /// Indexes a page of an app's media. It may be repeated at will.
    ///
    /// # Errors
    /// 400 with the field's name, or a failure on our side; 503 while one of the media is being indexed by somebody else.
    /// What was done stays done.
    pub async fn rebuild(&self, app: &AppId, wanted: &Rebuild) -> Result<Indexed, Refusal> {
        let prefix = Prefix::media_of_app(app);
        let after = match &wanted.after {
            Some(id) => Some(
                MediaId::parse(id)
                    .map_err(|error| Problem::invalid("after", format!("{error}.")))?,
            ),
            None => None,
        };
        let start = after.map(|media| prefix.start_after(app, &media));
        let listing = self.store.list(&prefix, start.as_deref(), PAGE).await;
        let listing = listing.map_err(Error::from)?;
        let listed: Vec<_> = listing.keys().filter_map(media_of).collect();
        // All are brought to their end, whatever fails: one that is left half way holds its media up.
        let settled: Vec<Result<bool, Error>> =
            stream::iter(listed.iter().map(|media| self.settle(app, media)))
                .buffer_unordered(MEDIA_AT_ONCE)
                .collect()
                .await;
        let changed: Vec<bool> = settled.into_iter().collect::<Result<_, _>>()?;
        Ok(Indexed {
            looked_at: listed.len(),
            changed: changed.into_iter().filter(|is_changed| *is_changed).count(),
            next: listed.last().filter(|_| listing.more).cloned(),
        })
    }
}
