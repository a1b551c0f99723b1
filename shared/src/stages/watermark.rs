//! Decides which media can be a watermark.

use crate::vocabulary::iiif::Dimensions;
use crate::vocabulary::kind::Kind;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::watermark::{MOST_BYTES, MOST_PIXELS};

/// Returns the dimensions of a media that can be a watermark: an image that is shown, and that is small enough.
#[must_use]
pub(crate) fn dimensions(record: &MediaRecord) -> Option<Dimensions> {
    let content = record.content.as_ref()?;
    let size = Dimensions {
        width: content.width?,
        height: content.height?,
    };
    let is_small = content.bytes <= MOST_BYTES
        && u64::from(size.width) * u64::from(size.height) <= MOST_PIXELS;
    let is_usable = record.state.is_served() && content.kind() == Kind::Image && is_small;
    is_usable.then_some(size)
}
