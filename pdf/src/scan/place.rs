//! Whether a picture fills a page on which nothing else is to be seen.

use pdfium_render::prelude::{
    PdfClipPath, PdfClipPathSegments, PdfPage, PdfPageImageObject, PdfPageObject,
    PdfPageObjectCommon, PdfPageObjectsCommon, PdfPageRenderRotation, PdfPageTextRenderMode,
    PdfPathSegmentType, PdfPathSegments, PdfRect,
};

/// Looked at on one page: the words that a reader of characters puts behind a scan are one object each.
const MAX_OBJECTS: usize = 20_000;

/// Content within content within content.
const MAX_DEPTH: usize = 3;

/// The picture, when it is to be seen as it is: upright, whole, from edge to edge, and alone.
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

/// Words that are only there to be found.
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

/// What is seen of a page, in points, and half a pixel of it.
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
        // Upright: nothing of x goes into y, and the other way round.
        let is_upright = matrix.a() > 0.0 && matrix.d() > 0.0;
        let is_straight = matrix.b().abs() <= self.down && matrix.c().abs() <= self.across;
        is_upright
            && is_straight
            && self.is_left(left)
            && self.is_bottom(bottom)
            && self.is_right(left + matrix.a())
            && self.is_top(bottom + matrix.d())
    }

    /// Whether each of these paths is a rectangle around all of it.
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
            corners.push(match (self.side(x), self.side_up(y)) {
                (Some(is_right), Some(is_top)) => (is_right, is_top),
                _ => return false,
            });
        }
        // Around: from each corner to one beside it, through all four, and back if that is said.
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

    /// On which side of it, or beyond, a line lies: `true` on the right.
    fn side(&self, x: f32) -> Option<bool> {
        let is_left = x <= self.bounds.left().value + self.across;
        let is_right = x >= self.bounds.right().value - self.across;
        (is_left || is_right).then_some(is_right)
    }

    fn side_up(&self, y: f32) -> Option<bool> {
        let is_bottom = y <= self.bounds.bottom().value + self.down;
        let is_top = y >= self.bounds.top().value - self.down;
        (is_bottom || is_top).then_some(is_top)
    }

    fn is_left(&self, x: f32) -> bool {
        (x - self.bounds.left().value).abs() <= self.across
    }

    fn is_right(&self, x: f32) -> bool {
        (x - self.bounds.right().value).abs() <= self.across
    }

    fn is_bottom(&self, y: f32) -> bool {
        (y - self.bounds.bottom().value).abs() <= self.down
    }

    fn is_top(&self, y: f32) -> bool {
        (y - self.bounds.top().value).abs() <= self.down
    }
}
