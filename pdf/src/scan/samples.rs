//! Reduces the samples of a picture to the pixels of a page.

use dozo_codecs::render::raster::Samples;
use dozo_resample::{Filter, Resampler};
use pdfium_render::prelude::{PdfBitmap, PdfBitmapFormat};

use crate::Canvas;

/// It is as sharp as a cubic filter, and makes no halos around letters.
const FILTER: Filter = Filter::Hamming;

/// Returns `None` for a format of samples that a canvas does not have.
pub(super) fn reduce(
    picture: PdfBitmap<'_>,
    canvas: &mut Canvas,
    (width, height): (u32, u32),
) -> Option<()> {
    let (pixel, channels) = match picture.format().ok()? {
        PdfBitmapFormat::Gray => (Samples::Grey, 1),
        PdfBitmapFormat::BGR => (Samples::Bgrx, 3),
        PdfBitmapFormat::BGRx | PdfBitmapFormat::BGRA => return None,
    };
    let (columns, rows) = (
        u32::try_from(picture.width()).ok()?,
        u32::try_from(picture.height()).ok()?,
    );
    let row = usize::try_from(columns).ok()?.checked_mul(channels)?;
    let mut samples = without_padding(picture.as_raw_bytes(), row, rows)?;
    drop(picture);
    let whole = [0.0, 0.0, f64::from(columns), f64::from(rows)];
    let reduced = Resampler::new(FILTER)
        .resample(
            &mut samples,
            channels,
            (columns, rows),
            (width, height),
            whole,
        )
        .ok()?;
    canvas.paint(&reduced, width, height, pixel);
    Some(())
}

/// Removes the padding of PDFium's rows, which begin at multiples of four bytes.
fn without_padding(mut padded: Vec<u8>, row: usize, rows: u32) -> Option<Vec<u8>> {
    let rows = usize::try_from(rows).ok()?;
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
