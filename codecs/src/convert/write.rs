//! Writes a picture as the original that is delivered: lossless as PNG, or as JPEG where PNG would be many times as
//! large. Rows are turned and written band by band, so that there is no second picture in memory.

use std::io::Write;

use mozjpeg::{ColorSpace, Compress, Marker};
use png::{BitDepth, ColorType, Compression, Encoder, Info};

use super::canvas::Canvas;
use super::numbers::index;
use super::{ConvertError, Made};
use crate::render::libjpeg::guard;
use crate::render::picture::Layout;
use crate::{Damage, Encoding};

/// The quality of a delivered JPEG, on libjpeg's scale: beyond it files grow and nobody sees a difference.
pub(super) const QUALITY: f32 = 92.0;

/// The most colours of a palette.
const MOST_COLOURS: usize = 256;

/// Writes a picture in the encoding that suits it; which one depends on its pixels alone. Photographs become JPEG.
/// Pictures with alpha, with few colours, or of which more than half is flat become PNG, which keeps them as they are.
pub(super) fn as_suits(canvas: &Canvas) -> Result<Made, ConvertError> {
    let is_drawn =
        canvas.layout == Layout::Rgba || Colours::of(canvas).is_some() || is_flat(canvas);
    if is_drawn {
        as_png(canvas)
    } else {
        as_jpeg(canvas, Chroma::Full)
    }
}

/// Writes a photograph as JPEG, or as PNG if it has alpha.
pub(super) fn as_photo(canvas: &Canvas, chroma: Chroma) -> Result<Made, ConvertError> {
    if canvas.layout == Layout::Rgba {
        as_png(canvas)
    } else {
        as_jpeg(canvas, chroma)
    }
}

/// Whether a JPEG keeps the resolution of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chroma {
    /// As many samples of colour as of brightness (4:4:4).
    Full,
    /// A quarter (4:2:0), as the source has.
    Quarter,
}

/// Writes a picture without alpha as JPEG. The standard Huffman tables are used, because better ones take a second pass
/// over all coefficients, which would all be in memory.
pub(super) fn as_jpeg(canvas: &Canvas, chroma: Chroma) -> Result<Made, ConvertError> {
    let space = match canvas.layout {
        Layout::Grey => ColorSpace::JCS_GRAYSCALE,
        Layout::Rgb => ColorSpace::JCS_RGB,
        Layout::Rgba | Layout::Cmyk => {
            return Err(ConvertError::Unsupported("a JPEG of four channels"));
        }
    };
    let (width, height) = canvas.displayed();
    // ITU-T T.81, B.2.2: a side has 16 bits; libjpeg keeps some of them for itself.
    if width.max(height) > MOST_JPEG_SIDE {
        return as_png(canvas);
    }
    let profile = profile(canvas).and_then(pieces).unwrap_or_default();
    let bytes = guard(|| {
        let mut encoder = Compress::new(space);
        encoder.set_fastest_defaults();
        encoder.set_size(index(width), index(height));
        encoder.set_quality(QUALITY);
        encoder.set_optimize_coding(false);
        if chroma == Chroma::Full {
            encoder.set_chroma_sampling_pixel_sizes((1, 1), (1, 1));
        }
        let mut started = encoder.start_compress(Vec::new())?;
        for piece in &profile {
            started.write_marker(Marker::APP(2), piece);
        }
        let mut turned = Vec::new();
        for rows in canvas.bands() {
            started.write_scanlines(canvas.band(rows, &mut turned))?;
        }
        started.finish()
    })?;
    Ok(Made {
        encoding: Encoding::Jpeg,
        bytes,
    })
}

/// Returns the segments of a profile, numbered from 1 (ICC.1:2022, B.4), or `None` if it takes more than there can be.
fn pieces(icc: &[u8]) -> Option<Vec<Vec<u8>>> {
    let pieces = icc.chunks(MOST_OF_PROFILE);
    let count = u8::try_from(pieces.len()).ok()?;
    let piece = |(number, piece)| [b"ICC_PROFILE\0", &[number, count][..], piece].concat();
    Some((1..=count).zip(pieces).map(piece).collect())
}

/// The most bytes of a profile; a larger one is not used, as in other formats.
pub(super) const MAX_ICC: usize = 10_000_000;

/// The most bytes of a profile that fit into one segment.
const MOST_OF_PROFILE: usize = 65_519;

/// The longest side of a JPEG that libjpeg writes (`JPEG_MAX_DIMENSION`).
const MOST_JPEG_SIDE: u32 = 65_500;

/// Writes a picture as PNG: with a palette if it has at most 256 colours.
pub(super) fn as_png(canvas: &Canvas) -> Result<Made, ConvertError> {
    let (width, height) = canvas.displayed();
    let mut file = Vec::new();
    let mut info = Info::with_size(width, height);
    info.icc_profile = profile(canvas).map(|icc| icc.to_vec().into());
    let colours = Colours::of(canvas);
    (info.color_type, info.bit_depth) = match (&colours, canvas.layout) {
        (Some(colours), Layout::Grey) => (ColorType::Grayscale, colours.grey_depth()),
        (Some(colours), _) => (ColorType::Indexed, colours.depth()),
        (None, Layout::Grey) => (ColorType::Grayscale, BitDepth::Eight),
        (None, Layout::Rgb) => (ColorType::Rgb, BitDepth::Eight),
        (None, Layout::Rgba) => (ColorType::Rgba, BitDepth::Eight),
        (None, Layout::Cmyk) => return Err(ConvertError::Unsupported("a PNG of inks")),
    };
    if let Some(colours) = colours.as_ref().filter(|_| canvas.layout != Layout::Grey) {
        info.palette = Some(colours.palette().into());
        info.trns = colours.alphas().map(Into::into);
    }
    let depth = info.bit_depth;
    let mut encoder = Encoder::with_info(&mut file, info).map_err(failed)?;
    encoder.set_compression(Compression::Balanced);
    let mut writer = encoder.write_header().map_err(failed)?;
    let mut rows_of_file = writer.stream_writer().map_err(failed)?;
    let (mut turned, mut packed) = (Vec::new(), Vec::new());
    let row_bytes = index(width) * canvas.layout.channels();
    for rows in canvas.bands() {
        let band = canvas.band(rows, &mut turned);
        let written = match &colours {
            Some(colours) => {
                packed.clear();
                for row in band.chunks_exact(row_bytes) {
                    colours.pack(row, canvas.layout, depth, &mut packed);
                }
                rows_of_file.write_all(&packed)
            }
            None => rows_of_file.write_all(band),
        };
        written.map_err(failed)?;
    }
    rows_of_file.finish().map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(Made {
        encoding: Encoding::Png,
        bytes: file,
    })
}

/// Returns the profile, if it is for the channels that are written.
pub(super) fn profile(canvas: &Canvas) -> Option<&[u8]> {
    let space: &[u8] = match canvas.layout {
        Layout::Grey => b"GRAY",
        Layout::Rgb | Layout::Rgba => b"RGB ",
        Layout::Cmyk => return None,
    };
    let icc = crate::container::whole_profile(canvas.icc.as_deref()?)?;
    (icc.len() <= MAX_ICC).then_some(())?;
    (icc.get(16..20)? == space).then_some(icc)
}

/// Returns whether more than half of the pixels are like their left neighbour. Of photographs, a few in a hundred are.
fn is_flat(canvas: &Canvas) -> bool {
    let channels = canvas.layout.channels();
    let before = canvas.pixels.chunks_exact(channels);
    let after = before.clone().skip(1);
    let same = before.zip(after).filter(|(one, next)| one == next).count();
    same > canvas.pixels.len() / channels / 2
}

/// The colours of a picture that has at most 256.
struct Colours {
    /// Red, green, blue and alpha; grey is in all three. Those that are not opaque come first, as PNG wants them.
    colours: Vec<[u8; 4]>,
}

impl Colours {
    /// Returns the colours, or `None` if there are more.
    fn of(canvas: &Canvas) -> Option<Self> {
        let mut colours: Vec<[u8; 4]> = Vec::new();
        let mut last = None;
        for pixel in canvas.pixels.chunks_exact(canvas.layout.channels()) {
            let colour = colour(pixel, canvas.layout)?;
            if last == Some(colour) {
                continue;
            }
            last = Some(colour);
            if let Err(place) = colours.binary_search_by_key(&key(colour), |known| key(*known)) {
                if colours.len() == MOST_COLOURS {
                    return None;
                }
                colours.insert(place, colour);
            }
        }
        Some(Self { colours })
    }

    fn depth(&self) -> BitDepth {
        match self.colours.len() {
            ..=2 => BitDepth::One,
            3..=4 => BitDepth::Two,
            5..=16 => BitDepth::Four,
            _ => BitDepth::Eight,
        }
    }

    /// Returns the least depth that has all greys of the picture.
    fn grey_depth(&self) -> BitDepth {
        let all = |step: u8| {
            self.colours
                .iter()
                .all(|[grey, ..]| grey.is_multiple_of(step))
        };
        if all(255) {
            BitDepth::One
        } else if all(85) {
            BitDepth::Two
        } else if all(17) {
            BitDepth::Four
        } else {
            BitDepth::Eight
        }
    }

    fn palette(&self) -> Vec<u8> {
        let opaque = |[red, green, blue, _]: &[u8; 4]| [*red, *green, *blue];
        self.colours.iter().flat_map(opaque).collect()
    }

    fn alphas(&self) -> Option<Vec<u8>> {
        let alphas: Vec<u8> = self
            .colours
            .iter()
            .map(|[.., alpha]| *alpha)
            .take_while(|alpha| *alpha < 255)
            .collect();
        (!alphas.is_empty()).then_some(alphas)
    }

    /// Packs the pixels of a row, the leftmost in the top bits; each row begins a new byte.
    fn pack(&self, row: &[u8], layout: Layout, depth: BitDepth, out: &mut Vec<u8>) {
        let bits: u8 = match depth {
            BitDepth::One => 1,
            BitDepth::Two => 2,
            BitDepth::Four => 4,
            BitDepth::Eight | BitDepth::Sixteen => 8,
        };
        let (mut byte, mut filled) = (0_u8, 0);
        let mut last = (None, 0_u8);
        for pixel in row.chunks_exact(layout.channels()) {
            let value = match (layout, pixel) {
                (Layout::Grey, [grey]) => *grey >> (8 - bits),
                _ => {
                    let colour = colour(pixel, layout);
                    if last.0 != colour {
                        last = (colour, colour.map_or(0, |colour| self.place(colour)));
                    }
                    last.1
                }
            };
            byte = if bits == 8 {
                value
            } else {
                byte << bits | value
            };
            filled += bits;
            if filled == 8 {
                out.push(byte);
                (byte, filled) = (0, 0);
            }
        }
        if filled > 0 {
            out.push(byte << (8 - filled));
        }
    }

    fn place(&self, colour: [u8; 4]) -> u8 {
        let place = self
            .colours
            .binary_search_by_key(&key(colour), |known| key(*known));
        place
            .ok()
            .and_then(|place| u8::try_from(place).ok())
            .unwrap_or(0)
    }
}

/// The order of a palette: by alpha, then by colour.
fn key([red, green, blue, alpha]: [u8; 4]) -> [u8; 4] {
    [alpha, red, green, blue]
}

fn colour(pixel: &[u8], layout: Layout) -> Option<[u8; 4]> {
    match (layout, pixel) {
        (Layout::Grey, [grey]) => Some([*grey, *grey, *grey, 255]),
        (Layout::Rgb, [red, green, blue]) => Some([*red, *green, *blue, 255]),
        (Layout::Rgba, [red, green, blue, alpha]) => Some([*red, *green, *blue, *alpha]),
        _ => None,
    }
}

/// Converts an encoder's error. With our pixels, an encoder fails only if it runs out of memory.
fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ConvertError {
    ConvertError::Damage(Damage::Malformed(error.into()))
}
