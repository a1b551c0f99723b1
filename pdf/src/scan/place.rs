//! Checks that a picture fills a page and that nothing else is visible.

use pdfium_render::prelude::{
    PdfClipPath, PdfClipPathSegments, PdfPage, PdfPageImageObject, PdfPageObject,
    PdfPageObjectCommon, PdfPageObjectsCommon, PdfPageRenderRotation, PdfPageTextRenderMode,
    PdfPathSegmentType, PdfPathSegments, PdfRect,
};

/// The maximum number of objects examined on one page: each word that text recognition puts behind a scan is one
/// object.
const MAX_OBJECTS: usize = 20_000;

/// The maximum nesting of form objects.
const MAX_DEPTH: usize = 3;

/// Returns the picture if it is alone, upright and whole, and reaches from edge to edge.
pub(super) fn only_picture<'a>(
    page: &'a PdfPage<'_>,
    pixels: (u32, u32),
) -> Option<PdfPageObject<'a>> {
    let is_upright = page.rotation().ok()? == PdfPageRenderRotation::None;
    if !is_upright || !page.annotations().is_empty() {
        return None;
    }
    let mut picture = None;
    let mut left = MAX_OBJECTS;
    for object in page.objects().iter() {
        match object {
            PdfPageObject::Image(_) if picture.is_none() => picture = Some(object),
            other if is_invisible(&other, MAX_DEPTH, &mut left) => {}
            PdfPageObject::Text(_)
            | PdfPageObject::Path(_)
            | PdfPageObject::Image(_)
            | PdfPageObject::Shading(_)
            | PdfPageObject::XObjectForm(_)
            | PdfPageObject::Unsupported(_) => return None,
        }
    }
    let area = Area::of(page, pixels)?;
    picture.filter(|object| {
        !object.has_transparency()
            && object
                .as_image_object()
                .is_some_and(|picture| area.is_filled_by(picture))
            && object
                .get_clip_path()
                .is_none_or(|clip| area.is_within(&clip))
    })
}

/// Tells whether an object is invisible text, which is only there to be searched.
fn is_invisible(object: &PdfPageObject<'_>, depth: usize, left: &mut usize) -> bool {
    let Some(fewer) = left.checked_sub(1) else {
        return false;
    };
    *left = fewer;
    match object {
        PdfPageObject::Text(text) => text.render_mode() == PdfPageTextRenderMode::Invisible,
        PdfPageObject::XObjectForm(form) => depth
            .checked_sub(1)
            .is_some_and(|depth| form.iter().all(|object| is_invisible(&object, depth, left))),
        PdfPageObject::Path(_)
        | PdfPageObject::Image(_)
        | PdfPageObject::Shading(_)
        | PdfPageObject::Unsupported(_) => false,
    }
}

/// The visible area of a page in points, and half a pixel in points.
struct Area {
    bounds: PdfRect,
    across: f32,
    down: f32,
}

impl Area {
    #[allow(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "sides in pixels, which are far below 2^24"
    )]
    fn of(page: &PdfPage<'_>, (width, height): (u32, u32)) -> Option<Self> {
        let bounds = page.boundaries().bounding().ok()?.bounds;
        Some(Self {
            bounds,
            across: bounds.width().value / width as f32 / 2.0,
            down: bounds.height().value / height as f32 / 2.0,
        })
    }

    fn is_filled_by(&self, picture: &PdfPageImageObject<'_>) -> bool {
        let Ok(matrix) = picture.matrix() else {
            return false;
        };
        let (left, bottom) = (matrix.e(), matrix.f());
        let (right, top) = (left + matrix.a(), bottom + matrix.d());
        let is_at = |side: f32, edge: f32, slack: f32| (side - edge).abs() <= slack;
        // Upright and straight: x does not affect y, nor y x.
        matrix.a() > 0.0
            && matrix.d() > 0.0
            && is_at(matrix.b(), 0.0, self.down)
            && is_at(matrix.c(), 0.0, self.across)
            && is_at(left, self.bounds.left().value, self.across)
            && is_at(right, self.bounds.right().value, self.across)
            && is_at(bottom, self.bounds.bottom().value, self.down)
            && is_at(top, self.bounds.top().value, self.down)
    }

    /// Tells whether each of these paths is a rectangle around the whole area.
    fn is_within(&self, clip: &PdfClipPath<'_>) -> bool {
        (0..clip.len()).all(|index| clip.get(index).is_ok_and(|path| self.is_within_path(&path)))
    }

    fn is_within_path(&self, path: &PdfClipPathSegments<'_>) -> bool {
        let mut corners = Vec::new();
        for segment in path.iter().take(6) {
            match segment.segment_type() {
                PdfPathSegmentType::MoveTo if corners.is_empty() => {}
                PdfPathSegmentType::LineTo if !corners.is_empty() => {}
                PdfPathSegmentType::MoveTo
                | PdfPathSegmentType::LineTo
                | PdfPathSegmentType::BezierTo
                | PdfPathSegmentType::Unknown => return false,
            }
            let (x, y) = (segment.x().value, segment.y().value);
            let (left, right) = (self.bounds.left().value, self.bounds.right().value);
            let (bottom, top) = (self.bounds.bottom().value, self.bounds.top().value);
            match (
                beyond(x, left, right, self.across),
                beyond(y, bottom, top, self.down),
            ) {
                (Some(is_right), Some(is_top)) => corners.push((is_right, is_top)),
                (None, _) | (_, None) => return false,
            }
        }
        // The path must go from corner to neighbouring corner through all four; the closing line is optional.
        let is_around = |corners: &[(bool, bool)]| {
            corners.windows(2).all(|pair| match pair {
                [(right, top), (next_right, next_top)] => {
                    (right != next_right) != (top != next_top)
                }
                _ => false,
            })
        };
        match corners.as_slice() {
            [a, _, c, _] => is_around(&corners) && a != c,
            [a, _, c, _, e] => is_around(&corners) && a != c && a == e,
            _ => false,
        }
    }
}

/// Tells which of two edges a line lies on or beyond: `true` for the upper one, `None` if it lies between them.
fn beyond(line: f32, lower: f32, upper: f32, slack: f32) -> Option<bool> {
    let (is_below, is_above) = (line <= lower + slack, line >= upper - slack);
    (is_below || is_above).then_some(is_above)
}
