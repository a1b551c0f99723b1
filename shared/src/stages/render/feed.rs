//! Hands the bytes of an object to the thread that decodes them, while they come.

use std::io::{BufRead, Read, Result as IoResult};

use bytes::{Buf, Bytes};
use futures_util::TryStreamExt;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::off_thread::off_thread;
use crate::platform::error::Error;
use crate::ports::store::{Coming, StoreError};

/// The most pieces that wait to be decoded. Each is what the connection gave at once.
const MOST_WAITING: usize = 16;

/// The most bytes that are still read when nobody wants them, so that the connection can be used again.
const MOST_UNWANTED: u64 = 256 << 10;

/// Runs `work`, which reads the object, on another thread.
///
/// # Errors
/// That of the store, if not all could be read that `work` wanted. What `work` made of it is worth nothing then.
pub(super) async fn fed<T: Send + 'static>(
    coming: Coming,
    work: impl FnOnce(&mut dyn BufRead) -> T + Send + 'static,
) -> Result<T, Error> {
    let (sender, receiver) = channel(MOST_WAITING);
    let mut pieces = Pieces {
        receiver,
        piece: Bytes::new(),
    };
    let work = off_thread(move || work(&mut pieces));
    let (sent, done) = tokio::join!(send(coming, sender), work);
    sent?;
    done
}

/// Sends all of an object, or what is wanted of it.
async fn send(mut coming: Coming, to: Sender<Bytes>) -> Result<(), StoreError> {
    let mut left = coming.info.bytes;
    let mut is_wanted = true;
    while is_wanted || left <= MOST_UNWANTED {
        let Some(piece) = coming.pieces.try_next().await? else {
            break;
        };
        left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        is_wanted = is_wanted && to.send(piece).await.is_ok();
    }
    Ok(())
}

/// The object as a file that is read once. It ends where the object ends, and where no more could be read.
struct Pieces {
    receiver: Receiver<Bytes>,
    piece: Bytes,
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
            && let Some(piece) = self.receiver.blocking_recv()
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
    use std::io::Read;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use futures_util::{StreamExt, stream};

    use super::{MOST_UNWANTED, MOST_WAITING, fed};
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

    fn whole(file: &mut dyn Read) -> Vec<u8> {
        let mut read = Vec::new();
        file.read_to_end(&mut read).unwrap();
        read
    }

    #[tokio::test]
    async fn all_bytes_come_in_order() {
        let (object, _) = coming(1_000, None);
        let read = fed(object, |file| whole(file)).await.unwrap();
        let wanted: Vec<u8> = (0..1_000).flat_map(piece).collect();
        assert!(read == wanted);
    }

    #[tokio::test]
    async fn a_broken_transfer_is_no_damage_of_the_file() {
        for error_at in [0, 1, 500, 999] {
            let (object, _) = coming(1_000, Some(error_at));
            let done = fed(object, |file| whole(file).len()).await;
            let is_store = matches!(done, Err(Error::Store(StoreError::Unavailable(_))));
            assert!(is_store, "{error_at}: {done:?}");
        }
    }

    #[tokio::test]
    async fn what_nobody_wants_is_not_read_unless_it_is_nearly_all_there() {
        let few = usize::try_from(MOST_UNWANTED).unwrap() / PIECE;
        let taken_of = async |pieces| {
            let (object, taken) = coming(pieces, None);
            let first = |file: &mut dyn std::io::BufRead| file.fill_buf().unwrap().len();
            assert_eq!(fed(object, first).await.unwrap(), PIECE);
            taken.load(Ordering::Relaxed)
        };
        assert_eq!(taken_of(few).await, few);
        let taken = taken_of(few * 4).await;
        assert!(taken <= MOST_WAITING + 3, "{taken}");
    }

    #[tokio::test]
    async fn a_decoder_that_panics_fails_one_rendering() {
        let (object, _) = coming(1_000, None);
        let done = fed(object, |_| panic!("a decoder")).await;
        let done: Result<(), _> = done;
        assert!(matches!(done, Err(Error::Crashed(_))));
    }
}
