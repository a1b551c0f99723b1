//! Reads the bits of a scan: removes byte stuffing (ITU-T T.81, B.1.1.5), one restart interval at a time, a few
//! kilobytes ahead.

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "an inner loop: positions within a buffer whose length is checked where it is filled; bit counts below 64"
)]

use super::huffman::{Ac, Dc};

/// The number of bytes ahead for which stuffing is removed: few enough to stay in a processor's first-level cache.
const AHEAD: usize = 8 << 10;

/// More bytes than an MCU can take: 10 blocks (B.2.3) of 64 coefficients with 27 bits are 2,160.
const MCU: usize = 4 << 10;

/// The number of bytes in a word of bits.
const WORD: usize = 8;

pub(super) struct Bits<'a> {
    /// The rest of the scan, with stuffing and restarts.
    source: &'a [u8],
    buffer: Vec<u8>,
    /// The number of bytes in the buffer that come from the file; zeros follow.
    filled: usize,
    /// The index of the byte in the buffer that is loaded next.
    at: usize,
    /// The next bits, left-aligned.
    word: u64,
    /// The number of valid bits in `word`.
    count: u32,
    /// Whether the interval ends with the buffer's content.
    is_all: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(coded: &'a [u8]) -> Self {
        Self {
            source: coded,
            buffer: vec![0; AHEAD + MCU + WORD],
            filled: 0,
            at: 0,
            word: 0,
            count: 0,
            is_all: false,
        }
    }

    /// Fills the buffer; must be called before each MCU.
    #[inline]
    pub(super) fn prepare(&mut self) {
        if !self.is_all && self.at + MCU > self.filled {
            self.fill();
        }
    }

    fn fill(&mut self) {
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        while self.filled < AHEAD && !self.is_all {
            let room = (AHEAD - self.filled).min(self.source.len());
            let clean = memchr::memchr(0xFF, &self.source[..room]).unwrap_or(room);
            self.push(clean);
            // The bytes without 0xFF are followed by the end, by more such bytes, or by 0xFF.
            match self.source {
                [] => self.is_all = true,
                [0xFF, 0x00, ..] if clean < room => {
                    self.push(1);
                    self.source = &self.source[1..];
                }
                // Any number of fill bytes may stand before a marker (B.1.1.2).
                [0xFF, 0xFF, ..] if clean < room => self.source = &self.source[1..],
                [0xFF, ..] if clean < room => self.is_all = true,
                _ => {}
            }
        }
        self.buffer[self.filled..].fill(0);
    }

    fn push(&mut self, count: usize) {
        let (bytes, rest) = self.source.split_at(count);
        self.buffer[self.filled..self.filled + count].copy_from_slice(bytes);
        self.filled += count;
        self.source = rest;
    }

    /// Tells whether no more bits were read than there are.
    #[inline]
    pub(super) fn is_within(&self) -> bool {
        self.at * 8 <= self.filled * 8 + self.count as usize
    }

    /// Skips the restart marker of this number, 0 to 7 (F.2.1.3.1). Returns `None` if it does not follow at once.
    pub(super) fn restart(&mut self, number: u8) -> Option<()> {
        let left = (self.filled * 8 + self.count as usize).checked_sub(self.at * 8)?;
        let expected = 0xD0 | number;
        match self.source {
            [0xFF, marker, rest @ ..] if left < 8 && self.is_all && *marker == expected => {
                self.source = rest;
                (self.filled, self.at, self.word, self.count) = (0, 0, 0, 0);
                self.is_all = false;
                Some(())
            }
            _ => None,
        }
    }

    /// Makes at least 56 bits available.
    #[inline]
    fn load(&mut self) -> Option<()> {
        let bytes = self.buffer.get(self.at..)?.first_chunk::<WORD>()?;
        self.word |= u64::from_be_bytes(*bytes) >> self.count;
        self.at += ((63 - self.count) >> 3) as usize;
        self.count |= 56;
        Some(())
    }

    #[inline]
    fn drop(&mut self, count: u32) {
        self.word <<= count;
        self.count -= count;
    }

    /// Reads one bit.
    #[inline]
    pub(super) fn bit(&mut self) -> Option<bool> {
        self.load()?;
        let bit = self.word >> 63;
        self.drop(1);
        Some(bit == 1)
    }

    /// Reads a DC difference (F.2.2.1).
    #[inline]
    pub(super) fn difference(&mut self, table: &Dc) -> Option<i32> {
        self.load()?;
        let (length, bits) = table.find(self.word)?;
        // Shift twice, because a shift by 64 is not allowed.
        let value = (((self.word << length) >> 1) >> (63 - bits)) as i32;
        self.drop(length + bits);
        let is_negative = bits > 0 && value < 1 << (bits - 1);
        Some(if is_negative {
            value - (1 << bits) + 1
        } else {
            value
        })
    }

    /// Skips the AC coefficients of a block (F.2.2.2).
    #[inline]
    pub(super) fn skip(&mut self, table: &Ac) -> Option<()> {
        let mut next = 1;
        loop {
            self.load()?;
            for _ in 0..2 {
                let mut skip = table.several(self.word);
                if skip.bits == 0 || next + u32::from(skip.coefficients) > 64 {
                    skip = table.one(self.word)?;
                    self.drop(u32::from(skip.bits));
                    self.load()?;
                } else {
                    self.drop(u32::from(skip.bits));
                }
                next += u32::from(skip.coefficients);
                if skip.is_last || next >= 64 {
                    // A run beyond the block's end is left to the plain path.
                    return (next <= 64).then_some(());
                }
            }
        }
    }
}
