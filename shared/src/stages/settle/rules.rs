//! Judges a file by its content: which format it is, and whether it is accepted.
//!
//! The cheapest checks come first: the first bytes, then the header, then every pixel. A decompression bomb is refused
//! by the size in its header, before it is decoded.

use bytes::Bytes;
use dozo_codecs::render::{Reduced, preview_block};
use dozo_codecs::{Damage, Encoding, Variant, decode, header, strip};
use dozo_probe::{Description, Refusal};

use crate::stages::sniff::sniff;
use crate::vocabulary::app::{AppRecord, Limits};
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::kind::{Format, Kind};
use crate::vocabulary::record::Content;
use crate::vocabulary::rejection::{LEAST_PICTURE_SIDE, MOST_PICTURE_SIDE, Reason};
use crate::vocabulary::streams::Streams;

/// Returns the format of a file of this size that begins with `head`, if such a file is accepted at all.
///
/// # Errors
/// The reason for which it is refused.
pub fn admit(head: &[u8], bytes: u64, kinds: &[Kind], limits: &Limits) -> Result<Format, Reason> {
    if bytes == 0 {
        return Err(Reason::Empty);
    }
    let format = sniff(head).map_err(|reason| for_app(reason, kinds))?;
    // Only probing the file shows whether it is audio or video.
    let is_played = format.container().is_some();
    let may_be = is_played
        && kinds
            .iter()
            .any(|kind| matches!(kind, Kind::Audio | Kind::Video));
    if !may_be {
        accepted(format.in_words(), format.kind(), kinds)?;
    }
    within_bytes(bytes, &[format.kind()], limits)?;
    Ok(format)
}

/// Drops the advice to save a file in another format if the app accepts no files of its kind in any format.
fn for_app(reason: Reason, kinds: &[Kind]) -> Reason {
    if let Reason::KindNotAccepted {
        found,
        kind: Some(kind),
        ..
    } = &reason
        && let Err(other_kind) = accepted(found, *kind, kinds)
    {
        return other_kind;
    }
    reason
}

fn accepted(found: &'static str, kind: Kind, kinds: &[Kind]) -> Result<(), Reason> {
    if !kinds.contains(&kind) {
        return Err(Reason::KindNotAccepted {
            found,
            kind: Some(kind),
            advice: match kind {
                Kind::Image => "This app does not accept images.",
                Kind::Pdf => "This app does not accept PDFs.",
                Kind::Audio => "This app does not accept audio.",
                Kind::Video => "This app does not accept video.",
            },
        });
    }
    Ok(())
}

/// Checks that a file of this size can be of at least one of these kinds.
///
/// # Errors
/// [`Reason::TooManyBytes`] if it is too large for any of them.
pub fn within_bytes(bytes: u64, kinds: &[Kind], limits: &Limits) -> Result<(), Reason> {
    let limit = limits.most_bytes(kinds);
    if bytes > limit {
        Err(Reason::TooManyBytes { bytes, limit })
    } else {
        Ok(())
    }
}

/// The files of an accepted image that are delivered.
#[derive(Debug, Clone)]
pub struct Body {
    /// The original.
    pub original: Bytes,
    /// Its preview, if it has one and it was made with the original.
    pub preview: Option<Bytes>,
}

/// Reads the whole image in the format it was admitted as. The second value is what to deliver; with `previews`, large
/// pictures get one.
///
/// # Errors
/// The reason for which it is refused.
pub fn examine(
    format: Format,
    encoding: Encoding,
    file: Bytes,
    limits: &Limits,
    keep_metadata: bool,
    previews: bool,
) -> Result<(Content, Body), Reason> {
    let name = format.in_words();
    let damaged = |error: Damage| {
        tracing::debug!(cause = %error, "an image is damaged");
        match error {
            Damage::Unsupported(variant) => Reason::FormatNotSupported {
                found: in_words(variant),
            },
            Damage::Truncated | Damage::Malformed(_) | Damage::Memory => {
                Reason::Damaged { format: name }
            }
        }
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
    let mut content = Content {
        sha256: Some(FileDigest::of(&file).to_string()),
        width: Some(header.width),
        height: Some(header.height),
        frames: header.frames,
        progressive: header.is_progressive,
        keep_metadata,
        ..Content::new(format, u64::try_from(file.len()).unwrap_or(u64::MAX))
    };
    // The delivered file is verified: the header does not show whether the file is whole, and removing the metadata
    // from a broken file can break the parts that decoders were lenient with before.
    let original = deliverable(&content, file).map_err(damaged)?;
    let block = preview_block(&header).filter(|_| previews);
    let reduced = decode::reduced(encoding, &original, &header, block).map_err(damaged)?;
    content.placeholder = reduced
        .as_ref()
        .and_then(Reduced::placeholder)
        .map(Into::into);
    let preview = reduced.filter(|_| block.is_some()).and_then(encoded);
    content.preview = block.filter(|_| preview.is_some());
    Ok((content, Body { original, preview }))
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

/// Makes the preview of a delivered original again, with blocks of as many pixels as its record says.
///
/// # Errors
/// [`Damage`]; never for a file that was accepted.
pub fn preview_again(content: &Content, original: &[u8]) -> Result<Option<Bytes>, Damage> {
    let (Some(encoding), Some(block)) = (content.format.encoding(), content.preview) else {
        return Ok(None);
    };
    let header = header::read(encoding, original)?;
    let reduced = decode::reduced(encoding, original, &header, Some(block))?;
    Ok(reduced.and_then(encoded))
}

/// Describes a variant for people, with its article.
fn in_words(variant: Variant) -> &'static str {
    match variant {
        Variant::Arithmetic => "a JPEG with arithmetic coding",
        Variant::TwelveBit => "a JPEG with 12 bits a sample",
        Variant::Lossless => "a lossless JPEG",
        Variant::Hierarchical => "a hierarchical JPEG",
        Variant::JpegLs => "a JPEG-LS image",
    }
}

/// Returns the reason for refusing a file that was probed as this format.
#[must_use]
pub fn refused(refusal: Refusal, format: Format) -> Reason {
    match refusal {
        Refusal::Damaged => Reason::Damaged {
            format: format.in_words(),
        },
        Refusal::Encrypted => Reason::Protected,
        Refusal::NoStream => Reason::NoStream,
        Refusal::Undecoded { sense, codec } => Reason::UnknownCodec {
            kind: sense.into(),
            codec,
        },
    }
}

/// Returns the properties of an audio or video file from its description, if it is accepted.
///
/// # Errors
/// The reason for which it is refused.
pub fn played(
    format: Format,
    found: &Description,
    bytes: u64,
    app: &AppRecord,
    limits: &Limits,
) -> Result<Content, Reason> {
    let format = match (format, &found.video) {
        (Format::Mp4, None) => Format::M4a,
        (format, _) => format,
    };
    let content = Content {
        width: found.video.as_ref().map(|video| video.width),
        height: found.video.as_ref().map(|video| video.height),
        streams: Some(Streams::from(found)),
        keep_metadata: app.keep_original_metadata,
        ..Content::new(format, bytes)
    };
    accepted(format.in_words(), content.kind(), &app.kinds)?;
    let seconds = found.duration_ms.unwrap_or(0).div_ceil(1_000);
    if seconds > limits.av_seconds {
        return Err(Reason::TooLong {
            seconds,
            limit: limits.av_seconds,
        });
    }
    if let Some(video) = &found.video {
        let sides = LEAST_PICTURE_SIDE..=MOST_PICTURE_SIDE;
        if !sides.contains(&video.width) || !sides.contains(&video.height) {
            return Err(Reason::PictureSize {
                width: video.width,
                height: video.height,
            });
        }
    }
    Ok(content)
}

/// Returns the bytes of an accepted file that are delivered and rendered: without its metadata (place, device, names),
/// unless the app keeps it. A missing end marker is added in either case, so that every reader finds a whole file.
///
/// # Errors
/// Fails if the metadata cannot be removed; never for a file that was accepted.
pub fn deliverable(content: &Content, file: Bytes) -> Result<Bytes, Damage> {
    match content.format.encoding() {
        Some(encoding) if content.keep_metadata => {
            Ok(strip::closed(encoding, &file).map_or(file, Bytes::from))
        }
        Some(encoding) => strip::metadata(encoding, &file).map(Bytes::from),
        None => Ok(file),
    }
}
