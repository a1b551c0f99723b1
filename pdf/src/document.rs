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

/// Further out than any page, in points: a box of this size is cut to the page's media box.
const EVERYWHERE: PdfPoints = PdfPoints { value: 1e7 };

/// An open document.
pub struct Document<'a> {
    pub(crate) opened: Opened<'a>,
    pub(crate) facts: Facts,
    library: &'a Library,
    /// The same with a table of its objects that was made here, for pages that its own one does not lead to.
    mended: OnceCell<Option<Opened<'a>>>,
    scans: Scans,
}

/// A page of it.
pub struct Page<'a, 'd> {
    page: PdfPage<'a>,
    index: u32,
    opened: &'a Opened<'d>,
    facts: &'a Facts,
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
    pub(crate) fn new(library: &'a Library, opened: Opened<'a>, facts: Facts) -> Self {
        Self {
            opened,
            facts,
            library,
            mended: OnceCell::new(),
            scans: Scans::default(),
        }
    }

    /// How many pages it says it has.
    #[must_use]
    pub fn pages(&self) -> u32 {
        self.opened.pages()
    }

    /// How it wants to be read.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.facts.reading
    }

    /// One of its pages, counted from 0.
    ///
    /// # Errors
    /// [`BrokenPage`]
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

/// A page whose crop box holds nothing of it is shown as if it had none.
fn with_area(mut page: PdfPage<'_>) -> PdfPage<'_> {
    if page.width() <= PdfPoints::ZERO || page.height() <= PdfPoints::ZERO {
        let low = -EVERYWHERE;
        let everything = PdfRect::new(low, low, EVERYWHERE, EVERYWHERE);
        // Where it does not help, the page is found to have no area.
        drop(page.boundaries_mut().set_crop(everything));
    }
    page
}

impl Page<'_, '_> {
    /// As the document calls it: "iv", "A-3".
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.page.label().filter(|label| !label.is_empty())
    }

    /// The words that stand on it, as far as the document tells them; those of its forms and annotations among them, and those that
    /// lie invisible behind a scan, and none of a hidden layer.
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

    /// Whether a form's field stands on it.
    pub(crate) fn has_field(&self) -> bool {
        let mut annotations = self.page.annotations().iter();
        annotations.any(|annotation| annotation.as_form_field().is_some())
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
