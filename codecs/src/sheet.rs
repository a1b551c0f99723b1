//! Sheets: many small pictures of one size in one picture, as players show them while a viewer looks for a place in a film.

use std::time::{Duration, Instant};

use crate::render::picture::{Layout, Picture, byte_count};
use crate::render::{
    Budget, Colour, Finish, MAX_SIDE, Output, Recipe, Rect, RenderError, Turn, encode_still,
    render_pixels,
};
use crate::{Encoding, header};

/// The most pixels of a picture that is placed. The smallest sides that are accepted anywhere have fewer.
const MOST_PIXELS: u64 = 1 << 20;

/// The time in which a picture is decoded, which normally takes less than a millisecond.
const LONGEST: Duration = Duration::from_secs(5);

/// A sheet, black where no picture was placed.
#[derive(Debug, Clone)]
pub struct Sheet {
    columns: u32,
    rows: u32,
    /// Pixels across and down of each picture.
    size: (u32, u32),
    picture: Picture,
}

impl Sheet {
    /// Makes an empty sheet for pictures of this size.
    ///
    /// # Errors
    /// [`RenderError::Recipe`] if it has no pixels, or a side that is too long.
    pub fn new(columns: u32, rows: u32, size: (u32, u32)) -> Result<Self, RenderError> {
        let side = |count: u32, length: u32| {
            let side = count.checked_mul(length);
            side.filter(|side| (1..=MAX_SIDE).contains(side))
        };
        let (Some(width), Some(height)) = (side(columns, size.0), side(rows, size.1)) else {
            return Err(RenderError::Recipe("the sheet is empty or too large"));
        };
        let pixels = vec![0; byte_count(width, height, Layout::Rgb)?];
        Ok(Self {
            columns,
            rows,
            size,
            picture: Picture {
                width,
                height,
                layout: Layout::Rgb,
                pixels,
            },
        })
    }

    /// Decodes a JPEG and places it, in the size of the sheet's pictures. Places are numbered from 0, row by row.
    ///
    /// # Errors
    /// [`RenderError`] if it cannot be decoded, has more than a million pixels, or if there is no such place. The sheet
    /// stays as it was.
    pub fn place(&mut self, number: u32, jpeg: &[u8]) -> Result<(), RenderError> {
        let (column, row) = (number % self.columns, number / self.columns);
        if row >= self.rows {
            return Err(RenderError::Recipe("the sheet has no such place"));
        }
        let header = header::read(Encoding::Jpeg, jpeg)?;
        let recipe = Recipe {
            crop: Rect {
                x: 0,
                y: 0,
                width: header.width,
                height: header.height,
            },
            width: self.size.0,
            height: self.size.1,
            mirror: false,
            turn: Turn::None,
            colour: Colour::Colour,
            finish: Finish::default(),
            output: Output::Jpeg { quality: 100 },
        };
        let budget = Budget {
            pixels: MOST_PIXELS,
            frames: 1,
            output_pixels: MOST_PIXELS,
            deadline: Instant::now() + LONGEST,
        };
        let picture = render_pixels(Encoding::Jpeg, jpeg, &recipe, &budget)?;
        self.copy(&picture, (column, row))
    }

    fn copy(&mut self, from: &Picture, (column, row): (u32, u32)) -> Result<(), RenderError> {
        let bytes = |pixels: u32| byte_count(pixels, 1, Layout::Rgb);
        let (whole, part, left) = (
            bytes(self.picture.width)?,
            bytes(self.size.0)?,
            bytes(column * self.size.0)?,
        );
        let first = count(row * self.size.1);
        let lines = self.picture.pixels.chunks_exact_mut(whole).skip(first);
        let pixels = from.pixels.chunks_exact(from.layout.channels());
        let mut colours = pixels.map(|pixel| match pixel {
            [red, green, blue, ..] => [*red, *green, *blue],
            [grey, ..] => [*grey; 3],
            [] => [0; 3],
        });
        for line in lines.take(count(self.size.1)) {
            let to = line.get_mut(left..left + part).unwrap_or_default();
            let (to, _) = to.as_chunks_mut::<3>();
            for (to, colour) in to.iter_mut().zip(&mut colours) {
                *to = colour;
            }
        }
        Ok(())
    }

    /// Encodes the sheet as JPEG, with a quality of 1 to 100.
    ///
    /// # Errors
    /// [`RenderError`] if memory runs out.
    pub fn encode(self, quality: u8) -> Result<Vec<u8>, RenderError> {
        encode_still(self.picture, Output::Jpeg { quality })
    }
}

fn count(lines: u32) -> usize {
    usize::try_from(lines).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u16, height: u16, colour: [u8; 3]) -> Vec<u8> {
        let mut jpeg = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 95);
        let pixels = colour.repeat(usize::from(width) * usize::from(height));
        encoder
            .encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb)
            .unwrap();
        jpeg
    }

    fn colour_at(sheet: &[u8], place: (u32, u32)) -> [u8; 3] {
        let decoded = image::load_from_memory(sheet).unwrap().into_rgb8();
        decoded.get_pixel(place.0, place.1).0
    }

    fn is_near(found: [u8; 3], wanted: [u8; 3]) -> bool {
        found
            .iter()
            .zip(wanted)
            .all(|(found, wanted)| found.abs_diff(wanted) < 12)
    }

    #[test]
    fn each_picture_is_at_its_place_in_the_sheet_s_size() {
        let mut sheet = Sheet::new(3, 2, (64, 32)).unwrap();
        sheet.place(1, &picture(64, 32, [250, 0, 0])).unwrap();
        sheet.place(5, &picture(128, 64, [0, 0, 250])).unwrap();
        let made = sheet.encode(90).unwrap();
        let size = image::load_from_memory(&made).unwrap().into_rgb8();
        assert_eq!(size.dimensions(), (192, 64));
        for (place, colour) in [
            ((96, 16), [250, 0, 0]),
            ((160, 48), [0, 0, 250]),
            ((32, 16), [0; 3]),
            ((96, 48), [0; 3]),
        ] {
            let found = colour_at(&made, place);
            assert!(is_near(found, colour), "{place:?}: {found:?}");
        }
    }

    #[test]
    fn what_is_no_small_picture_leaves_the_sheet_as_it_was() {
        let mut sheet = Sheet::new(2, 1, (64, 32)).unwrap();
        sheet.place(0, &picture(64, 32, [0, 250, 0])).unwrap();
        let large = picture(1_100, 1_000, [250, 0, 0]);
        for (number, jpeg) in [
            (0, large.as_slice()),
            (0, b"no picture"),
            (0, b""),
            (2, &picture(64, 32, [0; 3])),
        ] {
            assert!(sheet.place(number, jpeg).is_err());
        }
        let found = colour_at(&sheet.encode(90).unwrap(), (32, 16));
        assert!(is_near(found, [0, 250, 0]), "{found:?}");
    }

    #[test]
    fn a_sheet_has_pixels_and_no_endless_side() {
        for (columns, rows, size) in [
            (0, 1, (64, 32)),
            (1, 1, (0, 32)),
            (1_000, 1, (64, 32)),
            (u32::MAX, 2, (2, 2)),
        ] {
            assert!(Sheet::new(columns, rows, size).is_err());
        }
    }
}
