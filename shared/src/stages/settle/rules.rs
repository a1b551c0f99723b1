//! Judges a file by its content: which format it is, and whether it is accepted.
//!
//! The cheapest checks come first: the first bytes, then the header, then every pixel. A decompression bomb is refused
//! by the size in its header, before it is decoded.

use bytes::Bytes;
use dozo_codecs::{Damage, Variant, header, strip};
use dozo_probe::{Description, Refusal};

use super::seen::{self, Body};
use crate::stages::sniff::sniff;
use crate::vocabulary::app::{AppRecord, Limits};
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::kind::{Format, Kind};
use crate::vocabulary::record::Content;
use crate::vocabulary::rejection::{LEAST_PICTURE_SIDE, MOST_PICTURE_SIDE, Reason};
use crate::vocabulary::streams::Streams;
use crate::vocabulary::upload_format::UploadFormat;

/// Returns the format of a file of this size that begins with `head`, if such a file is accepted at all.
///
/// # Errors
/// The reason for which it is refused.
pub fn admit(
    head: &[u8],
    bytes: u64,
    app: &AppRecord,
    limits: &Limits,
) -> Result<UploadFormat, Reason> {
    if bytes == 0 {
        return Err(Reason::Empty);
    }
    let format = sniff(head).map_err(|reason| for_app(reason, app))?;
    // Only probing the file shows whether it is audio or video.
    if !format.may_be(&app.kinds) {
        accepted(format.in_words(), format.kind(), &app.kinds)?;
    }
    let is_mp4 = format == UploadFormat::Kept(Format::Mp4);
    if !(is_mp4 && app.takes(UploadFormat::Kept(Format::M4a))) {
        in_accepted_format(format, app)?;
    }
    within_bytes(bytes, &[format.kind()], limits)?;
    Ok(format)
}

/// Replaces the advice to save a file in another format if the app accepts no files of its kind in any format, or
/// certain formats only.
fn for_app(reason: Reason, app: &AppRecord) -> Reason {
    let Reason::KindNotAccepted {
        found,
        kind: Some(kind),
        ..
    } = &reason
    else {
        return reason;
    };
    if let Err(other_kind) = accepted(found, *kind, &app.kinds) {
        return other_kind;
    }
    match &app.formats {
        Some(formats) => format_not_accepted(found, *kind, formats),
        None => reason,
    }
}

/// Returns a refusal that names the accepted formats of the same kind, or all if there are none.
fn format_not_accepted(found: &'static str, kind: Kind, formats: &[UploadFormat]) -> Reason {
    let of_kind: Vec<_> = formats
        .iter()
        .copied()
        .filter(|format| format.kind() == kind)
        .collect();
    Reason::FormatNotAccepted {
        found,
        accepted: if of_kind.is_empty() {
            formats.to_vec()
        } else {
            of_kind
        },
    }
}

fn in_accepted_format(format: UploadFormat, app: &AppRecord) -> Result<(), Reason> {
    match &app.formats {
        Some(formats) if !formats.contains(&format) => Err(format_not_accepted(
            format.in_words(),
            format.kind(),
            formats,
        )),
        Some(_) | None => Ok(()),
    }
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

/// Reads the whole image in the format it was admitted as, which is delivered. The second value is what to deliver; with
/// `previews`, large pictures get one.
///
/// # Errors
/// The reason for which it is refused.
pub fn examine(
    format: Format,
    file: Bytes,
    limits: &Limits,
    keep_metadata: bool,
    previews: bool,
) -> Result<(Content, Body), Reason> {
    // Nothing but images is examined here.
    let encoding = format.encoding().ok_or(Reason::UnknownFormat)?;
    let name = format.in_words();
    let damaged = |error: Damage| {
        tracing::debug!(cause = %error, "an image is damaged");
        match error {
            Damage::Unsupported(variant) => Reason::FormatNotSupported {
                found: in_words(variant),
            },
            // No drawing is examined here, so nothing is unavailable.
            Damage::Truncated | Damage::Malformed(_) | Damage::Memory | Damage::Unavailable(_) => {
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
    let body = seen::look(&mut content, original, &header, previews).map_err(damaged)?;
    Ok((content, body))
}

/// Describes a variant for people, with its article.
pub(super) fn in_words(variant: Variant) -> &'static str {
    match variant {
        Variant::Arithmetic => "a JPEG with arithmetic coding",
        Variant::TwelveBit => "a JPEG with 12 bits a sample",
        Variant::Lossless => "a lossless JPEG",
        Variant::Hierarchical => "a hierarchical JPEG",
        Variant::JpegLs => "a JPEG-LS image",
        Variant::HeifOverlay => "a HEIF image that is laid out of several others",
        Variant::HeifProtected => "an encrypted HEIF image",
        Variant::HeifScattered => "a HEIF image whose parts lie in other files",
        Variant::HeifCoding => "a HEIF image in a rare coding",
        Variant::HeifProperty => "a HEIF image with a rare property",
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
    in_accepted_format(UploadFormat::Kept(format), app)?;
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

/// Returns the bytes that are delivered of an accepted file whose format is kept: without its metadata (place, device,
/// names), unless the app keeps it. A missing end marker is added in either case, so that every reader finds a whole file.
///
/// # Errors
/// Fails if the metadata cannot be removed; never for a file that was accepted.
pub fn deliverable(content: &Content, file: Bytes) -> Result<Bytes, Damage> {
    match content.format.encoding() {
        // A drawing is never delivered as it came.
        Some(encoding) if content.keep_metadata && !encoding.is_drawn() => {
            Ok(strip::closed(encoding, &file).map_or(file, Bytes::from))
        }
        Some(encoding) => strip::metadata(encoding, &file).map(Bytes::from),
        None => Ok(file),
    }
}
