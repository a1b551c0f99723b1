//! The digest of a large file, which nobody reads whole for another reason. It is read once, in pieces, of which a few
//! are in memory at a time.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use tokio::time::Instant;

use crate::ports::store::{Listed, ObjectStore, StoreError};
use crate::vocabulary::digest::{FileDigest, Hasher};

/// The size of a piece, in bytes.
const PIECE: u64 = 8 << 20;

/// The number of pieces that are fetched at the same time, so that one connection's speed is no limit. With the piece
/// at hand they take 32 MiB.
const AT_ONCE: usize = 3;

/// The number of tries to fetch a piece.
const TRIES: u32 = 3;

/// Reads a file in the version that was seen, and returns its digest; `None` if that is not done within this time.
///
/// # Errors
/// Those of [`ObjectStore::get_range`]: `Changed` and `Missing` if the version is gone.
pub async fn read(
    store: &dyn ObjectStore,
    file: &Listed,
    within: Duration,
) -> Result<Option<FileDigest>, StoreError> {
    let end = Instant::now() + within;
    let starts = (0..file.bytes.div_ceil(PIECE)).map(|number| number.saturating_mul(PIECE));
    let reads = starts.map(|start| {
        let range = start..start.saturating_add(PIECE).min(file.bytes);
        piece(store, file, range)
    });
    let mut pieces = stream::iter(reads).buffered(AT_ONCE);
    let mut hasher = Hasher::default();
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        if Instant::now() >= end {
            let bytes = file.bytes;
            tracing::warn!(bytes, "there was no time to read a file whole");
            return Ok(None);
        }
        hasher.update(&piece);
    }
    Ok(Some(hasher.finish()))
}

/// Fetches a piece, again if its answer broke off: the SDK does so for an answer's beginning only, and a large film has
/// thousands of pieces.
async fn piece(
    store: &dyn ObjectStore,
    file: &Listed,
    range: Range<u64>,
) -> Result<Bytes, StoreError> {
    let mut tries = 1;
    loop {
        let piece = store.get_range(&file.location, range.clone(), Some(&file.etag));
        match piece.await {
            Ok(piece) => return Ok(piece.body),
            Err(StoreError::Unavailable(_)) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::faults::{Fault, Faults};
    use crate::memory::store::MemoryStore;
    use crate::vocabulary::etag::ETag;
    use crate::vocabulary::keys::{Bucket, ObjectLocation};

    fn put(store: &MemoryStore, bytes: usize) -> (Listed, Vec<u8>) {
        let body: Vec<u8> = (0..bytes).map(|at| (at % 251).to_le_bytes()[0]).collect();
        let location = ObjectLocation::anywhere(Bucket::Upload, "film");
        let etag = store.upload(&location, &body);
        let bytes = u64::try_from(bytes).unwrap();
        let file = Listed {
            location,
            etag,
            bytes,
            written_at: None,
        };
        (file, body)
    }

    #[tokio::test]
    async fn every_byte_is_read_once() {
        let piece = usize::try_from(PIECE).unwrap();
        for bytes in [1, piece - 1, piece, piece + 1, 5 * piece + 7] {
            let (store, faults) = (MemoryStore::default(), Faults::none());
            let (file, body) = put(&store, bytes);
            let seen = store.seen_by(&faults);
            let digest = read(&seen, &file, Duration::from_secs(60)).await.unwrap();
            assert_eq!(digest, Some(FileDigest::of(&body)), "{bytes}");
            assert_eq!(faults.calls(), bytes.div_ceil(piece));
        }
    }

    #[tokio::test]
    async fn a_piece_that_breaks_off_is_fetched_again() {
        for (broken, is_read) in [(2, true), (3, false)] {
            let store = MemoryStore::default();
            let (file, body) = put(&store, 7);
            let faults = Faults::planned(move |call| (call < broken).then_some(Fault::Refused));
            let read = read(&store.seen_by(&faults), &file, Duration::from_secs(60)).await;
            let digest = read.ok().flatten();
            assert_eq!(digest, is_read.then(|| FileDigest::of(&body)), "{broken}");
        }
    }

    #[tokio::test]
    async fn another_version_is_not_read() {
        let store = MemoryStore::default();
        let (file, _) = put(&store, 7);
        let other = Listed {
            etag: ETag::new("other"),
            ..file
        };
        let read = read(&store, &other, Duration::from_secs(60)).await;
        assert!(matches!(read, Err(StoreError::Changed)), "{read:?}");
    }

    #[tokio::test]
    async fn what_takes_too_long_is_left() {
        let (store, faults) = (MemoryStore::default(), Faults::none());
        let (file, _) = put(&store, usize::try_from(10 * PIECE).unwrap());
        let digest = read(&store.seen_by(&faults), &file, Duration::ZERO).await;
        assert_eq!(digest.unwrap(), None);
        assert!(faults.calls() <= AT_ONCE, "{} calls", faults.calls());
    }
}
