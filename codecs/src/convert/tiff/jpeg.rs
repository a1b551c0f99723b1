//! Decodes JPEG in a strip or tile. Its tables may stand once for all of them
//! (<https://www.awaresystems.be/imaging/tiff/specification/TIFFTechNote2.txt>).

use mozjpeg::decompress::DecompressBuilder;
use mozjpeg::{ColorSpace, Decompress};

use super::super::numbers::index;
use super::super::{ConvertError, malformed};
use super::picture::{Meaning, Stored};
use crate::render::check_scans;
use crate::render::libjpeg::{guard, strict_errors};

const SOI: [u8; 2] = [0xFF, 0xD8];

/// Decodes a strip or tile, and hands over each row of samples: grey, red, green and blue, or inks as they are stored.
pub(super) fn decode(
    stored: &Stored<'_>,
    coded: &[u8],
    rows: usize,
    mut each: impl FnMut(usize, &[u8]),
) -> Result<(), ConvertError> {
    let file = whole(stored, coded);
    let decoder: Decompress<&[u8]> = guard(|| {
        DecompressBuilder::new()
            .with_err(strict_errors())
            .from_mem(&file)
    })?;
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "libjpeg's other names are for output"
    )]
    let (space, channels) = match decoder.color_space() {
        ColorSpace::JCS_GRAYSCALE => (ColorSpace::JCS_GRAYSCALE, 1),
        ColorSpace::JCS_RGB | ColorSpace::JCS_YCbCr => (ColorSpace::JCS_RGB, 3),
        ColorSpace::JCS_CMYK | ColorSpace::JCS_YCCK => (ColorSpace::JCS_CMYK, 4),
        _ => return Err(malformed("a TIFF with a JPEG of unknown components")),
    };
    let (width, height) = decoder.size();
    // A strip at the bottom may be shorter than it was said to be, but not than what is needed of it.
    let fits = width == index(stored.chunk.0)
        && (rows..=index(stored.chunk.1)).contains(&height)
        && channels == stored.samples_together();
    if !fits {
        return Err(malformed("a TIFF with a JPEG of another size"));
    }
    check_scans(&file, &decoder)?;
    let mut lines = guard(|| decoder.to_colorspace(space))?;
    let mut row = vec![0_u8; width * channels];
    for line in 0..rows {
        guard(|| lines.read_scanlines_into(&mut row).map(drop))?;
        each(line, &row);
    }
    Ok(())
}

/// Returns the strip as a file: its tables first, and a marker that says what the components mean. A TIFF says it by a tag
/// instead, and libjpeg would guess.
fn whole(stored: &Stored<'_>, coded: &[u8]) -> Vec<u8> {
    let transform = u8::from(stored.meaning == Meaning::YCbCr);
    let adobe = [
        0xFF, 0xEE, 0, 14, b'A', b'd', b'o', b'b', b'e', 0, 100, 0, 0, 0, 0, transform,
    ];
    let tables = stored
        .jpeg_tables
        .and_then(|tables| tables.strip_prefix(&SOI));
    let tables = tables.map(|tables| tables.strip_suffix(&[0xFF, 0xD9]).unwrap_or(tables));
    let coded = coded.strip_prefix(&SOI).unwrap_or(coded);
    [&SOI, &adobe[..], tables.unwrap_or_default(), coded].concat()
}
