//! Whether a page holds nothing but greys: text and drawings in black, scans in grey. It is then drawn with one byte a
//! pixel, which takes half the time, and becomes a picture without colours, which is smaller.
//!
//! Decided by the page's objects before it is drawn, and in doubt for colour, which is never wrong: patterns and shadings,
//! transparency, annotations and forms' fields, glyphs that are drawings themselves, colour spaces that only PDFium
//! resolves.

use pdfium_render::prelude::{
    PdfColor, PdfColorSpace, PdfPage, PdfPageObject, PdfPageObjectCommon, PdfPageObjectsCommon,
};

/// Looked at on one page. Whoever draws more than this is hardly helped by less to draw on.
const MAX_OBJECTS: usize = 5_000;

/// Content within content within content.
const MAX_DEPTH: usize = 3;

/// What PDFium says of a fill with a shading, and of one with a tiling (CPDF_ColorState::SetPattern in
/// core/fpdfapi/page/cpdf_colorstate.cpp): greys that are none.
const PATTERNS: [u8; 2] = [0xff, 0xbf];

/// Whether nothing of it has a colour.
pub(crate) fn is_grey(page: &PdfPage<'_>) -> bool {
    if page.has_transparency() || !page.annotations().is_empty() {
        return false;
    }
    let mut left = MAX_OBJECTS;
    page.objects()
        .iter()
        .all(|object| has_no_colour(&object, MAX_DEPTH, &mut left))
}

fn has_no_colour(object: &PdfPageObject<'_>, depth: usize, left: &mut usize) -> bool {
    let Some(fewer) = left.checked_sub(1) else {
        return false;
    };
    *left = fewer;
    match object {
        // Only a font of drawings (Type 3) has no name: those may bring their own colours.
        PdfPageObject::Text(text) => !text.font().name().is_empty() && is_painted_grey(text),
        PdfPageObject::Path(path) => is_painted_grey(path),
        PdfPageObject::Image(image) => matches!(
            image.color_space(),
            Ok(PdfColorSpace::DeviceGray | PdfColorSpace::CalibratedCIEGray)
        ),
        PdfPageObject::XObjectForm(form) => depth.checked_sub(1).is_some_and(|depth| {
            form.iter()
                .all(|object| has_no_colour(&object, depth, left))
        }),
        PdfPageObject::Shading(_) | PdfPageObject::Unsupported(_) => false,
    }
}

fn is_painted_grey<'a>(object: &impl PdfPageObjectCommon<'a>) -> bool {
    [object.fill_color(), object.stroke_color()]
        .iter()
        .all(|colour| colour.as_ref().is_ok_and(is_plain_grey))
}

fn is_plain_grey(colour: &PdfColor) -> bool {
    let grey = colour.red();
    grey == colour.green() && grey == colour.blue() && !PATTERNS.contains(&grey)
}
