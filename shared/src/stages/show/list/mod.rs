//! Lists of an app's media, a hundred a page.
//!
//! Lists of an upload, of what was given up, is suspended or stuck, and of everything from the oldest on go by keys that
//! are in the order of media's ids. All others go by the entries that [`crate::stages::index`] keeps, newest first. Either
//! way each media is held against its record, so that nothing is shown that is outdated.
//!
//! A page takes [`MOST_LISTS`] listing calls and [`MOST_RECORDS`] reads of records at most, however many media there are
//! that do not match. Where that is not enough to fill it, the page has fewer media, or none, and says where the next one
//! goes on.

mod query;
mod walk;

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::Serialize;

use super::{MediaView, Viewer, media_of};
use crate::platform::error::Error;
use crate::platform::http::Call;
use crate::platform::problem::{Problem, Refusal};
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::keys::listed::{Cursor, Position};
use crate::vocabulary::keys::{Key, Prefix};
use crate::vocabulary::names::{AppId, MediaId, UploadId};
use crate::vocabulary::preset::Presets;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

pub use walk::MOST_LISTS;

use query::{Filters, Query};
use walk::{Step, Walk};

/// Media on one page of a list.
const PAGE: u16 = 100;

/// The most records that are read for a page. More than a page's are read only where entries are outdated, which they are
/// for seconds.
pub const MOST_RECORDS: usize = 300;

/// Records of a page that are read concurrently: enough for a page in well under a second, with few connections.
const READS_AT_ONCE: usize = 16;

/// One page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MediaPage")]
pub struct Page {
    /// The media, 100 at most. There may be fewer, or none, although there is a `next`.
    items: Vec<MediaView>,
    /// The value of `after=` for the next page; absent at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The media that are listed in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ById {
    All,
    Upload(UploadId),
    Failed,
    Suspended,
    Stuck,
}

impl ById {
    fn prefix(&self, app: &AppId) -> Prefix {
        match self {
            Self::All => Prefix::media_of_app(app),
            Self::Upload(upload) => Prefix::media_of_upload(app, upload),
            Self::Failed => Prefix::failed(app),
            Self::Suspended => Prefix::suspended(app),
            Self::Stuck => Prefix::stuck(app),
        }
    }

    /// Returns whether a media belongs into the list. A mark may be outdated by its record.
    fn has(&self, record: &MediaRecord) -> bool {
        match self {
            Self::All => !record.facets(&[]).is_empty(),
            Self::Upload(_) => true,
            Self::Failed => record.is_given_up(),
            Self::Suspended => record.state == State::Suspended,
            Self::Stuck => record.swept.is_some(),
        }
    }
}

impl Viewer {
    /// Returns a page of an app's media.
    ///
    /// # Errors
    /// 400 with the parameter's name, or a failure on our side.
    pub async fn list(&self, app: &AppId, call: &Call) -> Result<Page, Refusal> {
        match Query::read(call)? {
            Query::ById(by_id, after) => self.list_by_id(app, &by_id, after.as_ref()).await,
            Query::ByEntries(filters, after) => self.list_by_entries(app, &filters, after).await,
        }
    }

    async fn list_by_id(
        &self,
        app: &AppId,
        by_id: &ById,
        after: Option<&MediaId>,
    ) -> Result<Page, Refusal> {
        let prefix = by_id.prefix(app);
        let start = after.map(|media| prefix.start_after(app, media));
        let listing = self.store.list(&prefix, start.as_deref(), PAGE).await;
        let listing = listing.map_err(Error::from)?;
        let listed: Vec<_> = listing.keys().filter_map(media_of).collect();
        let records = self.load_all(app, &listed).await?;
        let records = records.into_iter().flatten();
        let presets = self.presets(app).await?;
        let shown = records.filter(|record| by_id.has(record)).collect();
        let next = listed.last().filter(|_| listing.more);
        Ok(Page {
            items: self.view_all(shown, &presets).await?,
            next: next.map(ToString::to_string),
        })
    }

    async fn list_by_entries(
        &self,
        app: &AppId,
        filters: &Filters,
        after: Option<Cursor>,
    ) -> Result<Page, Refusal> {
        let registration = Key::App(app.clone());
        let found = self.records.load::<AppRecord>(&registration).await?;
        let (presets, indexed) = found.map_or_else(Default::default, |found| {
            (found.value.presets, found.value.indexed)
        });
        filters.check_fields(&indexed)?;
        let facets = filters.facets();
        let mut walk = Walk::new(&*self.store, app, &facets, filters.begin(after));
        let mut shown: Vec<MediaRecord> = Vec::new();
        let mut left = MOST_RECORDS;
        let mut step = Step::Goes;
        while step == Step::Goes && shown.len() < usize::from(PAGE) && left > 0 {
            let most = (usize::from(PAGE) - shown.len()).min(left);
            let (positions, ended) = walk
                .take(most, &|position| filters.is_past(position))
                .await?;
            step = ended;
            left -= positions.len();
            let media: Vec<_> = positions
                .into_iter()
                .map(|one: Position| one.media)
                .collect();
            let records = self.load_all(app, &media).await?;
            let current = |record: &MediaRecord| {
                let has: BTreeSet<_> = record.facets(&indexed);
                facets.is_subset(&has) && filters.holds(&record.position())
            };
            shown.extend(records.into_iter().flatten().filter(current));
        }
        let next = (step != Step::Ended).then(|| walk.cursor().as_str().to_owned());
        Ok(Page {
            items: self.view_all(shown, &presets).await?,
            next,
        })
    }

    async fn load_all(
        &self,
        app: &AppId,
        media: &[MediaId],
    ) -> Result<Vec<Option<MediaRecord>>, Error> {
        stream::iter(media.iter().map(|media| self.load(app, media)))
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await
    }

    async fn view_all(
        &self,
        records: Vec<MediaRecord>,
        presets: &Presets,
    ) -> Result<Vec<MediaView>, Error> {
        stream::iter(records.into_iter().map(|record| self.view(record, presets)))
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await
    }
}

/// A parameter that cannot be used.
fn unusable<T>(parameter: &str, detail: &str) -> Result<T, Problem> {
    Err(Problem::invalid(parameter, detail))
}
