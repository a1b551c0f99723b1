//! Computes a picture's rotation from the matrix of its track and that of the movie. ISO/IEC 14496-12, 8.2.2 and 8.3.2.
//!
//! The angle is computed as in FFmpeg, which rotates the picture by it: an angle within one degree of a quarter turn
//! counts as that quarter turn.

use crate::cut::Cut;
use crate::turn::turn;

/// Nine fixed-point numbers in rows: 16 fractional bits, but 30 in the last column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Matrix([[i32; 3]; 3]);

const ONE: i32 = 1 << 16;

impl Default for Matrix {
    fn default() -> Self {
        Self([[ONE, 0, 0], [0, ONE, 0], [0, 0, 1 << 30]])
    }
}

/// The display properties in a track's header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Display {
    /// See `Video::rotation`.
    pub(super) rotation: u16,
    /// Whether the matrix does anything at all.
    pub(super) is_turned: bool,
    /// The pixel shape if the matrix stretches one side more than the other.
    pub(super) stretched: Option<(u32, u32)>,
    /// The displayed size in pixels before rotation.
    pub(super) size: (u32, u32),
}

/// Reads the matrix in `mvhd`.
pub(super) fn of_movie(body: &[u8]) -> Option<Matrix> {
    let mut cut = Cut(body);
    let is_long = cut.be32()? >> 24 == 1;
    cut.skip(if is_long { 28 } else { 16 })?;
    // Skip rate, volume and reserved fields.
    cut.skip(16)?;
    matrix(&mut cut)
}

/// Reads the rest of `tkhd` from its matrix.
pub(super) fn of_track(cut: &mut Cut<'_>, movie: &Matrix) -> Option<Display> {
    let product = matrix(cut)?.then(movie);
    let (width, height) = (cut.be32()? >> 16, cut.be32()? >> 16);
    let Matrix([[a, b, _], [c, d, _], _]) = product;
    let is_turned = product != Matrix::default();
    Some(Display {
        rotation: quarter_turns(a, b, c, d),
        is_turned,
        stretched: stretched(a, b, c, d).filter(|_| is_turned && width > 0 && height > 0),
        size: (width, height),
    })
}

fn matrix(cut: &mut Cut<'_>) -> Option<Matrix> {
    let mut row = || {
        let mut number = || cut.array().map(i32::from_be_bytes);
        Some([number()?, number()?, number()?])
    };
    Some(Matrix([row()?, row()?, row()?]))
}

impl Matrix {
    fn then(&self, other: &Self) -> Self {
        let column = |index: usize| other.0.map(|row| row.get(index).copied().unwrap_or(0));
        let columns = [column(0), column(1), column(2)];
        Self(self.0.map(|row| columns.map(|column| dot(row, column))))
    }
}

fn dot(row: [i32; 3], column: [i32; 3]) -> i32 {
    let shifts = [16, 16, 30];
    let products = row.iter().zip(column).zip(shifts);
    let sum: i64 = products
        .map(|((a, b), shift)| (i64::from(*a) * i64::from(b)) >> shift)
        .sum();
    i32::try_from(sum).unwrap_or(0)
}

fn quarter_turns(a: i32, b: i32, c: i32, d: i32) -> u16 {
    let across = f64::from(a).hypot(f64::from(c));
    let down = f64::from(b).hypot(f64::from(d));
    if across == 0.0 || down == 0.0 {
        return 0;
    }
    let degrees = (f64::from(b) / down)
        .atan2(f64::from(a) / across)
        .to_degrees();
    turn(degrees)
}

fn stretched(a: i32, b: i32, c: i32, d: i32) -> Option<(u32, u32)> {
    let across = f64::from(a).hypot(f64::from(c));
    let down = f64::from(b).hypot(f64::from(d));
    let is_sane = |side: f64| side > 1.0 && side < f64::from(1 << 24);
    let differs = is_sane(across) && is_sane(down) && (across / down - 1.0).abs() > 0.01;
    differs.then_some((whole(across)?, whole(down)?))
}

fn whole(number: f64) -> Option<u32> {
    let whole = std::time::Duration::try_from_secs_f64(number).ok()?;
    u32::try_from(whole.as_secs()).ok()
}
