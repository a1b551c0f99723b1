//! Takes orders for another poster of a film that viewers are served.
//!
//! The order is sent before the choice is written on the record. If the process dies in between, whoever receives the order
//! writes it. The picture is taken by transcode-media, where FFmpeg is.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::platform::problem::{Problem, Refusal};
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::queue::Outbox;
use crate::vocabulary::keys::Key;
use crate::vocabulary::kind::Kind;
use crate::vocabulary::message;
use crate::vocabulary::message::poster::PosterOrder;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::poster::ChosenPoster;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// The body of `POST …/poster`: a time of the film in seconds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PosterRequest")]
pub struct Wanted {
    /// A time of the film in seconds, not after its end.
    #[schemars(range(min = 0))]
    at: f64,
}

impl Wanted {
    /// Returns the time in milliseconds.
    ///
    /// # Errors
    /// 400 if it is none.
    pub fn milliseconds(&self) -> Result<u64, Problem> {
        let time = Duration::try_from_secs_f64(self.at).ok();
        let milliseconds = time.and_then(|time| u64::try_from(time.as_millis()).ok());
        milliseconds.ok_or_else(|| Problem::invalid("at", "Give a time of the film in seconds."))
    }
}

/// The answer: what was chosen.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "PosterAnswer")]
pub struct Chosen {
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
    /// The time of the film in seconds.
    pub at: f64,
}

/// Takes orders for posters.
pub struct Posters {
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The queue of transcode-media.
    pub videos: Arc<dyn Outbox>,
}

impl Posters {
    /// Accepts a choice.
    ///
    /// # Errors
    /// 404; 409 for a media that is not served or not a film; 400 for a time after its end; or a failure on our side, after
    /// which the poster may become the chosen one.
    pub async fn choose(
        &self,
        app: &AppId,
        media: &MediaId,
        at_ms: u64,
    ) -> Result<Chosen, Refusal> {
        let key = Key::Media(app.clone(), media.clone());
        let found = self.records.load::<MediaRecord>(&key).await?;
        let found = found.ok_or_else(Problem::unknown_media)?.value;
        has_poster(&found)?;
        has_time(&found, at_ms)?;
        let poster = ChosenPoster {
            at_ms,
            asked_at: self.clock.now(),
            is_made: false,
        };
        let order = PosterOrder {
            app: app.clone(),
            media: media.clone(),
            poster,
        };
        let body = message::write(&order).map_err(crate::platform::error::Error::from)?;
        let sent = self.videos.send(app, &body, 0).await;
        sent.map_err(crate::platform::error::Error::from)?;
        let written = note(&self.records, &order).await?;
        // It may have been withdrawn meanwhile.
        has_poster(&written.ok_or_else(Problem::unknown_media)?)?;
        Ok(Chosen {
            app: app.clone(),
            media: media.clone(),
            at: Duration::from_millis(at_ms).as_secs_f64(),
        })
    }
}

/// Writes a choice on the record of a film that is served, unless a later one is there. Returns the record as it is then.
///
/// # Errors
/// As [`Records::change_if`].
pub(crate) async fn note(
    records: &Records,
    order: &PosterOrder,
) -> Result<Option<MediaRecord>, crate::platform::error::Error> {
    let concerned = |record: &MediaRecord| {
        let before = record.content.as_ref().and_then(|found| found.poster);
        has_poster(record).is_ok() && order.poster.is_after(before.as_ref())
    };
    let changed = records.change_if((&order.app, &order.media), concerned, |record| {
        if let Some(content) = record.content.as_mut() {
            content.poster = Some(order.poster);
        }
        Ok(())
    });
    Ok(changed.await?.record)
}

/// Refuses a media that viewers are not served, and one that has no poster.
pub(crate) fn has_poster(record: &MediaRecord) -> Result<(), Problem> {
    match record.state {
        State::Ready | State::Updating => {}
        State::Deleting | State::Deleted => return Err(Problem::deleted()),
        State::Validating
        | State::Processing
        | State::Rejected
        | State::Failed
        | State::Moving
        | State::Suspending
        | State::Suspended
        | State::Restoring => {
            return Err(not_ready());
        }
    }
    match record.content.as_ref().map(|content| content.kind()) {
        Some(Kind::Video) => Ok(()),
        Some(Kind::Image | Kind::Pdf | Kind::Audio) | None => Err(not_a_film()),
    }
}

/// 409: viewers are not served the film.
#[must_use]
pub fn not_ready() -> Problem {
    Problem::conflict(
        "not_ready",
        "The media is not ready",
        "Only a film that is delivered gets another poster; ask again when it is.",
    )
}

/// 409: the media is no film.
#[must_use]
pub fn not_a_film() -> Problem {
    Problem::conflict(
        "not_a_film",
        "The media has no poster",
        "Only films have one.",
    )
}

fn has_time(record: &MediaRecord, at_ms: u64) -> Result<(), Problem> {
    let content = record.content.as_ref();
    let streams = content.and_then(|content| content.streams.as_ref());
    let duration_ms = streams.and_then(|streams| streams.duration_ms);
    if duration_ms.is_some_and(|duration_ms| at_ms > duration_ms) {
        let seconds = Duration::from_millis(duration_ms.unwrap_or(0)).as_secs_f64();
        let advice = format!("Give 0 to {seconds}, a time of the film in seconds.");
        return Err(Problem::invalid("at", advice));
    }
    Ok(())
}
