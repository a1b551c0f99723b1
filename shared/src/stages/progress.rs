//! The progress of a stage on a media. It is counted from the results in WORK, so that no stage writes the record for
//! it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::platform::error::Error;
use crate::ports::store::ObjectStore;
use crate::stages::transcode::claim;
use crate::vocabulary::keys::work::Part;
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// Objects per listing.
const PAGE: u16 = 1_000;

/// A number of parts out of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Progress {
    /// Pages of a document, or seconds of audio or video, that are done.
    done: u32,
    /// All of them.
    total: u32,
}

/// Returns the progress of a media's stage; `None` if no stage is at work, or the whole is not known yet.
///
/// # Errors
/// [`Error::Store`]
pub async fn of(store: &dyn ObjectStore, record: &MediaRecord) -> Result<Option<Progress>, Error> {
    let streams = record
        .content
        .as_ref()
        .and_then(|content| content.streams.as_ref());
    if let Some(streams) = streams.filter(|_| record.state == State::Processing) {
        return of_streams(store, record, streams.duration_ms).await;
    }
    let pages = record.content.as_ref().and_then(|content| content.pages);
    let Some(total) = pages.filter(|_| record.state == State::Processing) else {
        return Ok(None);
    };
    let done = parts(store, record).await?;
    let pages = |part: &Part| match part {
        Part::Pages { first, last } => Some(first.get()..=last.get()),
        Part::GivenUp(_)
        | Part::Tried(_)
        | Part::Transcode
        | Part::Source(_)
        | Part::FoundCaptions
        | Part::Captions(_) => None,
    };
    // A page may have been made alone, and again in its piece.
    let done: BTreeSet<u16> = done.iter().filter_map(pages).flatten().collect();
    Ok(Some(Progress {
        done: u32::try_from(done.len())
            .unwrap_or(u32::MAX)
            .min(total.into()),
        total: total.into(),
    }))
}

/// Counts the progress of transcoding, in seconds of the audio or video.
async fn of_streams(
    store: &dyn ObjectStore,
    record: &MediaRecord,
    duration_ms: Option<u64>,
) -> Result<Option<Progress>, Error> {
    let Some(total) = duration_ms else {
        return Ok(None);
    };
    let done = claim::done_ms(store, record).await?.unwrap_or(0);
    let seconds = |ms: u64| u32::try_from(ms.div_ceil(1_000)).unwrap_or(u32::MAX);
    Ok(Some(Progress {
        done: seconds(done.min(total)),
        total: seconds(total),
    }))
}

/// Lists the intermediate results of a media in its generation, in the order of their keys.
///
/// # Errors
/// [`Error::Store`]
pub async fn parts(store: &dyn ObjectStore, record: &MediaRecord) -> Result<Vec<Part>, Error> {
    let prefix = Prefix::work_of(&record.app, &record.media, record.generation);
    let (mut parts, mut after) = (Vec::new(), None::<String>);
    loop {
        let listing = store.list(&prefix, after.as_deref(), PAGE).await?;
        parts.extend(listing.keys().filter_map(part_of));
        after = listing.keys().last().map(str::to_owned);
        if !listing.more {
            return Ok(parts);
        }
    }
}

fn part_of(key: &str) -> Option<Part> {
    let Key::Part(_, _, _, part) = Key::parse(Bucket::Work, key)? else {
        return None;
    };
    Some(part)
}
