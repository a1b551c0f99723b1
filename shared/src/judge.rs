//! Judges a file by its content: what it is, and whether it is accepted.
//!
//! The order is the cost: the first bytes, then the header, then every pixel. A bomb is refused by what its
//! header promises, before that is spent.

use dozo_codecs::{Encoding, decode, header};
use sha2::{Digest, Sha256};

use crate::app::Limits;
use crate::kind::{Format, Kind};
use crate::record::Content;
use crate::rejection::Reason;
use crate::sniff::sniff;

/// The format of a file of this size that begins with `head`, if such a file is accepted at all.
///
/// # Errors
/// The reason it is refused.
pub fn admit(head: &[u8], bytes: u64, kinds: &[Kind], limits: &Limits) -> Result<Format, Reason> {
    if bytes == 0 {
        return Err(Reason::Empty);
    }
    let format = sniff(head)?;
    if !kinds.contains(&format.kind()) {
        return Err(Reason::KindNotAccepted {
            found: "an image",
            kind: Some(format.kind()),
            advice: "This app does not accept images.",
        });
    }
    match format.kind() {
        Kind::Image => within_bytes(bytes, limits)?,
        // No format of theirs is admitted by `sniff` yet.
        Kind::Pdf | Kind::Audio | Kind::Video => return Err(Reason::UnknownFormat),
    }
    Ok(format)
}

/// Whether a file of this size can be of any accepted kind.
///
/// # Errors
/// [`Reason::TooManyBytes`]: it is not worth a look.
pub fn within_bytes(bytes: u64, limits: &Limits) -> Result<(), Reason> {
    let limit = limits.image_bytes;
    if bytes > limit {
        Err(Reason::TooManyBytes { bytes, limit })
    } else {
        Ok(())
    }
}

/// Reads the whole file as what it was admitted as.
///
/// # Errors
/// The reason it is refused.
pub fn examine(format: Format, bytes: &[u8], limits: &Limits) -> Result<Content, Reason> {
    let (encoding, name) = match format {
        Format::Jpeg => (Encoding::Jpeg, "a JPEG image"),
        Format::Png => (Encoding::Png, "a PNG image"),
        Format::Webp => (Encoding::Webp, "a WebP image"),
        Format::Gif => (Encoding::Gif, "a GIF image"),
    };
    let damaged = |error: dozo_codecs::Damage| {
        tracing::debug!(cause = %error, "an image is damaged");
        Reason::Damaged { format: name }
    };
    let header = header::read(encoding, bytes).map_err(damaged)?;
    if header.frames > limits.image_frames {
        return Err(Reason::TooManyFrames {
            frames: header.frames,
            limit: limits.image_frames,
        });
    }
    if header.pixels() > limits.image_pixels {
        return Err(Reason::TooManyPixels {
            pixels: header.pixels(),
            limit: limits.image_pixels,
        });
    }
    if header.pixels() == 0 {
        return Err(Reason::Damaged { format: name });
    }
    decode::verify(encoding, bytes).map_err(damaged)?;
    Ok(Content {
        format,
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        sha256: Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        width: header.width,
        height: header.height,
        frames: header.frames,
    })
}
