//! Turns samples into the colours that they mean: palettes, inverted greys, YCbCr, inks, multiplied alpha.

use super::super::canvas::{Canvas, blank, zeros};
use super::super::numbers::index;
use super::super::{ConvertError, malformed, undo_multiplied};
use super::picture::{Alpha, Compression, Meaning, Stored};
use super::stream::Stream;
use crate::render::picture::{Layout, Picture, Profile};
use crate::render::profile::Converter;

/// Pixels of inks that are converted at a time.
const BAND: usize = 1 << 16;

/// Returns the picture of these samples, which are interleaved.
pub(super) fn shown(stored: &Stored<'_>, mut samples: Vec<u8>) -> Result<Canvas, ConvertError> {
    if stored.meaning
        == (Meaning::Grey {
            is_zero_white: true,
        })
    {
        let shown = 1 + usize::from(stored.alpha != Alpha::None);
        for grey in samples.iter_mut().step_by(shown) {
            *grey = 255 - *grey;
        }
    }
    let (layout, mut pixels) = match (stored.meaning, stored.alpha) {
        (Meaning::Grey { .. }, Alpha::None) => (Layout::Grey, samples),
        (Meaning::Grey { .. }, _) => (Layout::Rgba, greys_with_alpha(stored, &samples)?),
        (Meaning::Palette, _) => (Layout::Rgb, by_palette(stored, &samples)?),
        (Meaning::Rgb, Alpha::None) => (Layout::Rgb, samples),
        (Meaning::Rgb, _) => (Layout::Rgba, samples),
        // libjpeg has converted them.
        (Meaning::YCbCr, _) if stored.compression == Compression::Jpeg && !stored.is_planar => {
            (Layout::Rgb, samples)
        }
        (Meaning::YCbCr, _) => {
            for pixel in samples.as_chunks_mut::<3>().0 {
                *pixel = rgb(*pixel);
            }
            (Layout::Rgb, samples)
        }
        (Meaning::Cmyk, _) => (Layout::Rgb, without_inks(stored, &samples)?),
    };
    if stored.alpha == Alpha::Multiplied {
        undo_multiplied(&mut pixels);
    }
    let mut canvas = Canvas::upright(stored.width, stored.height, layout, pixels);
    canvas.icc = stored
        .icc
        .filter(|_| stored.meaning != Meaning::Cmyk)
        .map(<[u8]>::to_vec);
    Ok(canvas)
}

fn greys_with_alpha(stored: &Stored<'_>, samples: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let mut pixels = blank(stored.width, stored.height, Layout::Rgba)?;
    let all = pixels.as_chunks_mut().0.iter_mut();
    for (pixel, [grey, alpha]) in all.zip(samples.as_chunks().0) {
        *pixel = [*grey, *grey, *grey, *alpha];
    }
    Ok(pixels)
}

/// Looks colours up in the palette: all reds, then all greens, then all blues, of 16 bits each.
fn by_palette(stored: &Stored<'_>, samples: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let palette = stored
        .palette
        .ok_or_else(|| malformed("a TIFF without its palette"))?;
    let length = 1_usize << stored.bits;
    let value = |place: usize| palette.get(place).unwrap_or(0);
    // Some writers give 8 bits; then no value reaches beyond them.
    let is_short = (0..length * 3).all(|place| value(place) < 256);
    let byte = |place| {
        let value = if is_short {
            value(place)
        } else {
            value(place) >> 8
        };
        u8::try_from(value).unwrap_or(255)
    };
    let colours: Vec<[u8; 3]> = (0..length)
        .map(|entry| [byte(entry), byte(length + entry), byte(2 * length + entry)])
        .collect();
    let mut pixels = blank(stored.width, stored.height, Layout::Rgb)?;
    for (pixel, entry) in pixels.as_chunks_mut().0.iter_mut().zip(samples) {
        *pixel = colours
            .get(usize::from(*entry))
            .copied()
            .unwrap_or_default();
    }
    Ok(pixels)
}

/// Converts inks to sRGB by the file's profile, some pixels at a time.
fn without_inks(stored: &Stored<'_>, samples: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let mut pixels = blank(stored.width, stored.height, Layout::Rgb)?;
    let mut converter = Converter::default();
    let bands = pixels.chunks_mut(BAND * 3).zip(samples.chunks(BAND * 4));
    for (band, inks) in bands {
        let picture = Picture {
            width: u32::try_from(inks.len() / 4).unwrap_or(0),
            height: 1,
            layout: Layout::Cmyk,
            pixels: inks.to_vec(),
        };
        let profile = || stored.icc.map(|icc| Profile::icc(icc.to_vec()));
        let converted = converter.convert_part(picture, profile);
        if converted.layout == Layout::Rgb && converted.pixels.len() == band.len() {
            band.copy_from_slice(&converted.pixels);
        }
    }
    Ok(pixels)
}

/// Reads pixels that share samples of colour: units of some brightnesses and one pair of colours (TIFF 6.0, section 21).
/// Each row that is handed over has three samples a pixel.
pub(super) fn shared(
    stored: &Stored<'_>,
    stream: &mut Stream<'_>,
    rows: usize,
    mut each: impl FnMut(usize, &[u8]),
) -> Result<(), ConvertError> {
    let (across, down) = stored.subsampling;
    let width = index(stored.chunk.0);
    let unit = across * down + 2;
    let mut units = zeros(width.div_ceil(across) * unit)?;
    let mut row = zeros(width * 3)?;
    for line in 0..rows {
        if line.is_multiple_of(down) {
            stream.fill(&mut units)?;
        }
        let first = line % down * across;
        for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let unit_at = x / across * unit;
            let sample = |place: usize| units.get(unit_at + place).copied().unwrap_or(0);
            *pixel = [
                sample(first + x % across),
                sample(unit - 2),
                sample(unit - 1),
            ];
        }
        each(line, &row);
    }
    Ok(())
}

/// Converts by ITU-R BT.601 at full range, which TIFF takes when nothing else is said.
fn rgb([luma, blueness, redness]: [u8; 3]) -> [u8; 3] {
    let (luma, blueness, redness) = (
        i32::from(luma) << 16,
        i32::from(blueness) - 128,
        i32::from(redness) - 128,
    );
    [
        luma + 91_881 * redness,
        luma - 22_554 * blueness - 46_802 * redness,
        luma + 116_130 * blueness,
    ]
    .map(|value| u8::try_from(((value + 32_768) >> 16).clamp(0, 255)).unwrap_or(0))
}
