//! An open document, and its pages.

use std::cell::OnceCell;

use dozo_codecs::render::raster::Samples;
use pdfium_render::prelude::{
    PdfBitmap, PdfBitmapFormat, PdfPage, PdfPoints, PdfRect, PdfRenderConfig, PdfiumError,
};

use crate::facts::{Facts, Reading};
use crate::grey::{self, is_grey};
use crate::mend::mend;
use crate::opened::Opened;
use crate::scan::{Drawn, Scans};
use crate::source::Listener;
use crate::{Canvas, Library, crash, text};

/// A coordinate beyond any page, in points: PDFium cuts a box of this size to the page's media box.
const EVERYWHERE: PdfPoints = PdfPoints { value: 1e7 };

/// An open document.
pub struct Document<'a> {
    pub(crate) opened: Opened<'a>,
    pub(crate) facts: Facts,
    library: &'a Library,
    /// The same document with a rebuilt table of objects, for pages that its own table does not lead to.
    mended: OnceCell<Option<Opened<'a>>>,
    scans: Scans,
}

/// A page of a document.
pub struct Page<'a, 'd> {
    page: PdfPage<'a>,
    index: u32,
    opened: &'a Opened<'d>,
    facts: &'a Facts,
    /// The bytes before the data of the streams that were read while the page was loaded.
    streams: Vec<Vec<u8>>,
    listener: &'a Listener,
    scans: &'a Scans,
}

/// Whether a picture is drawn from all of its samples, or from one sample in the middle of each pixel, which is faster.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Smoothing {
    On,
    Off,
}

/// PDFium cannot read this page. The document's other pages may be good.
#[derive(Debug, thiserror::Error)]
#[error("the page cannot be read")]
pub struct BrokenPage(#[source] Option<PdfiumError>);

impl<'a> Document<'a> {
    pub(crate) fn new(library: &'a Library, opened: Opened<'a>, facts: Facts) -> Self {
        Self {
            opened,
            facts,
            library,
            mended: OnceCell::new(),
            scans: Scans::default(),
        }
    }

    /// The number of pages that the document declares.
    #[must_use]
    pub fn pages(&self) -> u32 {
        self.opened.pages()
    }

    /// The reading direction and page layout that the document asks for.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.facts.reading
    }

    /// Loads one of its pages, counted from 0.
    ///
    /// # Errors
    /// [`BrokenPage`] if neither the document nor its repaired copy yields the page.
    pub fn page(&self, index: u32) -> Result<Page<'_, 'a>, BrokenPage> {
        crash::enter_page(index);
        let (page, streams, opened) = match self.opened.page(index) {
            (Ok(page), streams) => (page, streams, &self.opened),
            (Err(error), _) => {
                let again = self.mended().map(|opened| (opened.page(index), opened));
                let Some(((Ok(page), streams), opened)) = again else {
                    return Err(BrokenPage(Some(error)));
                };
                (page, streams, opened)
            }
        };
        Ok(Page {
            page: with_area(page),
            index,
            opened,
            facts: &self.facts,
            streams,
            listener: opened.listener(),
            scans: &self.scans,
        })
    }

    fn mended(&self) -> Option<&Opened<'a>> {
        let mended = self.mended.get_or_init(|| {
            let mended = mend(self.opened.bytes())?;
            Opened::open(self.library, &mended.bytes).ok()
        });
        mended.as_ref()
    }
}

/// Removes a crop box that shows nothing of the page.
fn with_area(mut page: PdfPage<'_>) -> PdfPage<'_> {
    if page.width() <= PdfPoints::ZERO || page.height() <= PdfPoints::ZERO {
        let low = -EVERYWHERE;
        let everything = PdfRect::new(low, low, EVERYWHERE, EVERYWHERE);
        // If this does not help, drawing reports that the page has no area.
        drop(page.boundaries_mut().set_crop(everything));
    }
    page
}

impl Page<'_, '_> {
    /// The page's label in the document, such as "iv" or "A-3".
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.page.label().filter(|label| !label.is_empty())
    }

    /// The page's text, as far as the document stores it. It includes text of forms and annotations and the invisible
    /// text behind a scan, and leaves out hidden layers.
    #[must_use]
    pub fn text(&self) -> String {
        let facts = self.facts;
        let view =
            (facts.has_layers || facts.reading.right_to_left || text::has_more_words(&self.page))
                .then(|| self.opened.view())
                .flatten();
        let text = view.and_then(|view| view.text(self.index, facts.has_layers));
        text.unwrap_or_else(|| text::of_content(&self.page))
    }

    /// Tells whether the page has a form field.
    pub(crate) fn has_field(&self) -> bool {
        let mut annotations = self.page.annotations().iter();
        annotations.any(|annotation| annotation.as_form_field().is_some())
    }

    /// The width and height of the page as it is shown (cropped and rotated), in points of 1/72 inch.
    #[must_use]
    pub fn points(&self) -> (f32, f32) {
        (self.page.width().value, self.page.height().value)
    }

    /// Draws the page, with its forms and annotations, so that its long side has this many pixels.
    ///
    /// # Errors
    /// [`BrokenPage`] if the page has no area or PDFium cannot draw it.
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

    /// Draws in grey if the page has no colours. Some signs of colour only show up while PDFium draws; the page is then
    /// drawn again in colour.
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
        // Ask for form data even where there is none: otherwise pdfium-render draws by a matrix that ignores the fixed
        // size, at one pixel per point in a corner.
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

/// The sides in pixels, at least one each; `None` for a page without an area.
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
