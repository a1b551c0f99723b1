//! Hands the bytes of an object to the thread that decodes them, while they come.

use std::io::{BufRead, Read, Result as IoResult};

use bytes::{Buf, Bytes, BytesMut};
use futures_util::TryStreamExt;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::off_thread::off_thread;
use crate::platform::error::Error;
use crate::ports::store::{Coming, StoreError};

/// The most pieces that wait to be decoded. Each is what the connection gave at once, over TLS 16 KiB at most.
const MOST_WAITING: usize = 16;

/// The bytes up to which pieces that wait are joined. libjpeg decodes the last few kilobytes of a piece more slowly.
const JOINED: usize = 128 << 10;

/// The most bytes that are still read when nobody wants them, so that the connection can be used again.
const MOST_UNWANTED: u64 = 256 << 10;

/// Runs `work`, which reads the object, on another thread.
///
/// # Errors
/// That of the store, if a piece could not be read that `work` was ready to take. Whatever `work` made of the others is
/// worth nothing then.
pub(super) async fn feed<T: Send + 'static>(
    coming: Coming,
    work: impl FnOnce(Pieces) -> T + Send + 'static,
) -> Result<T, Error> {
    let (sender, receiver) = channel(MOST_WAITING);
    let pieces = Pieces {
        receiver,
        piece: Bytes::new(),
    };
    let work = off_thread(move || work(pieces));
    let (sent, done) = tokio::join!(send(coming, sender), work);
    sent?;
    done
}

/// Sends all of an object, or what is wanted of it.
async fn send(mut coming: Coming, to: Sender<Bytes>) -> Result<(), StoreError> {
    let mut left = coming.info.bytes;
    while !to.is_closed() || left <= MOST_UNWANTED {
        let piece = match coming.pieces.try_next().await {
            Ok(Some(piece)) => piece,
            Ok(None) => break,
            // Nobody waits for it any more.
            Err(_) if to.is_closed() => break,
            Err(error) => return Err(error),
        };
        left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        // If it is not taken, the channel is closed from now on.
        let _taken = to.send(piece).await;
    }
    Ok(())
}

/// The object as a file that is read once. It ends where the object ends, and where no more could be read.
pub(super) struct Pieces {
    receiver: Receiver<Bytes>,
    piece: Bytes,
}

impl Pieces {
    /// Waits for the next piece, and joins it with those that wait already.
    fn next(&mut self) -> Option<Bytes> {
        let first = self.receiver.blocking_recv()?;
        let Ok(second) = self.receiver.try_recv() else {
            return Some(first);
        };
        let mut joined = BytesMut::with_capacity(JOINED);
        joined.extend_from_slice(&first);
        joined.extend_from_slice(&second);
        while joined.len() < JOINED
            && let Ok(piece) = self.receiver.try_recv()
        {
            joined.extend_from_slice(&piece);
        }
        Some(joined.freeze())
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        let bytes = self.fill_buf()?.read(into)?;
        self.consume(bytes);
        Ok(bytes)
    }
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> IoResult<&[u8]> {
        while self.piece.is_empty()
            && let Some(piece) = self.next()
        {
            self.piece = piece;
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, bytes: usize) {
        self.piece.advance(bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, Read};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use futures_util::{StreamExt, stream};

    use super::{JOINED, MOST_UNWANTED, MOST_WAITING, Pieces, feed};
    use crate::platform::error::Error;
    use crate::ports::store::{Coming, Headers, ObjectInfo, StoreError};
    use crate::vocabulary::etag::ETag;

    const PIECE: usize = 1 << 10;

    fn piece(number: usize) -> Vec<u8> {
        vec![u8::try_from(number % 251).unwrap(); PIECE]
    }

    /// Returns an object of so many pieces, of which one may be an error, and the number of those that were taken.
    fn coming(pieces: usize, error_at: Option<usize>) -> (Coming, Arc<AtomicUsize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = taken.clone();
        let all = stream::iter(0..pieces).map(move |number| {
            counted.fetch_add(1, Ordering::Relaxed);
            if error_at == Some(number) {
                Err(StoreError::Unavailable("the connection is gone".into()))
            } else {
                Ok(Bytes::from(vec![
                    u8::try_from(number % 251).unwrap();
                    PIECE
                ]))
            }
        });
        let info = ObjectInfo {
            etag: ETag::new("a"),
            bytes: u64::try_from(pieces * PIECE).unwrap(),
            headers: Headers::default(),
        };
        let pieces = all.boxed();
        (Coming { info, pieces }, taken)
    }

    fn whole(mut file: Pieces) -> Vec<u8> {
        let mut read = Vec::new();
        file.read_to_end(&mut read).unwrap();
        read
    }

    fn first(mut file: Pieces) -> usize {
        file.fill_buf().unwrap().len()
    }

    #[tokio::test]
    async fn all_bytes_come_in_order() {
        let (object, _) = coming(1_000, None);
        let read = feed(object, whole).await.unwrap();
        let wanted: Vec<u8> = (0..1_000).flat_map(piece).collect();
        assert!(read == wanted);
    }

    #[tokio::test]
    async fn a_broken_transfer_is_no_damage_of_the_file() {
        for error_at in [0, 1, 500, 999] {
            let (object, _) = coming(1_000, Some(error_at));
            let done = feed(object, |file| whole(file).len()).await;
            let is_store = matches!(done, Err(Error::Store(StoreError::Unavailable(_))));
            assert!(is_store, "{error_at}: {done:?}");
        }
    }

    #[tokio::test]
    async fn what_nobody_wants_is_not_read_unless_it_is_nearly_all_there() {
        let few = usize::try_from(MOST_UNWANTED).unwrap() / PIECE;
        let taken_of = async |pieces| {
            let (object, taken) = coming(pieces, None);
            assert!(feed(object, first).await.unwrap() >= PIECE);
            taken.load(Ordering::Relaxed)
        };
        assert_eq!(taken_of(few).await, few);
        let taken = taken_of(few * 4).await;
        assert!(taken <= MOST_WAITING + JOINED / PIECE + 3, "{taken}");
    }

    #[tokio::test]
    async fn what_breaks_off_when_nobody_wants_more_is_no_error() {
        let few = usize::try_from(MOST_UNWANTED).unwrap() / PIECE;
        let (object, taken) = coming(few, Some(few - 1));
        assert!(feed(object, first).await.unwrap() >= PIECE);
        assert_eq!(taken.load(Ordering::Relaxed), few);
    }

    #[tokio::test]
    async fn a_decoder_that_panics_fails_one_rendering() {
        let (object, _) = coming(1_000, None);
        let done: Result<(), _> = feed(object, |_| panic!("a decoder")).await;
        assert!(matches!(done, Err(Error::Crashed(_))));
    }
}
