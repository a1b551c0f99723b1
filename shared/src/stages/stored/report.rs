//! Tells an app how much it has uploaded on a day, and how much it has stored.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::Stored;
use crate::platform::problem::{Problem, Refusal};
use crate::ports::clock::Clock;
use crate::stages::usage::Usage;
use crate::vocabulary::day::Day;
use crate::vocabulary::moment::Moment;
use crate::vocabulary::names::AppId;
use crate::vocabulary::quota::Used;

/// The days for which the marks of what was uploaded are kept: the lifecycle rule `usage` of the template.
pub(super) const DAYS_KEPT: i64 = 400;

/// How much an app has uploaded and stored.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UsageReport {
    /// The day, in UTC.
    #[schemars(with = "String", extend("format" = "date"))]
    day: String,
    /// The media that were accepted on that day. Those that were deleted since are counted, too.
    uploaded: Amount,
    /// The media that are stored now, whichever day was asked for.
    stored: StoredAmount,
}

/// A number of media and their bytes.
#[derive(Debug, Serialize, JsonSchema)]
struct Amount {
    /// The number of media.
    media: u64,
    /// The bytes of their files as they were uploaded.
    bytes: u64,
    /// Whether there is more, which was not counted yet. Ask again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    and_more: bool,
}

/// A number of stored media and their bytes.
#[derive(Debug, Serialize, JsonSchema)]
struct StoredAmount {
    /// The number of media, from their acceptance to their deletion.
    media: u64,
    /// The bytes of their files as they were uploaded. What is made of them is not counted.
    bytes: u64,
    /// The time up to which media that came and went are counted. It is now, except after many changes at once: then ask
    /// again.
    #[schemars(with = "Moment")]
    as_of: Timestamp,
}

/// Tells apps how much they use.
pub struct Reporter {
    /// Counts what was uploaded.
    pub usage: Usage,
    /// Counts what is stored.
    pub stored: Stored,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Reporter {
    /// Reports on a day in UTC, today if none is given.
    ///
    /// # Errors
    /// 400 with the parameter's name, or a failure on our side.
    pub async fn report(&self, app: &AppId, day: Option<&str>) -> Result<UsageReport, Refusal> {
        let now = self.clock.now();
        let day = day.map_or_else(|| Ok(Day::of(now)), |text| read(text, now))?;
        let (uploaded, stored) =
            tokio::try_join!(self.usage.on_day(app, day, now), self.stored.at(app, now),)?;
        let (Used { media, bytes }, is_whole) = uploaded;
        let up_to = stored.up_to.and_then(|ms| i64::try_from(ms).ok());
        let as_of = up_to.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Ok(UsageReport {
            day: day.to_string(),
            uploaded: Amount {
                media,
                bytes,
                and_more: !is_whole,
            },
            stored: StoredAmount {
                media: stored.stored.media,
                bytes: stored.stored.bytes,
                as_of: as_of.unwrap_or(now),
            },
        })
    }
}

fn read(text: &str, now: Timestamp) -> Result<Day, Problem> {
    let first = now.checked_sub(SignedDuration::from_hours(24 * DAYS_KEPT));
    let (first, last) = (Day::of(first.unwrap_or(now)), Day::of(now));
    let day = Day::parse(text).filter(|day| (first..=last).contains(day));
    day.ok_or_else(|| {
        let detail = format!("Give a day in UTC from {first} to {last}, such as day={last}.");
        Problem::invalid("day", detail)
    })
}
