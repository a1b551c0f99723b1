//! An open document, and its pages.

use std::cell::OnceCell;

use dozo_codecs::render::raster::Samples;
use pdfium_render::prelude::{
    PdfBitmap, PdfBitmapFormat, PdfDocument, PdfPage, PdfPageAnnotationType, PdfRenderConfig,
    PdfiumError,
};

use crate::grey::{self, is_grey};
use crate::scan::{Drawn, Scans};
use crate::signs::Signs;
use crate::source::Listener;
use crate::{Canvas, crash, fonts};

/// An open document.
pub struct Document<'a> {
    document: PdfDocument<'a>,
    open: &'a Open<'a>,
    /// Opened once more, for pages with letters that PDFium's own faces lack: PDFium gives a font its face when it first
    /// reads it, and may keep it as long as the document is open.
    again: OnceCell<Option<PdfDocument<'a>>>,
    listener: Listener,
    scans: Scans,
}

type Open<'a> = dyn Fn() -> Result<PdfDocument<'a>, PdfiumError> + 'a;

/// A page of it.
pub struct Page<'a> {
    page: PdfPage<'a>,
    /// What stands before the data of the streams that it was read from.
    streams: Vec<Vec<u8>>,
    listener: &'a Listener,
    scans: &'a Scans,
}

/// Whether a picture is drawn by all of its samples, or by those in the middle of each pixel, which is faster.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Smoothing {
    On,
    Off,
}

/// A page that PDFium cannot make anything of. The others may be good.
#[derive(Debug, thiserror::Error)]
#[error("the page cannot be read")]
pub struct BrokenPage(#[source] Option<PdfiumError>);

impl<'a> Document<'a> {
    /// `open`: opens it once more.
    pub(crate) fn new(document: PdfDocument<'a>, open: &'a Open<'a>, listener: Listener) -> Self {
        Self {
            document,
            open,
            again: OnceCell::new(),
            listener,
            scans: Scans::default(),
        }
    }

    /// How many pages it says it has.
    #[must_use]
    pub fn pages(&self) -> u32 {
        u32::try_from(self.document.pages().len()).unwrap_or(0)
    }

    /// One of them, counted from 0.
    ///
    /// # Errors
    /// [`BrokenPage`]
    pub fn page(&self, index: u32) -> Result<Page<'_>, BrokenPage> {
        crash::enter_page(index);
        let (page, streams) = self.read(index);
        Ok(Page {
            page: page.map_err(|error| BrokenPage(Some(error)))?,
            streams,
            listener: &self.listener,
            scans: &self.scans,
        })
    }

    /// Reads a page, with what stands before the streams that it was read from.
    fn read(&self, index: u32) -> (Result<PdfPage<'_>, PdfiumError>, Vec<Vec<u8>>) {
        let get = |document: &PdfDocument<'a>| match index.try_into() {
            Ok(index) => document.pages().get(index),
            Err(_) => Err(PdfiumError::PageIndexOutOfBounds),
        };
        let read = || self.listener.streams_of(|| get(&self.document));
        let ((page, streams), has_own_faces) = fonts::with_own_faces(read);
        let is_read_again = has_own_faces
            && self.listener.signs().has(Signs::LETTERS)
            && page.as_ref().is_ok_and(has_other_letters);
        if is_read_again {
            let again = self.again.get_or_init(|| (self.open)().ok());
            if let Some((Ok(page), streams)) = again
                .as_ref()
                .map(|again| self.listener.streams_of(|| get(again)))
            {
                return (Ok(page), streams);
            }
        }
        (page, streams)
    }
}

impl Page<'_> {
    /// As the document calls it: "iv", "A-3".
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.page.label().filter(|label| !label.is_empty())
    }

    /// Its words, as far as the document tells them.
    #[must_use]
    pub fn text(&self) -> String {
        self.page.text().map(|text| text.all()).unwrap_or_default()
    }

    /// Width and height as it is to be seen (cropped, turned), in points: 72 an inch.
    #[must_use]
    pub fn points(&self) -> (f32, f32) {
        (self.page.width().value, self.page.height().value)
    }

    /// Draws it, so that its long side has this many pixels, with what its forms and annotations show.
    ///
    /// # Errors
    /// [`BrokenPage`]
    pub fn draw(&self, canvas: &mut Canvas, long_side: u32) -> Result<(), BrokenPage> {
        let size = fit(self.points(), long_side).ok_or(BrokenPage(None))?;
        let drawn = self
            .scans
            .draw(&self.page, &self.streams, self.listener, canvas, size);
        let is_drawn = match drawn {
            Some(Drawn::Surely) => true,
            Some(Drawn::First) => {
                let mut by_pdfium = Canvas::default();
                self.draw_by_pdfium(&mut by_pdfium, size, Smoothing::Off)?;
                self.scans.compare(canvas, &by_pdfium)
            }
            None => false,
        };
        if !is_drawn {
            self.draw_by_pdfium(canvas, size, Smoothing::On)?;
        }
        canvas.drop_colours();
        Ok(())
    }

    /// In greys where the page has no colours. Some of what tells is only read as it is drawn.
    fn draw_by_pdfium(
        &self,
        canvas: &mut Canvas,
        size: (u32, u32),
        smoothing: Smoothing,
    ) -> Result<(), BrokenPage> {
        if is_grey(&self.page, self.listener.signs()) {
            self.draw_in(Samples::Grey, canvas, size, smoothing)?;
            if !self.listener.signs().has(grey::SIGNS) {
                return Ok(());
            }
        }
        self.draw_in(Samples::Bgrx, canvas, size, smoothing)
    }

    fn draw_in(
        &self,
        samples: Samples,
        canvas: &mut Canvas,
        (width, height): (u32, u32),
        smoothing: Smoothing,
    ) -> Result<(), BrokenPage> {
        let failed = |error| BrokenPage(Some(error));
        let format = match samples {
            Samples::Grey => PdfBitmapFormat::Gray,
            Samples::Bgrx => PdfBitmapFormat::BGRx,
        };
        let pixels = canvas.clear(width, height, samples);
        let side = |length: u32| i32::try_from(length).ok().ok_or(BrokenPage(None));
        let (width, height) = (side(width)?, side(height)?);
        let mut bitmap = PdfBitmap::from_bytes(width, height, format, pixels).map_err(failed)?;
        // Form data is drawn, also where there is none: without it, the page would be drawn at one pixel a point in a
        // corner of the fixed size, by a matrix that knows nothing of it.
        let config = PdfRenderConfig::new()
            .clear_before_rendering(false)
            .set_reverse_byte_order(false)
            .set_fixed_size(width, height)
            .set_image_smoothing(smoothing == Smoothing::On)
            .render_form_data(true);
        self.page
            .render_into_bitmap_with_config(&mut bitmap, &config)
            .map_err(failed)
    }
}

/// Whether it has letters that PDFium's own faces lack, or fields and notes that may have some.
fn has_other_letters(page: &PdfPage<'_>) -> bool {
    let has_notes = page.annotations().iter().any(|annotation| {
        !matches!(
            annotation.annotation_type(),
            PdfPageAnnotationType::Link | PdfPageAnnotationType::Popup
        )
    });
    has_notes
        || page.text().is_ok_and(|text| {
            text.chars().iter().any(|char| {
                char.unicode_char().is_some_and(fonts::is_beyond_own_faces)
                    && char.text_object().ok().is_none_or(|words| {
                        let font = words.font();
                        !font.is_embedded().unwrap_or(false) && !fonts::is_of_symbols(&font.name())
                    })
            })
        })
}

/// The sides in pixels, at least one each; nothing for a page without an area.
#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 1 and the long side, which fits"
)]
fn fit((width, height): (f32, f32), long_side: u32) -> Option<(u32, u32)> {
    let has_area = |side: f32| side.is_finite() && side > 0.0;
    if !has_area(width) || !has_area(height) {
        return None;
    }
    let scale = f64::from(long_side) / f64::from(width.max(height));
    let side = |points: f32| (f64::from(points) * scale).round().max(1.0) as u32;
    Some((side(width).min(long_side), side(height).min(long_side)))
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_page_is_as_long_as_was_asked_for() {
        for (points, expected) in [
            ((595.0, 842.0), Some((1_131, 1_600))),
            ((842.0, 595.0), Some((1_600, 1_131))),
            ((1.0, 100_000.0), Some((1, 1_600))),
            ((1_000_000.0, 1_000_000.0), Some((1_600, 1_600))),
            ((0.001, 0.001), Some((1_600, 1_600))),
            ((0.0, 10.0), None),
            ((-5.0, 10.0), None),
            ((f32::NAN, 10.0), None),
            ((f32::INFINITY, 10.0), None),
        ] {
            assert_eq!(fit(points, 1_600), expected, "{points:?}");
        }
    }
}
