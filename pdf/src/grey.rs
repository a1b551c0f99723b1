//! Tells whether a page contains only greys: black text and drawings, grey scans. Such a page is drawn with one byte
//! per pixel, which takes half the time, and becomes a smaller picture without colours.
//!
//! The decision is made from the page's objects before it is drawn. Doubtful pages count as coloured, which is always
//! correct: pages with shadings, transparency, annotations or form fields, and those with features that [only PDFium
//! resolves](SIGNS). A doubtful page still becomes a grey picture if it is [drawn without any
//! colour](Canvas::drop_colours).

use pdfium_render::prelude::{
    PdfColor, PdfColorSpace, PdfPage, PdfPageObject, PdfPageObjectCommon, PdfPageObjectsCommon,
};

#[cfg(doc)]
use crate::Canvas;
use crate::signs::Signs;

/// The maximum number of objects examined on one page. Pages with more objects gain little from a smaller buffer.
const MAX_OBJECTS: usize = 5_000;

/// The maximum nesting of form objects.
const MAX_DEPTH: usize = 3;

/// Features that turn greys into colours. For a pattern, PDFium reports the colour of its components if it has some,
/// and otherwise one of two greys (CPDF_ColorState::SetPattern in core/fpdfapi/page/cpdf_colorstate.cpp).
pub(crate) const SIGNS: Signs = Signs::TRANSFER
    .and(Signs::PATTERN)
    .and(Signs::DEFAULT_SPACE);

/// Tells whether nothing on the page has a colour. `signs` are those found in its document so far.
pub(crate) fn is_grey(page: &PdfPage<'_>, signs: Signs) -> bool {
    if signs.has(SIGNS) || page.has_transparency() || !page.annotations().is_empty() {
        return false;
    }
    let mut seen = Seen {
        left: MAX_OBJECTS,
        has_drawn_glyphs: signs.has(Signs::DRAWN_GLYPHS),
    };
    page.objects()
        .iter()
        .all(|object| seen.has_no_colour(&object, MAX_DEPTH))
}

struct Seen {
    /// The number of objects that may still be examined.
    left: usize,
    /// Whether the document has fonts whose glyphs are drawings with their own colours.
    has_drawn_glyphs: bool,
}

impl Seen {
    fn has_no_colour(&mut self, object: &PdfPageObject<'_>, depth: usize) -> bool {
        let Some(fewer) = self.left.checked_sub(1) else {
            return false;
        };
        self.left = fewer;
        match object {
            PdfPageObject::Text(text) => {
                // A font of drawings (Type 3) has no face in PDFium, and so no family, whatever its name is.
                (!self.has_drawn_glyphs || !text.font().family().is_empty())
                    && is_painted_grey(text)
            }
            PdfPageObject::Path(path) => is_painted_grey(path),
            PdfPageObject::Image(image) => matches!(
                image.color_space(),
                Ok(PdfColorSpace::DeviceGray | PdfColorSpace::CalibratedCIEGray)
            ),
            PdfPageObject::XObjectForm(form) => depth
                .checked_sub(1)
                .is_some_and(|depth| form.iter().all(|object| self.has_no_colour(&object, depth))),
            PdfPageObject::Shading(_) | PdfPageObject::Unsupported(_) => false,
        }
    }
}

fn is_painted_grey<'a>(object: &impl PdfPageObjectCommon<'a>) -> bool {
    [object.fill_color(), object.stroke_color()]
        .iter()
        .all(|colour| colour.as_ref().is_ok_and(is_plain_grey))
}

fn is_plain_grey(colour: &PdfColor) -> bool {
    let grey = colour.red();
    grey == colour.green() && grey == colour.blue()
}
