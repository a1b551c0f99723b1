//! Puts decoded frames into a picture: brightness and colours become red, green and blue, and what lies outside of the
//! picture's shown part is left out.

use std::ops::Range;

use super::super::ConvertError;
use super::super::numbers::{Order, index};
use super::config::Config;
use crate::container::heif::{Area, Canvas, Nclx};
use crate::render::picture::Layout;

/// Bits behind the point of the factors.
const POINT: u32 = 14;

/// The place where frames belong.
pub(super) struct Place<'a> {
    pub(super) canvas: &'a Canvas<'a>,
    /// The part of the colours' canvas that is shown.
    pub(super) area: Area,
}

impl Place<'_> {
    /// Returns the place of a tile's first pixel.
    fn corner(&self, tile: usize) -> (usize, usize) {
        let columns = index(self.canvas.columns).max(1);
        let (width, height) = self.canvas.tile;
        (
            tile % columns * index(width),
            tile / columns * index(height),
        )
    }
}

/// How brightness and colours become red, green and blue: ITU-T H.273, 8.3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix {
    /// The parts of red and blue in brightness; `None` if the planes are green, blue and red themselves.
    parts: Option<(f64, f64)>,
    is_full_range: bool,
}

impl Matrix {
    /// Returns what the code points say. Without them, it is BT.601 at full range, as in pictures with an ICC profile.
    pub(super) fn of(nclx: Option<Nclx>) -> Result<Self, ConvertError> {
        let is_full_range = nclx.is_none_or(|nclx| nclx.is_full_range);
        let parts = match nclx.map_or(2, |nclx| nclx.matrix) {
            0 => None,
            1 => Some((0.2126, 0.0722)),
            4 => Some((0.3, 0.11)),
            7 => Some((0.212, 0.087)),
            9 => Some((0.2627, 0.0593)),
            2 | 5 | 6 => Some((0.299, 0.114)),
            _ => return Err(ConvertError::Unsupported("a HEIC image of unusual colours")),
        };
        Ok(Self {
            parts,
            is_full_range,
        })
    }

    fn factors(&self, bits: u8) -> Factors {
        let most = f64::from((1_u32 << bits) - 1);
        let step = f64::from(1_u32 << (bits - 8));
        // A limited range has 219 steps of brightness and 224 of colour.
        let (black, luma, chroma) = if self.is_full_range {
            (0.0, most, most)
        } else {
            (16.0 * step, 219.0 * step, 224.0 * step)
        };
        let scale = 255.0 / luma;
        let of = |factor: f64| fixed(factor * 255.0 / chroma);
        let (red, blue) = self.parts.unwrap_or((0.0, 0.0));
        let green = 1.0 - red - blue;
        Factors {
            black: fixed_whole(black),
            luma: fixed(scale),
            middle: 1_i32 << (bits - 1),
            red: of(2.0 * (1.0 - red)),
            green_of_blue: of(2.0 * blue * (1.0 - blue) / green),
            green_of_red: of(2.0 * red * (1.0 - red) / green),
            blue: of(2.0 * (1.0 - blue)),
            is_identity: self.parts.is_none(),
        }
    }
}

#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "a factor below 2^16, scaled by 2^14"
)]
fn fixed(value: f64) -> i32 {
    (value * f64::from(1_u32 << POINT)).round() as i32
}

#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "a level of at most 12 bits"
)]
fn fixed_whole(value: f64) -> i32 {
    value as i32
}

/// Factors with [`POINT`] bits behind the point.
struct Factors {
    black: i32,
    luma: i32,
    middle: i32,
    red: i32,
    green_of_blue: i32,
    green_of_red: i32,
    blue: i32,
    is_identity: bool,
}

impl Factors {
    fn level(&self, luma: i32) -> i32 {
        (luma - self.black) * self.luma
    }

    fn rgb(&self, luma: i32, blueness: i32, redness: i32) -> [u8; 3] {
        if self.is_identity {
            return [redness, luma, blueness].map(|level| rounded(self.level(level)));
        }
        let (level, blueness, redness) = (
            self.level(luma),
            blueness - self.middle,
            redness - self.middle,
        );
        [
            rounded(level + self.red * redness),
            rounded(level - self.green_of_blue * blueness - self.green_of_red * redness),
            rounded(level + self.blue * blueness),
        ]
    }
}

fn rounded(value: i32) -> u8 {
    let value = (value + (1 << (POINT - 1))) >> POINT;
    u8::try_from(value.clamp(0, 255)).unwrap_or(0)
}

/// The planes of a frame.
struct Frame<'a> {
    luma: Plane<'a>,
    colours: Option<(Plane<'a>, Plane<'a>, (usize, usize))>,
}

#[derive(Clone, Copy)]
struct Plane<'a> {
    bytes: &'a [u8],
    width: usize,
    sample_bytes: usize,
}

impl<'a> Plane<'a> {
    /// Returns a row of samples, from this place on.
    fn row(&self, x: usize, y: usize) -> &'a [u8] {
        let row = self.width * self.sample_bytes;
        let start = y * row + x * self.sample_bytes;
        self.bytes.get(start..y * row + row).unwrap_or_default()
    }

    fn sample(&self, row: &[u8], x: usize) -> i32 {
        if self.sample_bytes == 1 {
            row.get(x).copied().map_or(0, i32::from)
        } else {
            Order::Little.u16(row, x * 2).map_or(0, i32::from)
        }
    }
}

impl<'a> Frame<'a> {
    fn of(bytes: &'a [u8], canvas: &Canvas<'_>, config: &Config<'_>) -> Option<Self> {
        let (width, height) = (index(canvas.tile.0), index(canvas.tile.1));
        let sample_bytes = config.sample_bytes();
        let (luma, rest) = bytes.split_at_checked(width * height * sample_bytes)?;
        let plane = |bytes, width| Plane {
            bytes,
            width,
            sample_bytes,
        };
        let colours = match config.sampling.shared() {
            Some((across, down)) => {
                let columns = width.div_ceil(across);
                let (blueness, redness) =
                    rest.split_at_checked(columns * height.div_ceil(down) * sample_bytes)?;
                let shared = (across, down);
                Some((plane(blueness, columns), plane(redness, columns), shared))
            }
            None => None,
        };
        Some(Self {
            luma: plane(luma, width),
            colours,
        })
    }
}

/// Puts a tile's colours into the picture, of which `pixels` is the shown part.
pub(super) fn put(
    frame: &[u8],
    place: &Place<'_>,
    tile: usize,
    config: &Config<'_>,
    (matrix, layout): (&Matrix, Layout),
    pixels: &mut [u8],
) {
    let Some(frame) = Frame::of(frame, place.canvas, config) else {
        return;
    };
    let factors = matrix.factors(config.bits);
    let (left, top) = place.corner(tile);
    let channels = layout.channels();
    let width = index(place.area.width);
    for (y, row) in rows(place, top, pixels, channels * width) {
        let luma = frame.luma.row(0, y);
        let shown = columns(place, left);
        let first = (left + shown.start).saturating_sub(index(place.area.x)) * channels;
        let Some(row) = row.get_mut(first..first + shown.len() * channels) else {
            continue;
        };
        let of_row = frame.colours.map(|(blueness, redness, (across, down))| {
            let colours = (blueness.row(0, y / down), redness.row(0, y / down));
            (blueness, colours, across)
        });
        for (x, pixel) in shown.zip(row.chunks_exact_mut(channels)) {
            let level = frame.luma.sample(luma, x);
            let colour = match of_row {
                Some((plane, (blueness, redness), across)) => factors.rgb(
                    level,
                    plane.sample(blueness, x / across),
                    plane.sample(redness, x / across),
                ),
                None => [rounded(factors.level(level)); 3],
            };
            match pixel {
                [grey] => [*grey, ..] = colour,
                [red, green, blue] => [*red, *green, *blue] = colour,
                [red, green, blue, alpha] => {
                    [*red, *green, *blue] = colour;
                    *alpha = 255;
                }
                _ => {}
            }
        }
    }
}

/// Returns the columns of a tile that are shown.
fn columns(place: &Place<'_>, left: usize) -> Range<usize> {
    let (from, to) = (
        index(place.area.x),
        index(place.area.x) + index(place.area.width),
    );
    let width = index(place.canvas.tile.0);
    let start = from.saturating_sub(left).min(width);
    let end = to.saturating_sub(left).min(width);
    start..end.max(start)
}

/// Iterates over the rows of a tile that are shown, each with its row of pixels.
fn rows<'p>(
    place: &Place<'_>,
    top: usize,
    pixels: &'p mut [u8],
    row_bytes: usize,
) -> impl Iterator<Item = (usize, &'p mut [u8])> + use<'p> {
    let above = index(place.area.y);
    let (skipped, first) = (top.saturating_sub(above), above.saturating_sub(top));
    let height = index(place.canvas.tile.1);
    pixels
        .chunks_exact_mut(row_bytes)
        .skip(skipped)
        .zip(first..height)
        .map(|(row, y)| (y, row))
}

/// Puts a tile's brightness into the picture as alpha. A channel that is smaller than its picture is enlarged.
pub(super) fn put_alpha(
    frame: &[u8],
    place: &Place<'_>,
    tile: usize,
    config: &Config<'_>,
    (width, height): (u32, u32),
    pixels: &mut [u8],
) {
    let Some(frame) = Frame::of(frame, place.canvas, config) else {
        return;
    };
    let factors = Matrix {
        parts: None,
        is_full_range: true,
    }
    .factors(config.bits);
    let (left, top) = place.corner(tile);
    let across = Stretched {
        whole: index(width).max(1),
        alpha: index(place.canvas.width).max(1),
    };
    let down = Stretched {
        whole: index(height).max(1),
        alpha: index(place.canvas.height).max(1),
    };
    let (tile_width, tile_height) = (index(place.canvas.tile.0), index(place.canvas.tile.1));
    let (area_x, area_y) = (index(place.area.x), index(place.area.y));
    let columns = across.shown(left..left + tile_width, area_x, index(place.area.width));
    let lines = down.shown(top..top + tile_height, area_y, index(place.area.height));
    let rows = pixels.chunks_exact_mut(index(place.area.width) * 4);
    for (line, row) in rows.enumerate().take(lines.end).skip(lines.start) {
        let luma = frame.luma.row(0, down.of_alpha(line + area_y) - top);
        let row = row.as_chunks_mut::<4>().0;
        let pixels = row.get_mut(columns.clone()).unwrap_or_default();
        for (column, [.., alpha]) in columns.clone().zip(pixels) {
            let x = across.of_alpha(column + area_x) - left;
            *alpha = rounded(factors.level(frame.luma.sample(luma, x)));
        }
    }
}

/// A side of a picture, and that of its alpha, which is as long or shorter.
struct Stretched {
    whole: usize,
    alpha: usize,
}

impl Stretched {
    /// Returns the place in the alpha of one in the picture.
    fn of_alpha(&self, at: usize) -> usize {
        at * self.alpha / self.whole
    }

    /// Returns which places of the shown part, which begins at `first`, have their alpha in this range.
    fn shown(&self, range: Range<usize>, first: usize, length: usize) -> Range<usize> {
        let place = |at: usize| {
            let at = (at * self.whole).div_ceil(self.alpha);
            at.saturating_sub(first).min(length)
        };
        place(range.start)..place(range.end)
    }
}
