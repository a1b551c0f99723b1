//! Draws pages that consist of a single picture, as scanners make them. PDFium takes longer to reduce such a picture
//! than to decode it, so PDFium only decodes it and this module reduces the samples.
//!
//! PDFium draws the page in all doubtful cases: if anything else is visible, if the picture does not fill the page, is
//! turned or is clipped ([`place`]), or if its dictionary has an entry that is not known to be harmless, such as a mask
//! ([`dictionary`]). Layers, transfer functions and replaced device colour spaces can be defined anywhere: once a
//! document [has any](SIGNS), PDFium draws its pages. As a guard against everything else, PDFium also draws the first
//! such page of a document, and the two results must [look the same](looks_alike).

mod dictionary;
mod place;
mod samples;

use std::cell::Cell;

use pdfium_render::prelude::{PdfColorSpace, PdfPage, PdfPageImageObject};

use crate::Canvas;
use crate::signs::Signs;
use crate::source::Listener;

/// Features defined outside of a picture that change how it is drawn.
const SIGNS: Signs = Signs::TRANSFER.and(Signs::DEFAULT_SPACE).and(Signs::LAYERS);

/// The maximum size of the samples in bytes. For a moment there are two copies of them. A4 at 600 dpi in colour has 104
/// million bytes.
const MAX_BYTES: u32 = 128 << 20;

/// Remembers for one document whether its single-picture pages look as PDFium draws them.
#[derive(Debug, Default)]
pub(crate) struct Scans(Cell<Trust>);

#[derive(Debug, Clone, Copy, Default)]
enum Trust {
    /// No such page was drawn yet.
    #[default]
    Open,
    /// The first one looked the same.
    Given,
    /// The first one looked different.
    Lost,
}

/// The state of a page that was drawn here.
pub(crate) enum Drawn {
    /// It looks as PDFium would draw it.
    Surely,
    /// It is the first one, and must be [compared](Scans::compare) with PDFium's drawing.
    First,
}

impl Scans {
    /// Draws a page that is one picture. Returns `None` for any other page; the canvas is then undefined. `streams` are
    /// the bytes before the data of the streams that were read for the page; `listener` sees what is read meanwhile.
    pub(crate) fn draw(
        &self,
        page: &PdfPage<'_>,
        streams: &[Vec<u8>],
        listener: &Listener,
        canvas: &mut Canvas,
        (width, height): (u32, u32),
    ) -> Option<Drawn> {
        let drawn = match self.0.get() {
            Trust::Open => Drawn::First,
            Trust::Given => Drawn::Surely,
            Trust::Lost => return None,
        };
        let object = place::only_picture(page, (width, height))?;
        let picture = object.as_image_object()?;
        let size = Size::of(picture)?;
        let is_reduced = size.columns >= width && size.rows >= height;
        if !is_reduced || size.bytes? > MAX_BYTES || !dictionary::is_plain(streams) {
            return None;
        }
        // By now, everything that the picture depends on was read.
        if listener.signs().has(SIGNS) {
            return None;
        }
        samples::reduce(picture.get_raw_bitmap().ok()?, canvas, (width, height))?;
        Some(drawn)
    }

    /// Compares the first page as drawn here and by PDFium, remembers the result, and returns whether they look alike.
    pub(crate) fn compare(&self, ours: &Canvas, by_pdfium: &Canvas) -> bool {
        let are_alike = looks_alike(ours, by_pdfium);
        self.0.set(match are_alike {
            true => Trust::Given,
            false => Trust::Lost,
        });
        are_alike
    }
}

struct Size {
    columns: u32,
    rows: u32,
    /// The size of all samples in bytes, one byte per colour; `None` if it overflows.
    bytes: Option<u32>,
}

impl Size {
    fn of(picture: &PdfPageImageObject<'_>) -> Option<Self> {
        let columns = u32::try_from(picture.width().ok()?).ok()?;
        let rows = u32::try_from(picture.height().ok()?).ok()?;
        let is_grey = matches!(
            picture.color_space(),
            Ok(PdfColorSpace::DeviceGray | PdfColorSpace::CalibratedCIEGray)
        );
        let row = columns.checked_mul(if is_grey { 1 } else { 3 });
        Some(Self {
            columns,
            rows,
            bytes: row.and_then(|row| row.checked_mul(rows)),
        })
    }
}

/// The side in pixels of the cells by which two pictures are compared. A cell's mean depends little on which samples
/// make a pixel.
const CELL: usize = 16;

/// The maximum difference, of 255, between the means of a cell. An edge between black and white that is shifted by a
/// pixel gives 16.
const CELL_DIFFERS: u32 = 48;

/// The maximum mean difference over all cells.
const ALL_DIFFER: u32 = 6;

/// Tells whether two pictures of the same size show the same, in each of their colours.
fn looks_alike(one: &Canvas, other: &Canvas) -> bool {
    let (one, other) = (cells(one), cells(other));
    let differences = one.iter().zip(&other).map(|(a, b)| a.abs_diff(*b));
    let (mut sum, mut largest) = (0_u64, 0);
    for difference in differences {
        sum += u64::from(difference);
        largest = largest.max(difference);
    }
    let mean = sum / u64::try_from(one.len()).unwrap_or(1).max(1);
    one.len() == other.len() && largest <= CELL_DIFFERS && mean <= u64::from(ALL_DIFFER)
}

/// The mean blue, green and red of all cells, row by row.
fn cells(canvas: &Canvas) -> Vec<u32> {
    let raster = canvas.raster();
    let bytes = raster.samples.bytes();
    let rows: Vec<&[u8]> = raster.rows().collect();
    let row_bytes = rows.first().map_or(0, |row| row.len());
    let mut means = Vec::new();
    for rows in rows.chunks(CELL) {
        for left in (0..row_bytes).step_by(CELL * bytes) {
            let right = row_bytes.min(left + CELL * bytes);
            let (mut sums, mut count) = ([0_u32; 3], 0_u32);
            for pixels in rows.iter().filter_map(|row| row.get(left..right)) {
                for pixel in pixels.chunks_exact(bytes) {
                    // A grey counts as an equal amount of each colour.
                    for (sum, colour) in sums.iter_mut().zip(pixel.iter().cycle()) {
                        *sum += u32::from(*colour);
                    }
                    count += 1;
                }
            }
            means.extend(sums.map(|sum| sum / count.max(1)));
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use dozo_codecs::render::raster::Samples;

    use super::looks_alike;
    use crate::Canvas;

    fn painted(samples: Samples, grey: impl Fn(usize, usize) -> u8) -> Canvas {
        let mut canvas = Canvas::default();
        canvas.clear(50, 70, samples);
        let stride = canvas.raster().stride;
        for (at, byte) in canvas.clear(50, 70, samples).iter_mut().enumerate() {
            *byte = grey(at % stride / samples.bytes(), at / stride);
        }
        canvas
    }

    #[test]
    fn pictures_are_alike_when_they_show_the_same() {
        let stripes = |apart: usize| move |x: usize, _| u8::from((x + apart) % 10 < 5) * 255;
        let one = painted(Samples::Grey, stripes(0));
        assert!(looks_alike(&one, &painted(Samples::Grey, stripes(0))));
        assert!(looks_alike(&one, &painted(Samples::Bgrx, stripes(0))));
        assert!(looks_alike(
            &one,
            &painted(Samples::Grey, |x, y| stripes(0)(x, y).clamp(3, 252))
        ));
        let white = painted(Samples::Grey, |_, _| 255);
        let inverted = painted(Samples::Grey, |x, y| 255 - stripes(0)(x, y));
        let masked = painted(
            Samples::Grey,
            |x, y| if y < 20 { 255 } else { stripes(0)(x, y) },
        );
        let other_size = Canvas::default();
        let mut coloured = painted(Samples::Bgrx, stripes(0));
        for pixel in coloured.pixels_mut().chunks_exact_mut(4) {
            if let [blue, _, red, _] = pixel {
                (*blue, *red) = (*blue / 2, red.saturating_add(*blue / 2));
            }
        }
        for other in [white, inverted, masked, other_size, coloured] {
            assert!(!looks_alike(&one, &other));
            assert!(!looks_alike(&other, &one));
        }
    }
}
