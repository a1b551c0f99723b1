//! Whether a page holds nothing but greys: text and drawings in black, scans in grey. It is then drawn with one byte a
//! pixel, which takes half the time, and becomes a picture without colours, which is smaller.
//!
//! Decided by the page's objects before it is drawn, and in doubt for colour, which is never wrong: shadings, transparency,
//! annotations and forms' fields, and what [only PDFium resolves](SIGNS). A page in doubt becomes a picture of greys
//! all the same when it is [drawn without any colour](Canvas::drop_colours).

use pdfium_render::prelude::{
    PdfColor, PdfColorSpace, PdfPage, PdfPageObject, PdfPageObjectCommon, PdfPageObjectsCommon,
};

#[cfg(doc)]
use crate::Canvas;
use crate::signs::Signs;

/// Looked at on one page. Whoever draws more than this is hardly helped by less to draw on.
const MAX_OBJECTS: usize = 5_000;

/// Content within content within content.
const MAX_DEPTH: usize = 3;

/// What makes colours of greys. Of a pattern, PDFium tells the colour of its components where it has some, and else one
/// of two greys (CPDF_ColorState::SetPattern in core/fpdfapi/page/cpdf_colorstate.cpp).
pub(crate) const SIGNS: Signs = Signs::TRANSFER
    .and(Signs::PATTERN)
    .and(Signs::DEFAULT_SPACE);

/// Whether nothing of it has a colour. `signs`: of its document, once it was read.
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
    /// Objects that are still looked at.
    left: usize,
    /// Whether the document has fonts whose glyphs are drawings, with colours of their own.
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
                // PDFium has no face, and so no family, for a font of drawings (Type 3), whatever it calls itself.
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
