//! Splits the data of a scan into its restart intervals, and finds the bytes that belong to them.

use super::huffman::Bits;

/// The data of a scan that was followed to its end.
pub(super) struct Data<'a> {
    /// The bytes of the intervals and their restart markers, without the bytes that belong to neither.
    pub(super) pieces: Vec<&'a [u8]>,
    /// The position at which the last interval ends.
    pub(super) end: usize,
}

/// A walk over the restart intervals of a scan (B.2.1), which collects the bytes that belong to them.
pub(super) struct Intervals<'a> {
    coded: &'a [u8],
    pub(super) bits: Bits<'a>,
    /// The number of MCUs in an interval; 0 means that the scan is one interval.
    length: u16,
    done: u16,
    /// The number of the next restart marker, 0 to 7.
    next: u8,
    start: usize,
    pieces: Vec<&'a [u8]>,
}

impl<'a> Intervals<'a> {
    pub(super) fn new(coded: &'a [u8], length: u16) -> Self {
        Self {
            coded,
            bits: Bits::new(coded),
            length,
            done: 0,
            next: 0,
            start: 0,
            pieces: Vec::new(),
        }
    }

    /// Call this before each MCU. Returns whether a new interval begins.
    #[inline]
    pub(super) fn begin(&mut self) -> Option<bool> {
        let is_new = self.length > 0 && self.done == self.length;
        if is_new {
            let end = self.bits.end();
            self.bits.restart(self.next)?;
            let restart = self.bits.end().checked_sub(2)?;
            if end < restart {
                // Leave out any bytes between the interval's end and the marker.
                self.pieces.push(self.coded.get(self.start..end)?);
                self.start = restart;
            }
            self.next = (self.next + 1) % 8;
            self.done = 0;
        }
        self.done = self.done.wrapping_add(1);
        Some(is_new)
    }

    pub(super) fn finish(mut self) -> Option<Data<'a>> {
        let end = self.bits.end();
        self.pieces.push(self.coded.get(self.start..end)?);
        Some(Data {
            pieces: self.pieces,
            end,
        })
    }
}
