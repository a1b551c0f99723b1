//! Finds the part of a picture that people look at, so that a picture which is cut to other proportions keeps it.
//!
//! The picture is divided into at most 64 × 64 cells. A cell counts by how much it differs from its neighbours, how
//! colourful it is, and how near its colour is to that of skin. The place is the one where the cells, weighted towards
//! the middle of the part, count most; of equals, the one nearest to the middle of the picture. Only integers are
//! calculated, so the same picture is cut in the same way everywhere.

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_wrap,
    reason = "a pixel loop: every index is below a count that was computed once; numbers are at most 2^31"
)]

use super::picture::{Layout, Picture};

/// The most cells along a side.
const MOST_CELLS: u32 = 64;

/// The colour of skin, as shares of red, green and blue in 1/256 of their sum. All human skin has nearly the same hue.
/// <https://doi.org/10.1016/j.patcog.2006.06.010>
const SKIN: [i64; 3] = [108, 82, 66];

/// How far a share may be from [`SKIN`] to count at all, in 1/256.
const SKIN_REACH: i64 = 18;

/// The place at which a part begins, in pixels from the left and from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) x: u32,
    pub(super) y: u32,
}

/// Returns the best place for a part of this size. The part must not be larger than the picture.
pub(super) fn best_place(picture: &Picture, part: (u32, u32)) -> Place {
    let grid = Grid::of(picture);
    let counts = grid.counts();
    let columns = sums(&counts, grid.columns, |cell| cell % grid.columns);
    let rows = sums(&counts, grid.rows, |cell| cell / grid.columns);
    Place {
        x: best_start(&columns, picture.width, part.0),
        y: best_start(&rows, picture.height, part.1),
    }
}

/// Adds up what the cells count, by column or by row.
fn sums(counts: &[u64], lines: usize, line: impl Fn(usize) -> usize) -> Vec<u64> {
    let mut sums = vec![0; lines];
    for (cell, count) in counts.iter().enumerate() {
        sums[line(cell)] += count;
    }
    sums
}

/// Returns where a span of `part` pixels begins in a side of `whole` pixels, which the lines of cells divide evenly.
fn best_start(lines: &[u64], whole: u32, part: u32) -> u32 {
    let room = whole.saturating_sub(part);
    let count = lines.len() as u64;
    // The middle of a line, in whole pixels of the side.
    let middle_of = |line: usize| (2 * line as u64 + 1) * u64::from(whole) / (2 * count);
    let weight = |start: u32| -> u64 {
        let (start, half) = (u64::from(start), u64::from(part) / 2);
        let weighted = lines.iter().enumerate().map(|(line, sum)| {
            let distance = middle_of(line).abs_diff(start + half);
            sum * half.saturating_sub(distance)
        });
        weighted.sum()
    };
    let steps = room.min(MOST_CELLS * 2);
    let starts = (0..=steps)
        .map(|step| (u64::from(room) * u64::from(step) / u64::from(steps.max(1))) as u32);
    let from_middle = |start: u32| start.abs_diff(room / 2);
    starts
        .max_by_key(|start| (weight(*start), std::cmp::Reverse(from_middle(*start))))
        .unwrap_or(room / 2)
}

/// The mean colours of the cells: red, green, blue, weighted by alpha.
struct Grid {
    columns: usize,
    rows: usize,
    cells: Vec<[i64; 3]>,
}

impl Grid {
    fn of(picture: &Picture) -> Self {
        let (columns, rows) = (
            picture.width.min(MOST_CELLS) as usize,
            picture.height.min(MOST_CELLS) as usize,
        );
        let (width, height) = (picture.width as usize, picture.height as usize);
        let mut sums = vec![([0_i64; 3], 0_i64); columns * rows];
        let channels = picture.layout.channels();
        for (index, pixel) in picture.pixels.chunks_exact(channels).enumerate() {
            let (x, y) = (index % width, index / width);
            let (sum, count) = &mut sums[(y * rows / height) * columns + x * columns / width];
            let (colour, alpha) = shown(pixel, picture.layout);
            for (total, value) in sum.iter_mut().zip(colour) {
                *total += i64::from(value) * alpha / 255;
            }
            *count += 1;
        }
        let cells = sums
            .into_iter()
            .map(|(sum, count)| sum.map(|total| total / count.max(1)));
        Self {
            columns,
            rows,
            cells: cells.collect(),
        }
    }

    /// Returns how much each cell counts.
    fn counts(&self) -> Vec<u64> {
        let luma: Vec<i64> = self
            .cells
            .iter()
            .map(|[red, green, blue]| (54 * red + 183 * green + 19 * blue) >> 8)
            .collect();
        let at = |column: usize, row: usize| {
            luma[row.min(self.rows - 1) * self.columns + column.min(self.columns - 1)]
        };
        let count = |cell: usize| {
            let (column, row) = (cell % self.columns, cell / self.columns);
            let around = at(column.saturating_sub(1), row)
                + at(column + 1, row)
                + at(column, row.saturating_sub(1))
                + at(column, row + 1);
            let edge = (4 * luma[cell] - around).abs();
            (3 * edge + colourful(self.cells[cell]) + 4 * like_skin(self.cells[cell])).max(0) as u64
        };
        (0..self.cells.len()).map(count).collect()
    }
}

fn shown(pixel: &[u8], layout: Layout) -> ([u8; 3], i64) {
    match layout {
        Layout::Grey | Layout::Cmyk => ([pixel[0]; 3], 255),
        Layout::Rgb => ([pixel[0], pixel[1], pixel[2]], 255),
        Layout::Rgba => ([pixel[0], pixel[1], pixel[2]], i64::from(pixel[3])),
    }
}

/// Returns how far a colour is from grey, 0 to 255.
fn colourful([red, green, blue]: [i64; 3]) -> i64 {
    red.max(green).max(blue) - red.min(green).min(blue)
}

/// Returns how near a colour is to that of skin, 0 to 64. Dark colours, whose hue is noise, are not like it.
fn like_skin(colour: [i64; 3]) -> i64 {
    let sum: i64 = colour.iter().sum();
    if sum < 120 {
        return 0;
    }
    let farthest = colour
        .iter()
        .zip(SKIN)
        .map(|(value, share)| (value * 256 / sum - share).abs())
        .max()
        .unwrap_or(SKIN_REACH);
    (SKIN_REACH - farthest).max(0) * 64 / SKIN_REACH
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey picture with a striped square of `colour` at a place.
    fn with_square(size: (u32, u32), at: (u32, u32), side: u32, colour: [u8; 3]) -> Picture {
        let pixels = (0..size.1).flat_map(|y| (0..size.0).map(move |x| (x, y)));
        let is_inside = move |x: u32, y: u32| {
            (at.0..at.0 + side).contains(&x) && (at.1..at.1 + side).contains(&y)
        };
        Picture {
            width: size.0,
            height: size.1,
            layout: Layout::Rgb,
            pixels: pixels
                .flat_map(|(x, y)| match is_inside(x, y) {
                    true if (x / 3 + y / 3) % 2 == 0 => colour,
                    true => [20, 20, 20],
                    false => [120, 120, 120],
                })
                .collect(),
        }
    }

    #[test]
    fn the_part_has_what_stands_out_wherever_it_is() {
        for x in [0, 40, 130, 260] {
            let wide = with_square((300, 100), (x, 30), 40, [200, 60, 30]);
            let place = best_place(&wide, (100, 100));
            assert_eq!(place.y, 0);
            let kept = place.x <= x && x + 40 <= place.x + 100;
            assert!(kept, "a square at {x} is not in a part at {}", place.x);
            let high = with_square((100, 300), (30, x), 40, [200, 60, 30]);
            let place = best_place(&high, (100, 100));
            let kept = place.y <= x && x + 40 <= place.y + 100;
            assert!(kept, "a square at {x} is not in a part at {}", place.y);
        }
    }

    #[test]
    fn skin_counts_more_than_another_colour() {
        let mut picture = with_square((300, 100), (20, 30), 40, [60, 60, 190]);
        let face = with_square((300, 100), (240, 30), 40, [205, 155, 125]);
        for (pixel, other) in picture
            .pixels
            .chunks_exact_mut(3)
            .zip(face.pixels.chunks_exact(3))
        {
            if other != [120, 120, 120] {
                pixel.copy_from_slice(other);
            }
        }
        assert!(best_place(&picture, (100, 100)).x > 140);
    }

    #[test]
    fn a_picture_of_one_colour_is_cut_in_its_middle() {
        for (size, part, place) in [
            ((300, 100), (100, 100), Place { x: 100, y: 0 }),
            ((100, 301), (100, 100), Place { x: 0, y: 100 }),
            ((1, 1), (1, 1), Place { x: 0, y: 0 }),
            ((2, 9), (2, 1), Place { x: 0, y: 4 }),
        ] {
            let plain = with_square(size, (0, 0), 0, [0; 3]);
            assert_eq!(best_place(&plain, part), place, "{part:?} of {size:?}");
        }
    }
}
