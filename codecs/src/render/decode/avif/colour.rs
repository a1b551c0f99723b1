//! Converts rows of luma and chroma to red, green and blue of 8 bits (ITU-T H.273, 8.3).

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a pixel loop: numbers are clamped before they are narrowed"
)]

use crate::container::heif::Nclx;
use crate::decoder::av1::{Chroma, Sequence};
use crate::{Damage, Variant};

/// Fractions of a level are in 1/65,536.
const BITS: u32 = 16;

/// The factors by which samples are multiplied to become a colour.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    /// For red, green and blue: the factors of luma and the two chromas, and what is added.
    rows: [[i32; 4]; 3],
}

/// A sample of 8 bits, or of more.
pub(super) trait Sample: Copy + Into<i32> {}

impl Sample for u8 {}
impl Sample for u16 {}

/// How samples are scaled to 0 to 1, or chroma to -0.5 to 0.5: what is taken from them, and what they are divided by.
struct Scale {
    zero: f64,
    whole: f64,
}

impl Scale {
    fn luma(bits: u8, is_full_range: bool) -> Self {
        let unit = unit(bits);
        if is_full_range {
            Self {
                zero: 0.0,
                whole: 256.0 * unit - 1.0,
            }
        } else {
            Self {
                zero: 16.0 * unit,
                whole: 219.0 * unit,
            }
        }
    }

    fn chroma(bits: u8, is_full_range: bool) -> Self {
        let unit = unit(bits);
        let whole = if is_full_range {
            256.0 * unit - 1.0
        } else {
            224.0 * unit
        };
        Self {
            zero: 128.0 * unit,
            whole,
        }
    }
}

/// Returns how many levels of a sample are one of 8 bits.
fn unit(bits: u8) -> f64 {
    f64::from(1_u16 << bits.saturating_sub(8).min(8))
}

impl Matrix {
    /// Makes the matrix for pictures; the container's code points go before those of the sequence.
    pub(super) fn of(sequence: &Sequence, nclx: Option<Nclx>) -> Result<Self, Damage> {
        let [_, _, code] = sequence.codes;
        let code = nclx.map_or(code, |nclx| nclx.matrix);
        let is_full = nclx.map_or(sequence.is_full_range, |nclx| nclx.is_full_range);
        let luma = Scale::luma(sequence.bits, is_full);
        let chroma = Scale::chroma(sequence.bits, is_full);
        if sequence.chroma == Chroma::None {
            return Ok(Self::grey(sequence, is_full));
        }
        let by_weights = |red: f64, blue: f64| {
            let green = 1.0 - red - blue;
            [
                [1.0, 0.0, 2.0 * (1.0 - red)],
                [
                    1.0,
                    -2.0 * (1.0 - blue) * blue / green,
                    -2.0 * (1.0 - red) * red / green,
                ],
                [1.0, 2.0 * (1.0 - blue), 0.0],
            ]
        };
        // The weights of red and blue (H.273, table 4). Without a code, libavif takes those of BT.601.
        let factors = match code {
            0 if sequence.chroma == Chroma::Whole => {
                let identity = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
                return Ok(Self::new(identity, &luma, &luma));
            }
            1 => by_weights(0.2126, 0.0722),
            2 | 3 | 5 | 6 => by_weights(0.299, 0.114),
            4 => by_weights(0.30, 0.11),
            7 => by_weights(0.212, 0.087),
            // YCgCo: the chromas are green and orange.
            8 => [[1.0, -1.0, 1.0], [1.0, 1.0, 0.0], [1.0, -1.0, -1.0]],
            9 => by_weights(0.2627, 0.0593),
            // By the primaries.
            12 => match nclx.map_or(sequence.codes[0], |nclx| nclx.primaries) {
                9 => by_weights(0.2627, 0.0593),
                12 => by_weights(0.228_974_6, 0.079_286_9),
                5 | 6 => by_weights(0.299, 0.114),
                _ => by_weights(0.2126, 0.0722),
            },
            _ => return Err(Damage::Unsupported(Variant::HeifCoding)),
        };
        Ok(Self::new(factors, &luma, &chroma))
    }

    /// Makes the matrix for pictures of which luma alone is looked at.
    pub(super) fn grey(sequence: &Sequence, is_full_range: bool) -> Self {
        let luma = Scale::luma(sequence.bits, is_full_range);
        Self::new([[1.0, 0.0, 0.0]; 3], &luma, &luma)
    }

    fn new(factors: [[f64; 3]; 3], luma: &Scale, chroma: &Scale) -> Self {
        let one = f64::from(1_u32 << BITS) * 255.0;
        let rows = factors.map(|factors| {
            let scales = [luma, chroma, chroma];
            let mut row = [0; 4];
            let mut added = f64::from(1_u32 << (BITS - 1));
            for ((to, factor), scale) in row.iter_mut().zip(factors).zip(scales) {
                let factor = factor * one / scale.whole;
                *to = factor.round() as i32;
                added -= factor * scale.zero;
            }
            row[3] = added.round() as i32;
            row
        });
        Self { rows }
    }

    /// Converts a row into pixels of so many channels, of which the first three are written.
    pub(super) fn colours<S: Sample, const CHANNELS: usize>(
        &self,
        luma: &[S],
        [first, second]: [&[u16]; 2],
        out: &mut [u8],
    ) {
        let [red, green, blue] = self.rows;
        let (pixels, _) = out.as_chunks_mut::<CHANNELS>();
        let chroma = first.iter().zip(second);
        for ((pixel, luma), (first, second)) in pixels.iter_mut().zip(luma).zip(chroma) {
            let samples = [(*luma).into(), i32::from(*first), i32::from(*second)];
            pixel[0] = level(red, samples);
            pixel[1] = level(green, samples);
            pixel[2] = level(blue, samples);
        }
    }

    /// Converts a row of luma into levels.
    pub(super) fn levels<S: Sample>(&self, luma: &[S], out: &mut [u8]) {
        let [row, ..] = self.rows;
        for (level, luma) in out.iter_mut().zip(luma) {
            *level = narrow((*luma).into() * row[0] + row[3]);
        }
    }
}

fn level([luma, first, second, added]: [i32; 4], samples: [i32; 3]) -> u8 {
    narrow(luma * samples[0] + first * samples[1] + second * samples[2] + added)
}

fn narrow(sum: i32) -> u8 {
    (sum >> BITS).clamp(0, 255) as u8
}

/// Brings a row of chroma to the width of luma, where each sample is for two pixels.
///
/// Smoothly, each pixel takes three quarters of its own sample and a quarter of its neighbour's, across and down; `far`
/// is the row above or below. Otherwise each pixel takes its own.
pub(super) fn doubled<S: Sample>(near: &[S], far: &[S], is_smooth: bool, out: &mut [u16]) {
    let (pairs, odd) = out.as_chunks_mut::<2>();
    if !is_smooth {
        for (pair, sample) in pairs.iter_mut().zip(near) {
            *pair = [(*sample).into() as u16; 2];
        }
        if let ([last], Some(sample)) = (odd, near.last()) {
            *last = (*sample).into() as u16;
        }
        return;
    }
    let down = |at: usize| 3 * near[at].into() + far[at].into();
    let end = near.len().min(far.len()).saturating_sub(1);
    let mut before = down(0);
    let mut here = before;
    for (at, pair) in pairs.iter_mut().enumerate() {
        let after = down((at + 1).min(end));
        *pair = [
            ((3 * here + before + 8) >> 4) as u16,
            ((3 * here + after + 8) >> 4) as u16,
        ];
        (before, here) = (here, after);
    }
    if let [last] = odd {
        *last = ((3 * here + before + 8) >> 4) as u16;
    }
}

/// Divides colours by alpha, by which they were multiplied.
pub(super) fn divided(pixels: &mut [u8]) {
    for [red, green, blue, alpha] in pixels.as_chunks_mut::<4>().0 {
        let alpha = u32::from(*alpha);
        for value in [red, green, blue] {
            let whole = (u32::from(*value) * 255 + alpha / 2).checked_div(alpha);
            *value = whole.unwrap_or(0).min(255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Matrix, divided, doubled};
    use crate::container::heif::Nclx;
    use crate::decoder::av1::{Chroma, Sequence};

    fn sequence(bits: u8, chroma: Chroma, matrix: u16, is_full_range: bool) -> Sequence {
        Sequence::for_tests(bits, chroma, [1, 13, matrix], is_full_range)
    }

    fn colour(matrix: &Matrix, [luma, first, second]: [u16; 3]) -> [u8; 3] {
        let mut out = [0; 3];
        matrix.colours::<u16, 3>(&[luma], [&[first], &[second]], &mut out);
        out
    }

    #[test]
    fn black_white_and_grey_are_so_in_each_range_and_depth() {
        for bits in [8, 10, 12] {
            let unit = 1_u16 << (bits - 8);
            for (is_full, black, white) in
                [(true, 0, 256 * unit - 1), (false, 16 * unit, 235 * unit)]
            {
                for code in [1, 2, 4, 5, 6, 7, 8, 9, 12] {
                    let sequence = sequence(bits, Chroma::Quarter, code, is_full);
                    let matrix = Matrix::of(&sequence, None).unwrap();
                    let grey = |luma| colour(&matrix, [luma, 128 * unit, 128 * unit]);
                    assert_eq!(grey(black), [0; 3], "{bits} bits, matrix {code}");
                    assert_eq!(grey(white), [255; 3], "{bits} bits, matrix {code}");
                }
            }
        }
    }

    #[test]
    fn primary_colours_come_out_of_their_codes() {
        // Y'CbCr of pure red, from the equations in BT.601 and BT.709.
        for (code, luma, blue, red) in [(6, 76, 85, 255), (1, 54, 99, 255)] {
            let matrix = Matrix::of(&sequence(8, Chroma::Half, code, true), None).unwrap();
            let [r, g, b] = colour(&matrix, [luma, blue, red]);
            assert!(r >= 253 && g <= 2 && b <= 2, "matrix {code}: {r} {g} {b}");
        }
        let identity = Matrix::of(&sequence(8, Chroma::Whole, 0, true), None).unwrap();
        assert_eq!(colour(&identity, [10, 20, 30]), [30, 10, 20]);
        // YCgCo of (200, 100, 50): Y = 112.5, Cg = -12.5, Co = 75.
        let ycgco = Matrix::of(&sequence(8, Chroma::Whole, 8, true), None).unwrap();
        let [r, g, b] = colour(&ycgco, [113, 115, 203]);
        assert!(r.abs_diff(200) < 3 && g.abs_diff(100) < 3 && b.abs_diff(50) < 3);
        // The container goes before the sequence.
        let nclx = Nclx {
            primaries: 1,
            transfer: 13,
            matrix: 6,
            is_full_range: false,
        };
        let told = Matrix::of(&sequence(8, Chroma::Whole, 0, true), Some(nclx)).unwrap();
        assert_eq!(colour(&told, [16, 128, 128]), [0; 3]);
        for code in [0, 10, 14, 99] {
            assert!(Matrix::of(&sequence(8, Chroma::Quarter, code, true), None).is_err());
        }
    }

    #[test]
    fn chroma_is_doubled_smoothly_or_not() {
        let (near, far) = ([0_u8, 160, 80], [160_u8, 160, 80]);
        for width in [5, 6] {
            let mut plain = vec![0; width];
            doubled(&near, &far, false, &mut plain);
            assert_eq!(plain, [0, 0, 160, 160, 80, 80][..width]);
            let mut smooth = vec![0; width];
            doubled(&near, &far, true, &mut smooth);
            assert_eq!(smooth, [40, 70, 130, 140, 100, 80][..width]);
        }
        let mut one = [0];
        doubled(&[7_u16], &[7], true, &mut one);
        assert_eq!(one, [7]);
    }

    #[test]
    fn alpha_is_divided_out() {
        let mut pixels = [50, 100, 200, 128, 9, 9, 9, 0, 1, 2, 3, 255];
        divided(&mut pixels);
        assert_eq!(pixels, [100, 199, 255, 128, 0, 0, 0, 0, 1, 2, 3, 255]);
    }
}
