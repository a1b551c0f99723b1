//! The results of the decode that judges a picture: its placeholder, and the preview of a large one.

use bytes::Bytes;
use dozo_codecs::header::{self, Header};
use dozo_codecs::render::{Reduced, preview_block};
use dozo_codecs::{Damage, decode};

use crate::vocabulary::record::Content;

/// The files of an accepted image that are delivered.
#[derive(Debug, Clone)]
pub struct Body {
    /// The original.
    pub original: Bytes,
    /// Its preview, if it has one and it was made with the original.
    pub preview: Option<Bytes>,
}

/// Decodes every pixel of a file that is to be delivered, and notes what it leaves behind.
///
/// # Errors
/// [`Damage`] if the file cannot be decoded.
pub(super) fn look(
    content: &mut Content,
    original: Bytes,
    header: &Header,
    previews: bool,
) -> Result<Body, Damage> {
    let preview = None;
    let Some(encoding) = content.format.encoding() else {
        return Ok(Body { original, preview });
    };
    // A drawing is not decoded, so nothing is saved by a preview.
    let block = preview_block(header).filter(|_| previews && !encoding.is_drawn());
    let reduced = decode::reduced(encoding, &original, header, block)?;
    let placeholder = reduced.as_ref().and_then(Reduced::placeholder);
    content.placeholder = placeholder.map(Into::into);
    let preview = reduced.filter(|_| block.is_some()).and_then(encoded);
    content.preview = block.filter(|_| preview.is_some());
    Ok(Body { original, preview })
}

/// Makes the preview of a delivered original again, with blocks of as many pixels as its record says.
///
/// # Errors
/// [`Damage`]; never for a file that was accepted.
pub(super) fn preview_again(content: &Content, original: &[u8]) -> Result<Option<Bytes>, Damage> {
    let (Some(encoding), Some(block)) = (content.format.encoding(), content.preview) else {
        return Ok(None);
    };
    let header = header::read(encoding, original)?;
    let reduced = decode::reduced(encoding, original, &header, Some(block))?;
    Ok(reduced.and_then(encoded))
}

/// Encodes a preview. A picture without one is rendered from its original.
fn encoded(reduced: Reduced) -> Option<Bytes> {
    match reduced.preview() {
        Ok(preview) => preview.map(Bytes::from),
        Err(error) => {
            tracing::warn!(cause = %error, "a preview could not be encoded");
            None
        }
    }
}
