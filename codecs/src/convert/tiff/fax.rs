//! Decodes rows of black and white as fax machines code them (ITU-T T.4 and T.6). The tables of codes are those of the
//! crate `fax`.

use std::convert::Infallible;

use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, ByteReader};

use super::super::ConvertError;
use super::super::malformed;
use super::picture::Fax;

/// Zeros that are read behind the end of the data, so that its last code can be looked up.
const PADDING: usize = 4;

/// Bits of zero that no code begins with: a mark between rows follows, perhaps after more of them.
const ZEROS_OF_MARK: u8 = 11;

/// Decodes the rows of a strip. Each row is a byte a pixel: 1 is black.
pub(super) struct Rows<I> {
    fax: Fax,
    width: u32,
    bits: ByteReader<I>,
    /// The places at which the colour changes in the row above, beginning with the first black pixel.
    above: Vec<u32>,
    is_over: bool,
}

/// Opens a strip.
pub(super) fn rows(
    fax: Fax,
    width: u32,
    coded: &[u8],
) -> Rows<impl Iterator<Item = Result<u8, Infallible>> + use<'_>> {
    let padding = std::iter::repeat_n(0, PADDING);
    let bytes = coded.iter().copied().chain(padding).map(Ok);
    let Ok(bits) = ByteReader::new(bytes);
    Rows {
        fax,
        width,
        bits,
        above: Vec::new(),
        is_over: false,
    }
}

impl<I: Iterator<Item = Result<u8, Infallible>>> Rows<I> {
    /// Decodes the next row. Rows behind the mark of the end are white, as some writers leave them out.
    pub(super) fn next(&mut self, row: &mut [u8]) -> Result<(), ConvertError> {
        let decoded = match self.fax {
            _ if self.is_over => Some(Vec::new()),
            Fax::Runs => {
                let changes = self.by_runs();
                let Ok(()) = self.bits.consume(self.bits.bits_to_byte_boundary());
                changes
            }
            Fax::Group3 { has_differences } => self.group3(has_differences),
            Fax::Group4 => self.by_difference(),
        };
        self.above = decoded.ok_or_else(|| malformed("a fax with a code that does not exist"))?;
        row.fill(0);
        for pair in self.above.chunks(2) {
            let end = |place: u32| usize::try_from(place).unwrap_or(usize::MAX).min(row.len());
            let (start, stop) = match pair {
                [start, stop] => (end(*start), end(*stop)),
                [start] => (end(*start), row.len()),
                _ => continue,
            };
            if let Some(black) = row.get_mut(start..stop) {
                black.fill(1);
            }
        }
        Ok(())
    }

    fn group3(&mut self, has_differences: bool) -> Option<Vec<u32>> {
        // The end is six marks; two are enough to know it.
        for marks in 0..2 {
            if self.bits.peek(ZEROS_OF_MARK) != Some(0) {
                break;
            }
            while self.bits.peek(1)? == 0 {
                let Ok(()) = self.bits.consume(1);
            }
            let Ok(()) = self.bits.consume(1);
            let is_by_runs = !has_differences || self.take_bit()? == 1;
            if self.bits.peek(ZEROS_OF_MARK) != Some(0) {
                return if is_by_runs {
                    self.by_runs()
                } else {
                    self.by_difference()
                };
            }
            self.is_over = marks > 0;
        }
        if self.is_over {
            return Some(Vec::new());
        }
        // Without a mark before it.
        self.by_runs()
    }

    fn take_bit(&mut self) -> Option<u16> {
        let bit = self.bits.peek(1)?;
        let Ok(()) = self.bits.consume(1);
        Some(bit)
    }

    fn by_runs(&mut self) -> Option<Vec<u32>> {
        let (mut changes, mut place, mut is_black) = (Vec::new(), 0_u32, false);
        while place < self.width {
            place = place.checked_add(self.run(is_black)?)?.min(self.width);
            changes.push(place);
            is_black = !is_black;
        }
        Some(changes)
    }

    /// Returns the length of a run: codes of multiples of 64, and one of less.
    fn run(&mut self, is_black: bool) -> Option<u32> {
        let mut sum = 0_u32;
        loop {
            let code = if is_black {
                black::decode(&mut self.bits)?
            } else {
                white::decode(&mut self.bits)?
            };
            sum = sum.checked_add(code.into())?;
            if code < 64 {
                return Some(sum);
            }
        }
    }

    /// Decodes a row by its difference from the one above (ITU-T T.4, 4.2).
    fn by_difference(&mut self) -> Option<Vec<u32>> {
        let (mut changes, mut place, mut is_black) = (Vec::new(), 0_u32, false);
        let (mut next, mut is_start) = (0_usize, true);
        while is_start || place < self.width {
            // The next change above, to the opposite colour, right of this place.
            next = next.saturating_sub(2);
            while self.above.get(next).is_some_and(|change| {
                let is_to_black = next.is_multiple_of(2);
                is_to_black == is_black || !(*change > place || (is_start && *change == 0))
            }) {
                next += 1;
            }
            let above = |at: usize| self.above.get(at).copied().unwrap_or(self.width);
            let (first, second) = (above(next), above(next + 1));
            match mode::decode(&mut self.bits)? {
                Mode::Pass => place = second,
                Mode::Vertical(by) => {
                    let change = first.checked_add_signed(by.into())?;
                    if change < place || change > self.width {
                        return None;
                    }
                    changes.push(change);
                    place = change;
                    is_black = !is_black;
                }
                Mode::Horizontal => {
                    for colour in [is_black, !is_black] {
                        place = place.checked_add(self.run(colour)?)?.min(self.width);
                        changes.push(place);
                    }
                }
                Mode::EOF => {
                    self.is_over = true;
                    return changes.is_empty().then_some(changes);
                }
                Mode::Extension => return None,
            }
            is_start = false;
        }
        Some(changes)
    }
}
