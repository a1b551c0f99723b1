//! Finds the time of a film's segments at which its captions begin.
//!
//! Engines let segments begin at different times, so the time is read from a segment that was made.

use dozo_probe::durations;

use crate::platform::error::Error;
use crate::ports::store::{ObjectStore, StoreError};
use crate::vocabulary::keys::Item;
use crate::vocabulary::keys::hls::Hls;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::rendition::Rendition;

/// Ticks of MPEG-2's clock in a second; captions are tied to it (RFC 8216, 3.5).
const TICKS: u128 = 90_000;

/// The bytes of a segment that are read: its header, which tells its time among the first fields.
const HEADER: u64 = 64 << 10;

/// Returns when the segments begin that a master playlist names last, in ticks of 90 kHz. Zero, if they do not tell.
///
/// # Errors
/// [`Error::Store`]
pub async fn zero(
    store: &dyn ObjectStore,
    record: &MediaRecord,
    master: &str,
) -> Result<u64, Error> {
    let mut names = master.lines().filter(|line| !line.starts_with('#'));
    let last = names.next_back().and_then(|line| line.split('/').next());
    let Some(rendition) = last.and_then(Rendition::parse) else {
        return Ok(0);
    };
    let init = beginning(store, record, Hls::Init(rendition)).await?;
    let first = beginning(store, record, Hls::Segment(rendition, 1)).await?;
    let ticks = durations::of_header(&init)
        .zip(durations::begins(&first))
        .and_then(|((timescale, _), begins)| {
            (u128::from(begins) * TICKS).checked_div(timescale.into())
        });
    Ok(ticks
        .and_then(|ticks| u64::try_from(ticks).ok())
        .unwrap_or(0))
}

async fn beginning(
    store: &dyn ObjectStore,
    record: &MediaRecord,
    hls: Hls,
) -> Result<Vec<u8>, Error> {
    let location = record.delivered(Item::Hls(hls)).location();
    let Some(there) = store.head(&location).await?.filter(|there| there.bytes > 0) else {
        return Ok(Vec::new());
    };
    let range = 0..there.bytes.min(HEADER);
    match store.get_range(&location, range, None).await {
        Ok(object) => Ok(object.body.to_vec()),
        Err(StoreError::Missing) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
