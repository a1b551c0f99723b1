//! Passes a document's bytes to PDFium, and observes which ones it reads.

use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::dictionary::is_before_data;
use crate::signs::{Ear, Signs};

/// The size in bytes of the pieces that PDFium reads to parse (`kFileBufSize` in core/fpdfapi/parser/cpdf_stream.h). It
/// reads the data of a stream at once.
const PARSED_BYTES: usize = 512;

/// The maximum number of bytes before the data of a stream that are searched for its dictionary.
const DICTIONARY_BYTES: u64 = 2_048;

/// The length of the keyword before the data of a stream, with its line end.
const KEYWORD_BYTES: u64 = 8;

/// The maximum number of streams that are recorded for a page. Pages with more are not examined.
pub(crate) const MAX_STREAMS: usize = 16;

/// A reader that gives all bytes it is asked for, or fails. PDFium takes any number of bytes for success, and would go
/// on with the old content of its buffer.
pub(crate) struct Source<R> {
    reader: R,
    at: u64,
    listener: Listener,
}

/// Observes what is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listener(Arc<Mutex<Heard>>);

#[derive(Debug, Default)]
struct Heard {
    /// The bytes before the data of streams, while they are being recorded.
    streams: Option<Vec<Vec<u8>>>,
    ear: Ear,
}

impl Listener {
    /// Calls `work`, and returns the bytes before the data of each stream that was read meanwhile; the stream's own
    /// dictionary is at their end. At most one stream more than [`MAX_STREAMS`] is recorded.
    pub(crate) fn streams_of<T>(&self, work: impl FnOnce() -> T) -> (T, Vec<Vec<u8>>) {
        self.heard().streams = Some(Vec::new());
        let done = work();
        let heard = self.heard().streams.take();
        (done, heard.unwrap_or_default())
    }

    /// The signs found in the document so far.
    pub(crate) fn signs(&self) -> Signs {
        self.heard().ear.signs()
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Read + Seek> Source<R> {
    pub(crate) fn new(reader: R, listener: Listener) -> Self {
        Self {
            reader,
            at: 0,
            listener,
        }
    }

    /// Reads at most this many bytes before this offset.
    fn before(&mut self, at: u64, length: u64) -> std::io::Result<Vec<u8>> {
        let from = at.saturating_sub(length);
        let length = usize::try_from(at - from).map_err(std::io::Error::other)?;
        let mut bytes = vec![0; length];
        self.reader.seek(SeekFrom::Start(from))?;
        self.reader.read_exact(&mut bytes)?;
        self.reader.seek(SeekFrom::Start(self.at))?;
        Ok(bytes)
    }

    /// Passes what was read at this offset to the listener. It is a piece that PDFium parses, the data of a stream, or
    /// possibly either. Parsed pieces can be told apart only by their usual length.
    fn tell(&mut self, at: u64, bytes: &[u8]) -> std::io::Result<()> {
        let is_mostly_parsed = bytes.len() == PARSED_BYTES;
        let is_data = !is_mostly_parsed || is_before_data(&self.before(at, KEYWORD_BYTES)?);
        let before = if is_data {
            self.before(at, DICTIONARY_BYTES)?
        } else {
            Vec::new()
        };
        let listener = self.listener.clone();
        let mut heard = listener.heard();
        let is_only_data = bytes.len() > PARSED_BYTES && is_before_data(&before);
        if !is_only_data {
            heard.ear.hear(at, bytes);
        }
        heard.ear.hear_stream(&before, bytes);
        let streams = heard
            .streams
            .as_mut()
            .filter(|streams| streams.len() <= MAX_STREAMS);
        if let Some(streams) = streams.filter(|_| bytes.len() > PARSED_BYTES) {
            streams.push(before);
        }
        Ok(())
    }
}

impl<R: Read + Seek> Read for Source<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let at = self.at;
        self.reader.read_exact(into)?;
        self.at = self.reader.stream_position()?;
        self.tell(at, into)?;
        Ok(into.len())
    }
}

impl<R: Seek> Seek for Source<R> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.at = self.reader.seek(to)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom};

    use super::{Listener, Source};

    /// A reader that gives at most three bytes at a time.
    struct Trickle(Cursor<Vec<u8>>);

    impl Read for Trickle {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let length = into.len().min(3);
            self.0.read(into.get_mut(..length).unwrap_or_default())
        }
    }

    impl Seek for Trickle {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }

    fn numbers() -> Vec<u8> {
        (0..10_000_u16).flat_map(u16::to_be_bytes).collect()
    }

    #[test]
    fn all_is_given_or_nothing() {
        let mut source = Source::new(Trickle(Cursor::new(numbers())), Listener::default());
        let mut bytes = [0; 1_000];
        assert_eq!(source.seek(SeekFrom::Start(500)).ok(), Some(500));
        assert_eq!(source.read(&mut bytes).ok(), Some(1_000));
        assert_eq!(Some(bytes.as_slice()), numbers().get(500..1_500));
        assert_eq!(source.seek(SeekFrom::Start(19_500)).ok(), Some(19_500));
        let past_the_end = source.read(&mut bytes).map_err(|error| error.kind());
        assert_eq!(past_the_end, Err(ErrorKind::UnexpectedEof));
    }

    #[test]
    fn what_stands_before_a_stream_is_heard() {
        let listener = Listener::default();
        let mut source = Source::new(Cursor::new(numbers()), listener.clone());
        let mut read = |at, length| {
            let mut bytes = vec![0; length];
            assert_eq!(source.seek(SeekFrom::Start(at)).ok(), Some(at));
            assert_eq!(source.read(&mut bytes).ok(), Some(length));
            assert_eq!(
                source.stream_position().ok(),
                at.checked_add(length.try_into().unwrap_or(0))
            );
        };
        read(5_000, 600);
        let ((), heard) = listener.streams_of(|| {
            read(1_000, 513);
            read(5_000, 512);
            read(9_000, 600);
        });
        read(5_000, 600);
        let numbers = numbers();
        let expected = [numbers.get(..1_000), numbers.get(6_952..9_000)];
        assert_eq!(
            heard
                .iter()
                .map(|heard| Some(heard.as_slice()))
                .collect::<Vec<_>>(),
            expected
        );
    }
}
