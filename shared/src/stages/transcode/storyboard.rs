//! The storyboard of a film: sheets of small pictures, and the WebVTT that says which part of which sheet shows which span
//! of the film.
//!
//! Either engine leaves single pictures in WORK. Sheets of them are put one by one, before the text that names them, and
//! the claim counts them like copies, so another process goes on where one ran out of time. The same pictures always make
//! the same sheets. A picture that is missing or cannot be decoded is replaced by the one before; that never keeps a film
//! from being published.

use std::collections::BTreeMap;

use bytes::Bytes;
use dozo_codecs::sheet::Sheet;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::time::Instant;

use super::board::{Board, COLUMNS};
use super::claim::Claim;
use super::delivery::Delivery;
use super::publish::Copied;
use super::service::outputs::Outputs;
use super::task::Task;
use crate::platform::error::Error;
use crate::stages::derived::Derived;
use crate::vocabulary::job::Attempt;
use crate::vocabulary::keys::Item;
use crate::vocabulary::ladder::Size;

/// The quality of sheets. Nobody looks at them for long.
const QUALITY: u8 = 75;

/// Pictures that are read at the same time.
const AT_ONCE: usize = 16;

/// The largest picture that is read, in bytes. One of 160 × 90 pixels has some 10 kB.
const MOST_BYTES: u64 = 1 << 20;

impl Delivery {
    /// Puts the sheets of a film's storyboard into delivery, within this time.
    pub(super) async fn put_sheets(
        &self,
        task: &Task<'_>,
        attempt: &Attempt,
        outputs: &Outputs,
        claim: &mut Claim<'_>,
        deadline: Instant,
    ) -> Result<Copied, Error> {
        let Some(board) = Board::of(task, outputs) else {
            return Ok(Copied::All);
        };
        let files = outputs.files.len();
        let done = claim.copied(attempt).saturating_sub(files);
        for sheet in (1..=board.sheets()).skip(done) {
            if Instant::now() >= deadline {
                return Ok(Copied::InPart);
            }
            let body = self.make_sheet(&board, sheet).await?;
            if self.current(task.order).await?.is_none() {
                return Ok(Copied::Withdrawn);
            }
            let object = Derived::new(task.record, Item::Sheet(sheet));
            if !self.put(task.order, &object, "image/jpeg", &body).await? {
                return Ok(Copied::Withdrawn);
            }
            let stand = files + usize::from(sheet);
            if !claim.note_copied(attempt, stand).await? {
                return Err(Error::Unsteady);
            }
        }
        Ok(Copied::All)
    }

    /// Puts the text of a film's storyboard into delivery. Returns `false` if the media belongs to another order by now.
    pub(super) async fn put_storyboard(
        &self,
        task: &Task<'_>,
        outputs: &Outputs,
    ) -> Result<bool, Error> {
        let Some(board) = Board::of(task, outputs) else {
            return Ok(true);
        };
        let object = Derived::new(task.record, Item::Storyboard);
        self.put(task.order, &object, "text/vtt", &board.text().into())
            .await
    }

    async fn make_sheet(&self, board: &Board<'_>, sheet: u16) -> Result<Bytes, Error> {
        let shown: Vec<_> = board
            .spans_of(sheet)
            .map(|span| board.still_of(span))
            .collect();
        let wanted: BTreeMap<_, _> = shown
            .iter()
            .flatten()
            .filter_map(|number| Some((*number, board.stills.get(number)?)))
            .filter(|(_, still)| still.bytes <= MOST_BYTES)
            .collect();
        let reads = wanted.into_iter().map(async |(number, still)| {
            let read = self.store.get(&still.location, Some(&still.etag)).await?;
            Ok::<_, Error>((number, read.body))
        });
        let stills: BTreeMap<u32, Bytes> = stream::iter(reads)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let size = board.plan.size;
        let made = tokio::task::spawn_blocking(move || draw(&shown, &stills, size)).await;
        made.map_err(|crash| Error::Engine(Box::new(crash)))?
    }
}

/// Draws the pictures with these numbers, row by row.
fn draw(shown: &[Option<u32>], stills: &BTreeMap<u32, Bytes>, size: Size) -> Result<Bytes, Error> {
    let failed = |error| Error::Engine(Box::new(error));
    let count = u32::try_from(shown.len()).unwrap_or(u32::MAX);
    let (columns, rows) = (count.min(COLUMNS), count.div_ceil(COLUMNS));
    let mut sheet = Sheet::new(columns, rows, (size.width, size.height)).map_err(failed)?;
    let mut before: Option<&Bytes> = None;
    for (place, number) in (0..).zip(shown) {
        let still = number.and_then(|number| stills.get(&number));
        for still in [still, before].into_iter().flatten() {
            if sheet.place(place, still).is_ok() {
                before = Some(still);
                break;
            }
        }
    }
    let body = sheet.encode(QUALITY).map_err(failed)?;
    Ok(body.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_decoded_keeps_nothing_from_being_made() {
        let broken = BTreeMap::from([(0, Bytes::from_static(b"no picture"))]);
        let size = Size {
            width: 160,
            height: 90,
        };
        let made = draw(&[Some(0), Some(1), None], &broken, size).unwrap();
        assert!(made.starts_with(&[0xFF, 0xD8]));
    }
}
