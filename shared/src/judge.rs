//! Judges a file by its content: what it is, and whether it is accepted.
//!
//! The order is the cost: the first bytes, then the header, then every pixel. A bomb is refused by what its
//! header promises, before that is spent.

use bytes::Bytes;
use dozo_codecs::{Damage, decode, header, strip};
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

/// Reads the whole file as what it was admitted as; the second value is what is delivered.
///
/// # Errors
/// The reason it is refused.
pub fn examine(
    format: Format,
    file: Bytes,
    limits: &Limits,
    keep_metadata: bool,
) -> Result<(Content, Bytes), Reason> {
    let (encoding, name) = (format.encoding(), name(format));
    let damaged = |error: Damage| {
        tracing::debug!(cause = %error, "an image is damaged");
        Reason::Damaged { format: name }
    };
    let header = header::read(encoding, &file).map_err(damaged)?;
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
    let content = Content {
        format,
        bytes: u64::try_from(file.len()).unwrap_or(u64::MAX),
        sha256: Sha256::digest(&file)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        width: header.width,
        height: header.height,
        frames: header.frames,
        progressive: header.is_progressive,
        keep_metadata,
    };
    // Of what is delivered: taking the metadata out of a broken file can break what decoders were lenient with before.
    let body = deliverable(&content, file).map_err(damaged)?;
    decode::verify(encoding, &body).map_err(damaged)?;
    Ok((content, body))
}

/// What is delivered of an accepted file: without its metadata (place, device, names), unless the app keeps it.
///
/// # Errors
/// When it cannot be taken out; never for a file that was accepted.
pub fn deliverable(content: &Content, file: Bytes) -> Result<Bytes, Damage> {
    if content.keep_metadata {
        return Ok(file);
    }
    strip::metadata(content.format.encoding(), &file).map(Bytes::from)
}

fn name(format: Format) -> &'static str {
    match format {
        Format::Jpeg => "a JPEG image",
        Format::Png => "a PNG image",
        Format::Webp => "a WebP image",
        Format::Gif => "a GIF image",
    }
}
