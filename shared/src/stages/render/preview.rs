//! The preview of a large picture as a source of small renderings.
//!
//! Its key follows from the path of the request, so it is asked for together with the record that says whether there is
//! one. Without it, the original is read. Whatever a preview cannot tell, such as the picture's size, comes from the
//! record.

use std::num::NonZeroU32;

use bytes::Bytes;
use dozo_codecs::render::Recipe;

use super::source::Source;
use crate::ports::store::{Object, ObjectStore, StoreError};
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::iiif::{ImageRequest, OutputFormat, Scale};
use crate::vocabulary::keys::render::{Picture, Subject, ThumbFormat};
use crate::vocabulary::keys::{Item, Key};

/// The longest side of an answer that may be rendered from a preview: two fifths of the longest preview's.
const MOST_SIDE: u32 = 640;

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
    /// Reads the preview of a media, if there is one. An error is no reason not to answer, because the original is there.
    pub(super) async fn find(store: &dyn ObjectStore, subject: &Subject) -> Option<Self> {
        let key = Key::Delivered {
            visibility: subject.visibility,
            app: subject.app.clone(),
            media: subject.media.clone(),
            item: Item::Preview,
        };
        match store.get(&key.location(), None).await {
            Ok(object) => Some(Self(object)),
            Err(StoreError::Missing) => None,
            Err(error) => {
                tracing::warn!(cause = %error, "a preview could not be read");
                None
            }
        }
    }

    /// Returns the preview, if it was made from the version of the upload that the record is bound to, and the app and
    /// the recipe allow it.
    pub(super) fn for_recipe(
        self,
        source: &Source,
        app: &AppRecord,
        recipe: &Recipe,
    ) -> Option<Usable> {
        let block = source.block_of(&self.0.info)?;
        let may_be = app.previews && recipe.may_use_preview(block);
        may_be.then_some(Usable {
            body: self.0.body,
            block,
        })
    }
}

/// Returns whether a request may be answered from a preview, as far as its path shows. If not, none is asked for.
pub(super) fn may_serve(picture: Picture, request: &ImageRequest) -> bool {
    let is_small = |side: u32| side <= MOST_SIDE;
    let may_be_small = match request.size.scale {
        Scale::Max => false,
        Scale::Width(width) => is_small(width),
        Scale::Height(height) => is_small(height),
        Scale::Percent(_) => true,
        Scale::Exactly(width, height) => is_small(width) && is_small(height),
        // The answer has the region's proportions, so one of the sides may be much shorter.
        Scale::Inside(width, height) => is_small(width) || is_small(height),
    };
    picture == Picture::Image && may_be_small && is_lossy(request.format)
}

/// The same of a thumbnail, whose size only the registration tells.
pub(super) fn may_serve_thumb(picture: Picture, format: ThumbFormat) -> bool {
    let may_be_lossy = match format {
        ThumbFormat::Auto => true,
        ThumbFormat::Is(format) => is_lossy(format),
    };
    picture == Picture::Image && may_be_lossy
}

fn is_lossy(format: OutputFormat) -> bool {
    match format {
        OutputFormat::Jpg | OutputFormat::Webp | OutputFormat::Avif => true,
        OutputFormat::Png | OutputFormat::Gif => false,
    }
}
