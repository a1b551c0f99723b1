//! The preview of a large picture as a source of small renderings.
//!
//! Its key follows from the path of the request, so it is asked for together with the record that says whether there is
//! one. Without it, the original is read. Whatever a preview cannot tell, such as the picture's size, comes from the
//! record.

use std::num::NonZeroU32;

use bytes::Bytes;
use dozo_codecs::render::Recipe;

use super::source::Source;
use crate::ports::store::{Object, ObjectStore, StoreError, if_there};
use crate::vocabulary::app::{AppRecord, Limits};
use crate::vocabulary::iiif::{Decimal, ImageRequest, OutputFormat, Scale};
use crate::vocabulary::keys::Item;
use crate::vocabulary::keys::render::{Picture, Subject, ThumbFormat};
use crate::vocabulary::preset::{Fit, Preset};

/// The longest side of an answer that may be rendered from a preview: two fifths of the longest preview's.
const MOST_SIDE: u32 = 640;

/// The most percent of the original: two fifths of the preview, which has half of the original's side at most.
const MOST_PERCENT: u32 = 20;

/// A preview, as it was read before the record was known.
pub(super) struct Preview(Object);

/// A preview that a rendering may use.
pub(super) struct Usable {
    /// The file.
    pub(super) body: Bytes,
    /// The pixels of the original along a side that became one of the preview.
    pub(super) block: NonZeroU32,
}

impl Preview {
    /// Reads the preview of a media, if there is one.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(super) async fn read(
        store: &dyn ObjectStore,
        subject: &Subject,
    ) -> Result<Option<Self>, StoreError> {
        let location = subject.delivered(Item::Preview).location();
        let found = if_there(store.get(&location, None).await)?;
        Ok(found.map(Self))
    }

    /// Returns the preview, if it was made from the version of the upload that the record is bound to, and the limits and
    /// the recipe allow it.
    pub(super) fn for_recipe(
        self,
        source: &Source,
        limits: Limits,
        recipe: &Recipe,
    ) -> Option<Usable> {
        let block = source.block_of(&self.0.info, limits)?;
        recipe.may_use_preview(block).then_some(Usable {
            body: self.0.body,
            block,
        })
    }
}

/// Returns whether a request may be answered from a preview, as far as its path and the registration show, if that was
/// read just now. If not, none is asked for.
pub(super) fn may_serve(picture: Picture, request: &ImageRequest, app: Option<&AppRecord>) -> bool {
    let may_be_small = match request.size.scale {
        Scale::Max => false,
        Scale::Width(width) => is_small(width),
        Scale::Height(height) => is_small(height),
        Scale::Percent(percent) => percent <= Decimal::whole(MOST_PERCENT),
        Scale::Exactly(width, height) => is_small(width) && is_small(height),
        // The answer has the region's proportions, so one of the sides may be much shorter.
        Scale::Inside(width, height) => is_small(width) || is_small(height),
    };
    is_allowed(picture, app) && may_be_small && is_lossy(request.format)
}

/// The same of a thumbnail, whose size only the registration tells.
pub(super) fn may_serve_thumb(
    picture: Picture,
    format: ThumbFormat,
    app: Option<&AppRecord>,
) -> bool {
    let may_be_lossy = match format {
        ThumbFormat::Auto => true,
        ThumbFormat::Is(format) => is_lossy(format),
    };
    is_allowed(picture, app) && may_be_lossy
}

/// Returns whether a preset may be so small that a preview serves it.
pub(super) fn may_serve_preset(preset: &Preset) -> bool {
    let (width, height) = (is_small(preset.width), is_small(preset.height));
    match preset.fit {
        Fit::Inside => width || height,
        Fit::Cover | Fit::Exact => width && height,
    }
}

/// Only an image of its own has a preview.
fn is_allowed(picture: Picture, app: Option<&AppRecord>) -> bool {
    picture == Picture::Image && app.is_none_or(|app| app.previews)
}

fn is_small(side: u32) -> bool {
    side <= MOST_SIDE
}

fn is_lossy(format: OutputFormat) -> bool {
    match format {
        OutputFormat::Jpg | OutputFormat::Webp | OutputFormat::Avif => true,
        OutputFormat::Png | OutputFormat::Gif => false,
    }
}
