//! Shares one reader among all who read a document: PDFium, PDFium a second time, and this crate.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

/// The bytes of a document.
pub(crate) trait Bytes: Read + Seek + Send {}

impl<R: Read + Seek + Send> Bytes for R {}

/// A position of its own in the shared document, and bytes that are appended to it.
#[derive(Clone)]
pub(crate) struct Shared<'a> {
    reader: Arc<Mutex<dyn Bytes + 'a>>,
    length: u64,
    tail: Arc<[u8]>,
    at: u64,
}

impl<'a> Shared<'a> {
    /// # Errors
    /// An error if the length cannot be determined.
    pub(crate) fn new(mut reader: impl Bytes + 'a) -> io::Result<Self> {
        let length = reader.seek(SeekFrom::End(0))?;
        Ok(Self {
            reader: Arc::new(Mutex::new(reader)),
            length,
            tail: Arc::default(),
            at: 0,
        })
    }

    /// The same document with these bytes appended.
    pub(crate) fn followed_by(&self, tail: Vec<u8>) -> Self {
        Self {
            tail: tail.into(),
            at: 0,
            ..self.clone()
        }
    }

    /// The length in bytes, appended bytes included.
    pub(crate) fn length(&self) -> u64 {
        let tail = u64::try_from(self.tail.len()).unwrap_or(0);
        self.length.saturating_add(tail)
    }

    /// Reads at most this many bytes at this offset; fewer at the end.
    pub(crate) fn read_at(&mut self, at: u64, most: usize) -> io::Result<Vec<u8>> {
        let left = usize::try_from(self.length().saturating_sub(at)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; most.min(left)];
        self.at = at;
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Read for Shared<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = if self.at < self.length {
            let left = usize::try_from(self.length - self.at).unwrap_or(usize::MAX);
            let most = into.len().min(left);
            let into = into.get_mut(..most).unwrap_or_default();
            let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
            reader.seek(SeekFrom::Start(self.at))?;
            reader.read(into)?
        } else {
            let at = usize::try_from(self.at - self.length).map_err(io::Error::other)?;
            self.tail.get(at..).unwrap_or_default().read(into)?
        };
        self.at = self
            .at
            .saturating_add(u64::try_from(count).map_err(io::Error::other)?);
        Ok(count)
    }
}

impl Seek for Shared<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read, Seek, SeekFrom};

    use super::Shared;

    #[test]
    fn each_reads_from_a_place_of_its_own_and_over_the_end() {
        let mut one = Shared::new(Cursor::new(b"abcdef".to_vec())).unwrap();
        let mut other = one.followed_by(b"GHI".to_vec());
        let mut two = [0; 2];
        one.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"ab");
        assert_eq!(other.seek(SeekFrom::End(-5)).unwrap(), 4);
        let mut rest = Vec::new();
        other.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"efGHI");
        one.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"cd");
        assert_eq!((one.length(), other.length()), (6, 9));
        assert_eq!(other.read_at(5, 2).unwrap(), b"fG");
        assert_eq!(other.read_at(8, 20).unwrap(), b"I");
        assert_eq!(other.read_at(20, 20).unwrap(), b"");
        assert!(one.seek(SeekFrom::Current(-9)).is_err());
    }
}
