//! Follows runs of indices (BI_RLE8 and BI_RLE4). Pixels that no run covers are transparent, as browsers show them.
//! <https://learn.microsoft.com/windows/win32/gdi/bitmap-compression>

use super::super::ConvertError;
use super::super::numbers::index;
use super::header::Header;
use crate::Damage;

/// Draws the runs on a picture of red, green, blue and alpha, which is transparent at first.
pub(super) fn draw(
    header: &Header,
    (bits, palette): (u8, &[[u8; 3]]),
    runs: &[u8],
    pixels: &mut [u8],
) -> Result<(), ConvertError> {
    let mut pen = Pen {
        width: index(header.width),
        height: index(header.height),
        x: 0,
        y: 0,
        palette,
        pixels,
    };
    let mut rest = runs;
    while pen.y < pen.height {
        let (first, second) = take_pair(&mut rest).ok_or(Damage::Truncated)?;
        match (first, second) {
            (0, 0) => pen.next_row(),
            (0, 1) => return Ok(()),
            (0, 2) => {
                let (right, up) = take_pair(&mut rest).ok_or(Damage::Truncated)?;
                pen.skip(right, up);
            }
            (0, count) => {
                let indices = literal(&mut rest, bits, count).ok_or(Damage::Truncated)?;
                for place in 0..usize::from(count) {
                    pen.put(at(indices, bits, place));
                }
            }
            (count, pattern) => {
                for place in 0..usize::from(count) {
                    pen.put(if bits == 8 {
                        pattern
                    } else {
                        at(&[pattern], bits, place % 2)
                    });
                }
            }
        }
        // The last row is complete; its mark and the mark of the end may be missing.
        if pen.y + 1 == pen.height && pen.x >= pen.width {
            return Ok(());
        }
    }
    Ok(())
}

fn take_pair(rest: &mut &[u8]) -> Option<(u8, u8)> {
    let ([first, second], behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some((*first, *second))
}

/// Takes indices that are not a run; they are padded to pairs of bytes.
fn literal<'a>(rest: &mut &'a [u8], bits: u8, count: u8) -> Option<&'a [u8]> {
    let bytes = (usize::from(count) * usize::from(bits)).div_ceil(8);
    let indices = rest.get(..bytes)?;
    // The padding may be missing at the end of the file.
    *rest = rest.get(bytes.next_multiple_of(2)..).unwrap_or_default();
    Some(indices)
}

fn at(indices: &[u8], bits: u8, place: usize) -> u8 {
    if bits == 8 {
        return indices.get(place).copied().unwrap_or(0);
    }
    let byte = indices.get(place / 2).copied().unwrap_or(0);
    if place.is_multiple_of(2) {
        byte >> 4
    } else {
        byte & 15
    }
}

struct Pen<'a> {
    width: usize,
    height: usize,
    x: usize,
    /// Rows from the bottom.
    y: usize,
    palette: &'a [[u8; 3]],
    pixels: &'a mut [u8],
}

impl Pen<'_> {
    fn next_row(&mut self) {
        self.x = 0;
        self.y += 1;
    }

    fn skip(&mut self, right: u8, up: u8) {
        self.x += usize::from(right);
        self.y += usize::from(up);
    }

    /// Draws a pixel. Those beyond the end of their row are dropped.
    fn put(&mut self, colour: u8) {
        let x = self.x;
        self.x += 1;
        if x >= self.width || self.y >= self.height {
            return;
        }
        let [red, green, blue] = self
            .palette
            .get(usize::from(colour))
            .copied()
            .unwrap_or_default();
        let place = (self.height - 1 - self.y) * self.width + x;
        let (pixels, _) = self.pixels.as_chunks_mut::<4>();
        if let Some(pixel) = pixels.get_mut(place) {
            *pixel = [red, green, blue, 255];
        }
    }
}
