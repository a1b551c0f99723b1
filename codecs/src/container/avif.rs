//! AVIF: pictures and animations that AV1 codes, in a HEIF file (AOM's AVIF specification; the structure: [`heif`]).
//!
//! A file whose major brand is `avis` is shown as its track of pictures; every other one is its primary picture, as
//! libavif and browsers choose. A stripped file is written anew from coded pictures, each without its metadata units, and
//! from what is needed to show them.

use super::av1::{self, Units};
use super::heif::{self, Canvas, Coding, Movie, Picture, Tile, Track};
use crate::{Damage, Variant};

/// How many frames there may be for each that is shown. Films have up to one hidden frame for each, and show it again
/// later.
const FRAMES_FOR_EACH: usize = 3;

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Avif<'a> {
    Still(Picture<'a>),
    Animation(Movie<'a>),
}

/// Reads the structure of a file.
///
/// # Errors
/// [`Damage`] when the picture cannot be found, or is not coded by AV1.
pub(crate) fn read(file: &[u8]) -> Result<Avif<'_>, Damage> {
    if heif::brands(file).first() == Some(b"avis")
        && let Some(movie) = heif::movie(file)?
    {
        return Ok(Avif::Animation(movie));
    }
    let picture = heif::read(file)?;
    let is_av1 = |canvas: &Canvas<'_>| canvas.coding == Coding::Av1;
    if !is_av1(&picture.colours) || !picture.alpha.as_ref().is_none_or(is_av1) {
        return Err(Damage::Unsupported(Variant::HeifCoding));
    }
    Ok(Avif::Still(picture))
}

impl Avif<'_> {
    /// Returns the number of frames that are shown.
    pub(crate) fn frames(&self) -> u32 {
        match self {
            Self::Still(_) => 1,
            Self::Animation(movie) => {
                u32::try_from(movie.colours.samples.len()).unwrap_or(u32::MAX)
            }
        }
    }

    /// Returns the size as displayed.
    pub(crate) fn size(&self) -> (u32, u32) {
        match self {
            Self::Still(picture) => picture.shown.size(),
            Self::Animation(movie) => movie.colours.size,
        }
    }

    pub(crate) fn orientation(&self) -> u8 {
        match self {
            Self::Still(picture) => picture.shown.orientation,
            Self::Animation(_) => 1,
        }
    }

    /// Returns the number of pixels that decoding a frame makes.
    pub(crate) fn pixels(&self) -> u64 {
        match self {
            Self::Still(picture) => picture.pixels(),
            Self::Animation(movie) => {
                let (width, height) = movie.colours.size;
                u64::from(width).saturating_mul(height.into())
            }
        }
    }
}

/// Reads the units of a tile.
///
/// # Errors
/// [`Damage`] when they are damaged, or the tile is not within the file.
pub(crate) fn tile(file: &[u8], tile: &Tile<'_>) -> Result<Units, Damage> {
    match tile.ranges.as_slice() {
        [range] => av1::units(file.get(range.clone()).ok_or(Damage::Truncated)?),
        ranges => {
            let pieces = ranges.iter().map(|range| file.get(range.clone()));
            let pieces: Vec<&[u8]> = pieces.collect::<Option<_>>().ok_or(Damage::Truncated)?;
            av1::units(&pieces.concat())
        }
    }
}

/// Reads the units of the samples of a track, one after the other.
pub(crate) struct Samples<'a> {
    file: &'a [u8],
    /// The frames that there may still be.
    left: usize,
    /// The header that all samples share.
    sequence: Option<Vec<u8>>,
}

impl<'a> Samples<'a> {
    pub(crate) fn of(file: &'a [u8], track: &Track<'_>) -> Self {
        let frames = track.samples.len().saturating_mul(FRAMES_FOR_EACH);
        Self {
            file,
            left: frames.saturating_add(FRAMES_FOR_EACH),
            sequence: None,
        }
    }

    /// Reads the units of a sample.
    ///
    /// # Errors
    /// [`Damage`] when they are damaged, there are too many hidden frames, or the sequence changes.
    pub(crate) fn read(&mut self, sample: &heif::Sample) -> Result<Units, Damage> {
        let bytes = self.file.get(sample.range.clone());
        let units = av1::units(bytes.ok_or(Damage::Truncated)?)?;
        let left = self.left.checked_sub(units.frames);
        self.left = left.ok_or_else(|| Damage::Malformed("too many hidden frames".into()))?;
        let known = self.sequence.is_some();
        let is_other = units.sequence.is_some() && units.sequence != self.sequence;
        if known && is_other {
            return Err(Damage::Malformed("two different sequences".into()));
        }
        self.sequence = self.sequence.take().or_else(|| units.sequence.clone());
        Ok(units)
    }
}

/// Returns the file without its metadata.
pub(super) fn strip(file: &[u8]) -> Result<Vec<u8>, Damage> {
    let mut contents = Vec::new();
    let made = match &read(file)? {
        Avif::Still(picture) => {
            let canvases = [Some(&picture.colours), picture.alpha.as_ref()];
            for of in canvases
                .into_iter()
                .flatten()
                .flat_map(|canvas: &Canvas<'_>| &canvas.tiles)
            {
                contents.push(tile(file, of)?.bytes);
            }
            heif::still(picture, &contents)
        }
        Avif::Animation(movie) => {
            for track in [Some(&movie.colours), movie.alpha.as_ref()]
                .into_iter()
                .flatten()
            {
                let mut samples = Samples::of(file, track);
                for sample in &track.samples {
                    contents.push(samples.read(sample)?.bytes);
                }
            }
            heif::animation(movie, &contents)
        }
    };
    made.ok_or(Damage::Truncated)
}
