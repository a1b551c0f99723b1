//! Makes the original of a picture in a format that is accepted, but not delivered.
//!
//! The same upload always gives the same original, so a process that continues where another died puts the same bytes.

use bytes::Bytes;
use dozo_codecs::convert::{self, ConvertError, Hevc, Made};
use dozo_codecs::svg::{self, Fonts};
use dozo_codecs::{Damage, Encoding, header};

use super::rules;
use super::seen::{self, Body};
use crate::platform::error::Error;
use crate::stages::sniff::raw_photo;
use crate::vocabulary::app::Limits;
use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::kind::Format;
use crate::vocabulary::record::Content;
use crate::vocabulary::rejection::Reason;
use crate::vocabulary::upload_format::Convertible;

/// The tools for formats that we do not decode alone.
#[derive(Clone, Copy)]
pub(super) struct Tools<'a> {
    /// The decoder of HEVC.
    pub(super) hevc: Option<&'a dyn Hevc>,
    /// The fonts of drawings.
    pub(super) fonts: &'a Fonts,
}

/// Reads the whole picture, and makes the original of it. The second value is what to deliver; with `previews`, large
/// pictures get one. The limit of bytes is that of the original that is made.
///
/// # Errors
/// Fails if the decoder of HEVC cannot be run. Within it is the reason for which the file is refused.
pub(super) fn examine(
    from: Convertible,
    file: &Bytes,
    limits: &Limits,
    tools: Tools<'_>,
    previews: bool,
) -> Result<Result<(Content, Body), Reason>, Error> {
    let made = judged(from, file, limits, tools);
    match made.and_then(|made| looked_at(from, made, previews)) {
        Ok(made) => Ok(Ok(made)),
        Err(Stop::Refused(reason)) => Ok(Err(reason)),
        Err(Stop::Decoder(error)) => Err(Error::Engine(Box::new(error))),
    }
}

/// Notes what the picture that was made leaves behind. It is ours, so it can be decoded; if not, it is not published.
fn looked_at(
    from: Convertible,
    (mut content, original): (Content, Bytes),
    previews: bool,
) -> Result<(Content, Body), Stop> {
    let is_drawn = content.format == Format::Svg;
    let undecodable = |damage: Damage| {
        if let Damage::Unavailable(error) = damage {
            return Stop::Decoder(error);
        }
        // It is drawn at its largest size.
        if is_drawn {
            tracing::debug!(cause = %damage, "a drawing takes too much");
            let found = "an SVG image that takes more time or memory to draw than an image should";
            return Reason::FormatNotSupported { found }.into();
        }
        tracing::error!(cause = %damage, "an original that was made cannot be decoded");
        refused(from, damage.into())
    };
    let encoding = content.format.encoding().ok_or(Reason::UnknownFormat)?;
    let header = header::read(encoding, &original).map_err(undecodable)?;
    let body = seen::look(&mut content, original, &header, previews).map_err(undecodable)?;
    Ok((content, body))
}

/// The reasons to stop.
enum Stop {
    Refused(Reason),
    Decoder(std::io::Error),
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

fn judged(
    from: Convertible,
    file: &Bytes,
    limits: &Limits,
    tools: Tools<'_>,
) -> Result<(Content, Bytes), Stop> {
    let refused = |error| refused(from, error);
    // The first look may not have seen its directory, which can stand anywhere in the file. The code is not
    // `kind_not_accepted`, as it would be there: with that code, each later message would look at the beginning again,
    // find a TIFF that is accepted, and judge the file anew.
    if from == Convertible::Tiff
        && let Some(found) = raw_photo(file)
    {
        return Err(Reason::FormatNotSupported { found }.into());
    }
    let pictures = match from.decoder() {
        Some(decoder) => {
            let facts = convert::facts(decoder, file).map_err(refused)?;
            within_pixels(facts.pixels(), limits)?;
            facts.pictures
        }
        None => 1,
    };
    let Made { encoding, bytes } = made(from, file, tools).map_err(refused)?;
    // Renderings read it whole.
    if u64::try_from(bytes.len()).is_ok_and(|bytes| bytes > limits.image_bytes) {
        let found = "an image whose JPEG, PNG or SVG would be larger than what is accepted";
        return Err(Reason::FormatNotSupported { found }.into());
    }
    let (width, height) = size(encoding, &bytes).map_err(|damage| refused(damage.into()))?;
    within_pixels(u64::from(width) * u64::from(height), limits)?;
    let drawn = encoding
        .is_drawn()
        .then(|| svg::drawn_size(&bytes).map_err(|damage| refused(damage.into())));
    let content = Content {
        made_from: Some(from),
        pictures: (pictures > 1).then_some(pictures),
        sha256: Some(FileDigest::of(file).to_string()),
        width: Some(width),
        height: Some(height),
        drawn: drawn.transpose()?,
        ..Content::new(
            format_of(encoding),
            u64::try_from(file.len()).unwrap_or(u64::MAX),
        )
    };
    Ok((content, bytes.into()))
}

fn within_pixels(pixels: u64, limits: &Limits) -> Result<(), Reason> {
    if pixels > limits.image_pixels {
        return Err(Reason::TooManyPixels {
            pixels,
            limit: limits.image_pixels,
        });
    }
    Ok(())
}

fn made(from: Convertible, file: &[u8], tools: Tools<'_>) -> Result<Made, ConvertError> {
    match from.decoder() {
        Some(decoder) => convert::convert(decoder, file, tools.hevc),
        None => Ok(Made {
            encoding: Encoding::Svg,
            bytes: svg::rewrite(file, tools.fonts)?,
        }),
    }
}

/// Returns the size in pixels of an original. That of a drawing is the size of its viewport, whatever size it is drawn at.
fn size(encoding: Encoding, original: &[u8]) -> Result<(u32, u32), Damage> {
    if encoding.is_drawn() {
        return svg::size(original);
    }
    let header = header::read(encoding, original)?;
    Ok((header.width, header.height))
}

/// Makes the original of an accepted picture once more.
///
/// # Errors
/// Fails if it is not in the format that the record names, as its key does; that never happens to an accepted picture.
/// Fails as well if the decoder of HEVC cannot be run.
pub(super) fn again(
    content: &Content,
    from: Convertible,
    file: &Bytes,
    tools: Tools<'_>,
) -> Result<Bytes, Error> {
    let made = made(from, file, tools).map_err(|error| match error {
        ConvertError::Damage(damage) => Error::Undeliverable(damage),
        ConvertError::Unsupported(_) => Error::Undeliverable(Damage::Malformed(Box::new(error))),
        ConvertError::Decoder(error) => Error::Engine(Box::new(error)),
    })?;
    if content.format != format_of(made.encoding) {
        let what = "the original is in another format than the one that was accepted";
        return Err(Error::Undeliverable(Damage::Malformed(what.into())));
    }
    Ok(made.bytes.into())
}

fn format_of(encoding: Encoding) -> Format {
    match encoding {
        Encoding::Jpeg => Format::Jpeg,
        Encoding::Png => Format::Png,
        Encoding::Webp => Format::Webp,
        Encoding::Gif => Format::Gif,
        Encoding::Avif => Format::Avif,
        Encoding::Svg => Format::Svg,
    }
}

fn refused(from: Convertible, error: ConvertError) -> Stop {
    tracing::debug!(cause = %error, "a picture is not converted");
    Stop::Refused(match error {
        ConvertError::Damage(Damage::Truncated | Damage::Malformed(_)) => Reason::Damaged {
            format: from.in_words(),
        },
        // It is not damage of the file, so its uploader is not told so.
        ConvertError::Damage(Damage::Memory) => Reason::FormatNotSupported {
            found: "an image that takes more memory than an image of its size should",
        },
        ConvertError::Damage(Damage::Unsupported(variant)) => Reason::FormatNotSupported {
            found: rules::in_words(variant),
        },
        ConvertError::Unsupported(found) => Reason::FormatNotSupported { found },
        ConvertError::Damage(Damage::Unavailable(error)) | ConvertError::Decoder(error) => {
            return Stop::Decoder(error);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_looked_at_now_is_not_refused() {
        let error = Damage::Unavailable(std::io::Error::other("no process"));
        let stop = refused(Convertible::Svg, error.into());
        assert!(matches!(stop, Stop::Decoder(_)));
    }
}
