//! Reads ranges of a file: in whole blocks, in limited number; the latest blocks are kept.

use std::collections::VecDeque;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{DAMAGED, Stop};

/// The number of bytes requested at once; the header of most files fits into one such block.
const BLOCK: u64 = 64 << 10;

/// The number of blocks that are kept: parsers move back and forth within a few hundred kilobytes.
const KEPT: usize = 64;

/// The maximum number of blocks that are read of a file, however large: 32 MiB in all. A parser that needs more is
/// being misled by its file.
pub const MAX_READS: u32 = 512;

/// The maximum length in bytes of a piece that a parser reads at once.
const MAX_PIECE: u64 = 2 << 20;

/// A file that can be read in ranges.
#[async_trait]
pub trait Source: Send + Sync {
    /// The error of a range that could not be read.
    type Error: Send;

    /// The file's size.
    fn bytes(&self) -> u64;

    /// Reads a range that lies within the file.
    ///
    /// # Errors
    /// An error if the range could not be read.
    async fn read(&self, range: Range<u64>) -> Result<Bytes, Self::Error>;
}

/// A view of a file that limits the number of reads.
pub(crate) struct Reader<'a, S> {
    source: &'a S,
    reads: u32,
    blocks: VecDeque<(u64, Bytes)>,
}

impl<'a, S: Source> Reader<'a, S> {
    pub(crate) fn new(source: &'a S) -> Self {
        Self {
            source,
            reads: 0,
            blocks: VecDeque::new(),
        }
    }

    /// The file's size.
    pub(crate) fn bytes(&self) -> u64 {
        self.source.bytes()
    }

    /// Tells whether half of the allowed reads are used up; parsers should then settle for an estimate.
    pub(crate) fn is_tired(&self) -> bool {
        self.reads > MAX_READS / 2
    }

    /// Reads `bytes` bytes from `offset`; fewer at the end of the file.
    pub(crate) async fn some(
        &mut self,
        offset: u64,
        bytes: u64,
    ) -> Result<Vec<u8>, Stop<S::Error>> {
        let end = offset.saturating_add(bytes).min(self.bytes());
        if bytes > MAX_PIECE {
            return Err(DAMAGED.into());
        }
        let mut found = Vec::new();
        let mut at = offset;
        while at < end {
            let number = at / BLOCK;
            let block = self.block(number).await?;
            let start = number.saturating_mul(BLOCK);
            let from = usize::try_from(at - start).unwrap_or(usize::MAX);
            let to = usize::try_from(end - start).unwrap_or(usize::MAX);
            let piece = block
                .get(from..to.min(block.len()))
                .filter(|piece| !piece.is_empty());
            let piece = piece.ok_or(DAMAGED)?;
            found.extend_from_slice(piece);
            at = at.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        }
        Ok(found)
    }

    /// Reads exactly `bytes` bytes from `offset`.
    pub(crate) async fn all(&mut self, offset: u64, bytes: u64) -> Result<Vec<u8>, Stop<S::Error>> {
        let found = self.some(offset, bytes).await?;
        if u64::try_from(found.len()).unwrap_or(u64::MAX) < bytes {
            return Err(DAMAGED.into());
        }
        Ok(found)
    }

    /// Reads the last `bytes` bytes, and returns their offset too.
    pub(crate) async fn tail(&mut self, bytes: u64) -> Result<(u64, Vec<u8>), Stop<S::Error>> {
        let start = self.bytes().saturating_sub(bytes);
        Ok((start, self.some(start, bytes).await?))
    }

    async fn block(&mut self, number: u64) -> Result<Bytes, Stop<S::Error>> {
        if let Some((_, block)) = self.blocks.iter().find(|(kept, _)| *kept == number) {
            return Ok(block.clone());
        }
        self.reads += 1;
        if self.reads > MAX_READS {
            return Err(DAMAGED.into());
        }
        let start = number.saturating_mul(BLOCK);
        let end = start.saturating_add(BLOCK).min(self.bytes());
        let block = self.source.read(start..end).await.map_err(Stop::Source)?;
        if self.blocks.len() == KEPT {
            self.blocks.pop_front();
        }
        self.blocks.push_back((number, block.clone()));
        Ok(block)
    }
}
