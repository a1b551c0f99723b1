//! The restart intervals of a scan, and what of its data belongs to them.

use super::huffman::Bits;

/// The data of a scan.
pub(super) struct Data<'a> {
    /// Without what does not belong to them.
    pub(super) pieces: Vec<&'a [u8]>,
    /// Where they end.
    pub(super) end: usize,
}

/// The restart intervals of a scan (B.2.1), and what of its data belongs to them.
pub(super) struct Intervals<'a> {
    coded: &'a [u8],
    pub(super) bits: Bits<'a>,
    /// MCUs of an interval; 0 for one interval.
    length: u16,
    done: u16,
    /// The number of the next restart.
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

    /// Before each MCU: whether a new interval begins.
    #[inline]
    pub(super) fn begin(&mut self) -> Option<bool> {
        let is_new = self.length > 0 && self.done == self.length;
        if is_new {
            let end = self.bits.end();
            self.bits.restart(self.next)?;
            let restart = self.bits.end().checked_sub(2)?;
            if end < restart {
                // Whatever stood between the two is left out.
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
