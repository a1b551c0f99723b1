//! Reduces the samples of a picture to the pixels of a page.

use dozo_codecs::render::raster::Samples;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use pdfium_render::prelude::{PdfBitmap, PdfBitmapFormat};

use crate::Canvas;

/// It is as sharp as a cubic filter, and makes no halos around letters.
const FILTER: FilterType = FilterType::Hamming;

/// Returns `None` for a format of samples that a canvas does not have.
pub(super) fn reduce(
    picture: PdfBitmap<'_>,
    canvas: &mut Canvas,
    (width, height): (u32, u32),
) -> Option<()> {
    let (pixel, kind, channels) = match picture.format().ok()? {
        PdfBitmapFormat::Gray => (Samples::Grey, PixelType::U8, 1),
        PdfBitmapFormat::BGR => (Samples::Bgrx, PixelType::U8x3, 3),
        PdfBitmapFormat::BGRx | PdfBitmapFormat::BGRA => return None,
    };
    let (columns, rows) = (
        u32::try_from(picture.width()).ok()?,
        u32::try_from(picture.height()).ok()?,
    );
    let samples = without_padding(picture.as_raw_bytes(), columns.checked_mul(channels)?, rows)?;
    drop(picture);
    let samples = ImageRef::new(columns, rows, &samples, kind).ok()?;
    let mut reduced = Image::new(width, height, kind);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FILTER));
    Resizer::new()
        .resize(&samples, &mut reduced, &options)
        .ok()?;
    canvas.paint(reduced.buffer(), width, height, pixel);
    Some(())
}

/// Removes the padding of PDFium's rows, which begin at multiples of four bytes.
fn without_padding(mut padded: Vec<u8>, row: u32, rows: u32) -> Option<Vec<u8>> {
    let (row, rows) = (usize::try_from(row).ok()?, usize::try_from(rows).ok()?);
    let stride = padded.len().checked_div(rows)?;
    if stride < row {
        return None;
    }
    if stride > row {
        for place in 1..rows {
            padded.copy_within(place * stride..place * stride + row, place * row);
        }
    }
    padded.truncate(row * rows);
    Some(padded)
}
