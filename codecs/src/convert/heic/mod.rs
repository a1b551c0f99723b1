//! Reads HEIC: a picture, or the tiles of one, coded in HEVC. The container is read here; HEVC is decoded by a program
//! that the caller gives ([`Hevc`]).
//!
//! ```text
//! file ─▶ container/heif ─▶ tiles ─▶ stream ─▶ Hevc ─▶ frames ─▶ colours ─▶ canvas (cropped, with its turn)
//! ```
//!
//! Bursts, Live Photos and image sequences are read as their primary picture. Depth and gain maps are dropped.

mod colours;
mod config;
mod sps;
mod stream;

use std::io::Write;
use std::time::{Duration, Instant};

use super::canvas::{Canvas, zeros};
use super::numbers::index;
use super::write::{Chroma, profile};
use super::{ConvertError, Facts, malformed};
use crate::container::heif::{self, Coding, Nclx, Picture};
use crate::render::picture::{CodePoints, Decoded, Layout, Picture as Pixels, Profile, Says};
use crate::render::profile::Converter;
use crate::render::view::Turned;
use crate::{Damage, Variant};
use colours::{Matrix, Place};
use config::Sampling;
use stream::Stream;

/// Pixels whose colours are converted at a time.
const BAND: usize = 1 << 16;

/// The time that decoding a picture may take, with its alpha. The function that does it has 120 seconds for all.
const DECODING: Duration = Duration::from_secs(75);

/// A decoder of HEVC (ITU-T H.265).
pub trait Hevc: Send + Sync {
    /// Decodes pictures that all have one size, and hands over each frame, in order.
    ///
    /// # Errors
    /// [`HevcError`]; also when there are more or fewer frames than were asked for.
    fn decode(
        &self,
        pictures: &Pictures<'_>,
        frame: &mut dyn FnMut(&[u8]),
    ) -> Result<(), HevcError>;
}

/// Pictures for a decoder.
pub struct Pictures<'a> {
    /// The number of pictures.
    pub count: usize,
    /// Pixels across. What a coded picture has beyond it is cut off.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The bytes of a decoded frame: its planes one after another, in the format of the coding, samples of more than 8
    /// bits in two bytes, the smaller part first.
    pub frame_bytes: usize,
    /// Whether nothing but brightness is coded.
    pub is_grey: bool,
    /// The bytes that the caller has in memory meanwhile: the file, and the picture that is made of the frames.
    pub held_bytes: usize,
    /// The time by which decoding must be over. It is the same for the colours and the alpha of a picture.
    pub deadline: Instant,
    stream: &'a Stream<'a>,
}

impl Pictures<'_> {
    /// Writes the coded pictures as a byte stream (ITU-T H.265, annex B).
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, to: &mut dyn Write) -> std::io::Result<()> {
        self.stream.write(to)
    }
}

/// The reason why a decoder gives no frames.
#[derive(Debug, thiserror::Error)]
pub enum HevcError {
    /// The stream is damaged, or has another number of frames, or frames of another size.
    #[error("the decoder gives other frames than the file names, or an error: {0}")]
    Damaged(String),
    /// Decoding takes more memory than it may.
    #[error("decoding takes too much memory")]
    Memory,
    /// Decoding takes longer than it may.
    #[error("decoding takes too long")]
    Time,
    /// The decoder could not be run; that says nothing about the file.
    #[error("the decoder cannot be run")]
    Unavailable(#[source] std::io::Error),
}

impl From<HevcError> for ConvertError {
    fn from(error: HevcError) -> Self {
        match error {
            HevcError::Damaged(_) => Self::Damage(Damage::Malformed(Box::new(error))),
            HevcError::Memory => {
                Self::Unsupported("a HEIC image that takes more memory than there is")
            }
            HevcError::Time => Self::Unsupported("a HEIC image that takes too long to decode"),
            HevcError::Unavailable(error) => Self::Decoder(error),
        }
    }
}

/// Reads the size of the primary picture.
pub(super) fn facts(file: &[u8]) -> Result<Facts, ConvertError> {
    let picture = read(file)?;
    let (width, height) = picture.shown.size();
    Ok(Facts {
        width,
        height,
        pictures: 1,
        decoded_pixels: picture.pixels(),
    })
}

fn read(file: &[u8]) -> Result<Picture<'_>, ConvertError> {
    let picture = match heif::read(file) {
        Err(Damage::Truncated) if heif::is_only_movie(file) => {
            let what = "a HEIC image sequence without a picture beside it";
            return Err(ConvertError::Unsupported(what));
        }
        read => read?,
    };
    let is_hevc = |canvas: &heif::Canvas<'_>| canvas.coding == Coding::Hevc;
    if !is_hevc(&picture.colours) || !picture.alpha.as_ref().is_none_or(is_hevc) {
        return Err(Damage::Unsupported(Variant::HeifCoding).into());
    }
    Ok(picture)
}

/// Decodes the primary picture. The second value is the resolution of its colours.
pub(super) fn decode(file: &[u8], hevc: &dyn Hevc) -> Result<(Canvas, Chroma), ConvertError> {
    let picture = read(file)?;
    let area = picture.shown.area;
    let stream = Stream::of(file, &picture.colours)?;
    let sampling = stream.config.sampling;
    let place = Place {
        canvas: &picture.colours,
        area,
    };
    let layout = match (sampling, &picture.alpha) {
        (_, Some(_)) => Layout::Rgba,
        (Sampling::Grey, None) => Layout::Grey,
        (Sampling::Quarter | Sampling::Half | Sampling::Full, None) => Layout::Rgb,
    };
    let nclx = picture.nclx.or_else(|| stream.config.colours());
    let matrix = Matrix::of(nclx)?;
    let count = index(area.width)
        .checked_mul(index(area.height))
        .and_then(|pixels| pixels.checked_mul(layout.channels()));
    let mut pixels = zeros(count.ok_or(Damage::Memory)?)?;
    let bounds = Bounds {
        held_bytes: file.len().saturating_add(pixels.len()),
        deadline: Instant::now() + DECODING,
    };
    frames(&stream, &picture.colours, (hevc, bounds), |tile, frame| {
        colours::put(
            frame,
            &place,
            tile,
            &stream.config,
            (&matrix, layout),
            &mut pixels,
        );
    })?;
    if let Some(alpha) = &picture.alpha {
        let stream = Stream::of(file, alpha)?;
        let place = Place {
            canvas: alpha,
            area,
        };
        let whole = (picture.colours.width, picture.colours.height);
        frames(&stream, alpha, (hevc, bounds), |tile, frame| {
            colours::put_alpha(frame, &place, tile, &stream.config, whole, &mut pixels);
        })?;
        if picture.is_premultiplied {
            super::undo_multiplied(&mut pixels);
        }
    }
    let mut canvas = Canvas::upright(area.width, area.height, layout, pixels);
    if canvas.layout == Layout::Rgba {
        canvas.drop_opaque_alpha();
    }
    canvas.icc = picture.icc.map(<[u8]>::to_vec);
    if profile(&canvas).is_none() {
        canvas.icc = None;
        to_srgb(&mut canvas, nclx);
    }
    canvas.turned = Turned::by_exif(picture.shown.orientation);
    let chroma = match sampling {
        Sampling::Quarter | Sampling::Grey => Chroma::Quarter,
        Sampling::Half | Sampling::Full => Chroma::Full,
    };
    Ok((canvas, chroma))
}

/// The bounds of decoding: the bytes that the caller has in memory, and the time by which it must be over.
#[derive(Clone, Copy)]
struct Bounds {
    held_bytes: usize,
    deadline: Instant,
}

/// Decodes all tiles, and hands over each frame with its number.
fn frames(
    stream: &Stream<'_>,
    canvas: &heif::Canvas<'_>,
    (hevc, bounds): (&dyn Hevc, Bounds),
    mut each: impl FnMut(usize, &[u8]),
) -> Result<(), ConvertError> {
    let (width, height) = canvas.tile;
    let pictures = Pictures {
        count: canvas.tiles.len(),
        width,
        height,
        frame_bytes: stream
            .config
            .frame_bytes(width, height)
            .ok_or(Damage::Memory)?,
        is_grey: stream.config.sampling == Sampling::Grey,
        held_bytes: bounds.held_bytes,
        deadline: bounds.deadline,
        stream,
    };
    let mut number = 0;
    hevc.decode(&pictures, &mut |frame| {
        if number < pictures.count && frame.len() == pictures.frame_bytes {
            each(number, frame);
        }
        number += 1;
    })?;
    if number != pictures.count {
        return Err(malformed("another number of frames than there are tiles"));
    }
    Ok(())
}

/// Converts colours that are named by code points to sRGB, because neither JPEG nor most readers of PNG know them.
fn to_srgb(canvas: &mut Canvas, nclx: Option<Nclx>) {
    let Some(nclx) = nclx else {
        return;
    };
    let small = |code: u16| u8::try_from(code).unwrap_or(2);
    let profile = Profile {
        says: vec![Says::Code(CodePoints {
            primaries: small(nclx.primaries),
            transfer: small(nclx.transfer),
            // The samples were scaled when they were made red, green and blue.
            is_full_range: true,
        })],
        of_grey: canvas.layout == Layout::Grey,
    };
    let mut converter = Converter::default();
    let layout = canvas.layout;
    for band in canvas.pixels.chunks_mut(BAND * layout.channels()) {
        let pixels = Pixels {
            width: u32::try_from(band.len() / layout.channels()).unwrap_or(0),
            height: 1,
            layout,
            pixels: band.to_vec(),
        };
        let converted = converter.convert(Decoded {
            picture: pixels,
            profile: Some(profile.clone()),
        });
        if converted.layout == layout && converted.pixels.len() == band.len() {
            band.copy_from_slice(&converted.pixels);
        }
    }
}
