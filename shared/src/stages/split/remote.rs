//! A document in the store as the engine reads it: what was fetched is kept, also for the next turn of this process.
//!
//! To reach a page, PDFium reads the objects of all pages before it. In a document of text they stand close together; in
//! a scan, each stands between two pictures of megabytes. A turn lasts seconds. If each turn fetched everything before
//! its first page, a long scan would take a time that grows with the square of its length.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::desk::Desk;
use crate::ports::store::Listed;

/// The most bytes that are fetched at once: all of a document of a few megabytes, or a page or two of a scan.
const MOST_AT_ONCE: u64 = 4 << 20;

/// The fewest bytes that are fetched at once of a document that cannot be kept whole.
const FEWEST_AT_ONCE: u64 = 64 << 10;

/// If the next bytes are not farther away than this, those in between are fetched with them: S3 transfers more than that
/// in the time that it takes to begin an answer.
const NEAR: u64 = 1 << 20;

/// The most bytes that are kept.
const KEPT_BYTES: u64 = 64 << 20;

/// Pieces larger than this are dropped first: they are pages' data, while small ones lead to other pages.
const LARGE: usize = 256 << 10;

/// Keeps what was fetched of a document until the next document is read.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Mutex<Option<Kept>>>);

/// The fetched pieces of one version of a document.
struct Kept {
    document: Listed,
    /// By their offsets in the document.
    pieces: BTreeMap<u64, Piece>,
    bytes: u64,
    /// The number of times that a piece was used.
    uses: u64,
}

struct Piece {
    bytes: Bytes,
    last_use: u64,
}

/// A document in the store.
pub(super) struct Remote {
    desk: Desk,
    shelf: Shelf,
    kept: Kept,
    at: u64,
    last_fetch: Range<u64>,
}

impl Remote {
    /// Reads this version of a document, and leaves on the shelf what was fetched.
    pub(super) fn new(desk: Desk, shelf: &Shelf, document: &Listed) -> Self {
        Self {
            desk,
            shelf: shelf.clone(),
            kept: shelf.take(document),
            at: 0,
            last_fetch: 0..0,
        }
    }

    /// Fetches a piece that contains the current position, and as much as possible of the bytes that are wanted there.
    fn fetch(&mut self, wanted: usize) -> io::Result<()> {
        let length = self.kept.document.bytes;
        let grain = if length <= KEPT_BYTES {
            MOST_AT_ONCE
        } else {
            FEWEST_AT_ONCE
        };
        let first = self.at - self.at % grain;
        let last = &self.last_fetch;
        let is_near = (last.end..last.end.saturating_add(NEAR)).contains(&self.at);
        let ahead = if is_near {
            last.end.saturating_sub(last.start).saturating_mul(2)
        } else {
            0
        };
        let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
        let end = self.at.saturating_add(wanted).saturating_sub(first);
        let count = end.max(ahead).div_ceil(grain).saturating_mul(grain);
        let end = first.saturating_add(count.min(MOST_AT_ONCE)).min(length);
        let bytes = self.desk.ask(first..end)?;
        self.last_fetch = first..end;
        self.kept.add(first, bytes);
        Ok(())
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let nothing = Kept::nothing_of(self.kept.document.clone());
        self.shelf.put(std::mem::replace(&mut self.kept, nothing));
    }
}

impl Read for Remote {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.kept.document.bytes || into.is_empty() {
            return Ok(0);
        }
        if self.kept.at(self.at).is_none() {
            self.fetch(into.len())?;
        }
        let there = self.kept.at(self.at).unwrap_or_default();
        let count = there.len().min(into.len());
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (to, from) in into.iter_mut().zip(&there) {
            *to = *from;
        }
        self.at = self.at.saturating_add(u64::try_from(count).unwrap_or(0));
        Ok(count)
    }
}

impl Seek for Remote {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.kept.document.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl Shelf {
    fn take(&self, document: &Listed) -> Kept {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = shelf.take().filter(|kept| kept.document == *document);
        kept.unwrap_or_else(|| Kept::nothing_of(document.clone()))
    }

    fn put(&self, kept: Kept) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
    }
}

impl Kept {
    fn nothing_of(document: Listed) -> Self {
        Self {
            document,
            pieces: BTreeMap::new(),
            bytes: 0,
            uses: 0,
        }
    }

    /// Returns the kept bytes from this offset on.
    fn at(&mut self, at: u64) -> Option<Bytes> {
        let (first, piece) = self.pieces.range_mut(..=at).next_back()?;
        let offset = usize::try_from(at.saturating_sub(*first)).ok()?;
        let there = (offset < piece.bytes.len()).then(|| piece.bytes.slice(offset..))?;
        self.uses = self.uses.saturating_add(1);
        piece.last_use = self.uses;
        Some(there)
    }

    /// Keeps a piece, and drops others if they are too many.
    fn add(&mut self, first: u64, bytes: Bytes) {
        self.uses = self.uses.saturating_add(1);
        let last_use = self.uses;
        self.bytes = self.bytes.saturating_add(count(&bytes));
        if let Some(old) = self.pieces.insert(first, Piece { bytes, last_use }) {
            self.bytes = self.bytes.saturating_sub(count(&old.bytes));
        }
        while self.bytes > KEPT_BYTES {
            let unused = |(_, piece): &(&u64, &Piece)| {
                let is_small = piece.bytes.len() <= LARGE;
                (is_small, piece.last_use)
            };
            let Some(first) = self.pieces.iter().min_by_key(unused).map(|found| *found.0) else {
                return;
            };
            let dropped = self.pieces.remove(&first);
            let dropped = dropped.map_or(0, |piece| count(&piece.bytes));
            self.bytes = self.bytes.saturating_sub(dropped);
        }
    }
}

fn count(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek, SeekFrom};
    use std::ops::Range;
    use std::sync::{Arc, Mutex};
    use std::thread;

    use bytes::Bytes;

    use super::{FEWEST_AT_ONCE, KEPT_BYTES, MOST_AT_ONCE, Remote, Shelf};
    use crate::ports::store::Listed;
    use crate::stages::split::desk::{Desk, Said};
    use crate::vocabulary::etag::ETag;
    use crate::vocabulary::keys::{Bucket, ObjectLocation};

    const MEGABYTE: u64 = 1 << 20;

    type Fetches = Arc<Mutex<Vec<Range<u64>>>>;

    fn document(etag: &str, bytes: u64) -> Listed {
        let location = ObjectLocation::anywhere(Bucket::Delivery, "d");
        let etag = ETag::new(etag);
        Listed {
            location,
            etag,
            bytes,
            written_at: None,
        }
    }

    /// Returns the byte of the document at this offset.
    fn byte(at: u64) -> u8 {
        u8::try_from(at / 1_000 % 251).unwrap()
    }

    fn open(shelf: &Shelf, document: &Listed) -> (Remote, Fetches) {
        let (desk, mut heard, _) = Desk::new();
        let fetches = Fetches::default();
        let log = fetches.clone();
        thread::spawn(move || {
            while let Some(said) = heard.blocking_recv() {
                if let Said::Read(range, answer) = said {
                    log.lock().unwrap().push(range.clone());
                    drop(answer.send(Bytes::from_iter(range.map(byte))));
                }
            }
        });
        (Remote::new(desk, shelf, document), fetches)
    }

    fn read(remote: &mut Remote, at: u64, count: usize) {
        let mut into = vec![0; count];
        remote.seek(SeekFrom::Start(at)).unwrap();
        remote.read_exact(&mut into).unwrap();
        assert!((at..).zip(into).all(|(at, found)| found == byte(at)));
    }

    fn taken(fetches: &Fetches) -> Vec<Range<u64>> {
        std::mem::take(&mut *fetches.lock().unwrap())
    }

    fn total(fetches: &Fetches) -> u64 {
        let all = taken(fetches);
        all.iter().map(|range| range.end - range.start).sum()
    }

    /// Reads a little at every third megabyte, as one reads the pages' objects of a long scan.
    fn look_along(remote: &mut Remote, document: &Listed) {
        for at in (0..document.bytes).step_by(3 << 20) {
            read(remote, at, 512);
        }
    }

    #[test]
    fn what_leads_to_pages_is_fetched_once_and_little_beside_it() {
        let (shelf, scan) = (Shelf::default(), document("a", 200 * MEGABYTE));
        let (mut remote, fetches) = open(&shelf, &scan);
        look_along(&mut remote, &scan);
        assert_eq!(total(&fetches), 67 * FEWEST_AT_ONCE);
        // Pictures do not displace it.
        for at in 1..30 {
            read(&mut remote, 3 * at * MEGABYTE + 4_000, 3_000_000);
        }
        taken(&fetches);
        look_along(&mut remote, &scan);
        assert_eq!(taken(&fetches), []);
        drop(remote);
        let (mut next, fetches) = open(&shelf, &scan);
        look_along(&mut next, &scan);
        assert_eq!(taken(&fetches), [], "the next turn");
        drop(next);
        let (mut other, fetches) = open(&shelf, &document("b", scan.bytes));
        read(&mut other, 0, 512);
        assert_eq!(total(&fetches), FEWEST_AT_ONCE, "another version");
    }

    #[test]
    fn data_is_fetched_as_it_is_wanted() {
        let (mut remote, fetches) = open(&Shelf::default(), &document("a", 200 * MEGABYTE));
        let at = 50 * MEGABYTE + 100;
        read(&mut remote, at, 3_000_000);
        let end = (at + 3_000_000).next_multiple_of(FEWEST_AT_ONCE);
        assert_eq!(taken(&fetches), vec![50 * MEGABYTE..end; 1]);
        // Long data takes several fetches.
        read(&mut remote, 100 * MEGABYTE, 10 << 20);
        assert_eq!(taken(&fetches).len(), 3);
        // What is read in small pieces one after the other is fetched in growing ones.
        let begin = 150 * MEGABYTE;
        for at in (begin..begin + 20 * MEGABYTE).step_by(512) {
            read(&mut remote, at, 512);
        }
        let sizes: Vec<_> = taken(&fetches)
            .iter()
            .map(|range| range.end - range.start)
            .collect();
        assert_eq!(sizes.first(), Some(&FEWEST_AT_ONCE));
        assert_eq!(sizes.last(), Some(&MOST_AT_ONCE));
        assert!(sizes.len() <= 12, "{sizes:?}");
    }

    #[test]
    fn a_document_that_can_be_kept_is_fetched_in_large_pieces_once() {
        let short = document("a", KEPT_BYTES - 5);
        let (mut remote, fetches) = open(&Shelf::default(), &short);
        for _ in 0..2 {
            look_along(&mut remote, &short);
            read(&mut remote, 0, usize::try_from(short.bytes).unwrap());
        }
        assert_eq!(taken(&fetches).len(), 16);
        assert_eq!(remote.seek(SeekFrom::End(0)).unwrap(), short.bytes);
        assert_eq!(remote.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn no_more_is_kept_than_allowed() {
        let (mut remote, _) = open(&Shelf::default(), &document("a", 400 * MEGABYTE));
        for at in (0..400 * MEGABYTE).step_by(5 << 20) {
            read(&mut remote, at, 3 << 20);
            let pieces = remote.kept.pieces.values();
            let there: u64 = pieces.map(|piece| super::count(&piece.bytes)).sum();
            assert_eq!(there, remote.kept.bytes);
            assert!(there <= KEPT_BYTES);
        }
    }
}
