//! Reads how a TIFF's picture is stored: its samples, their meaning, and the strips or tiles that hold them.

use super::super::numbers::index;
use super::super::write::MAX_ICC;
use super::super::{ConvertError, malformed};
use super::directory::{Directory, Field};
use super::tag;
use crate::Damage;

/// The most samples of a pixel: colours, alpha, and a few that are not shown.
const MAX_SAMPLES: usize = 8;

/// The longest side of a tile in pixels. Writers use 64 to 1,024.
const MAX_TILE_SIDE: u32 = 65_536;

/// Tiles may reach beyond a picture's sides to the next multiple of this many pixels.
const BEYOND: u32 = 1_024;

/// The most strips or tiles: as many as a picture of 65,536 rows in four planes has, one for each row.
const MAX_CHUNKS: usize = 1 << 18;

/// The most bytes of the JPEG tables that all strips share. The longest ones have less than 2,000.
const MAX_TABLES: usize = 1 << 16;

/// The most bytes of a row as it is stored, before it is unpacked.
const MAX_ROW_BYTES: usize = 256 << 20;

/// How often, on average, each byte of the file may be read by strips that overlap. Writers do not overlap them, but
/// those that store equal tiles once do.
const MAX_OVERLAP: usize = 4;

/// The coding of strips and tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    PackBits,
    Lzw,
    Deflate,
    Jpeg,
    Fax(Fax),
}

/// The codings of ITU-T T.4 and T.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fax {
    /// Rows of runs, each beginning at a byte (TIFF 6.0, section 10).
    Runs,
    /// Group 3: rows of runs, with marks between them.
    Group3 {
        /// Whether rows may be coded by their difference from the row above.
        has_differences: bool,
    },
    /// Group 4: every row is coded by its difference.
    Group4,
}

/// The meaning of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Grey { is_zero_white: bool },
    Rgb,
    Palette,
    Cmyk,
    YCbCr,
}

impl Meaning {
    /// Returns the number of samples that are colours.
    pub(super) fn colours(self) -> usize {
        match self {
            Self::Grey { .. } | Self::Palette => 1,
            Self::Rgb | Self::YCbCr => 3,
            Self::Cmyk => 4,
        }
    }
}

/// The meaning of the sample behind the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alpha {
    None,
    /// Colours are as they are.
    Plain,
    /// Colours are multiplied by it.
    Multiplied,
}

/// A picture's description.
pub(super) struct Stored<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bits: u8,
    /// The samples of a pixel, those that are not shown included.
    pub(super) samples: usize,
    pub(super) compression: Compression,
    pub(super) meaning: Meaning,
    pub(super) alpha: Alpha,
    /// Whether each sample has strips or tiles of its own.
    pub(super) is_planar: bool,
    /// Whether a sample is stored as its difference from the one before it.
    pub(super) has_predictor: bool,
    /// Whether the bits of each byte are in the opposite order.
    pub(super) is_reversed: bool,
    /// Pixels across and down that share samples of colour.
    pub(super) subsampling: (usize, usize),
    /// EXIF's orientation, 1 to 8.
    pub(super) orientation: u8,
    pub(super) palette: Option<Field<'a>>,
    pub(super) jpeg_tables: Option<&'a [u8]>,
    pub(super) icc: Option<&'a [u8]>,
    /// The size of a strip or tile.
    pub(super) chunk: (u32, u32),
    /// Whether it is in tiles, which may reach beyond the picture.
    is_tiled: bool,
    pub(super) chunks_across: usize,
    pub(super) chunks_down: usize,
    directory: Directory<'a>,
    offsets: Field<'a>,
    lengths: Option<Field<'a>>,
}

impl<'a> Stored<'a> {
    pub(super) fn read(directory: Directory<'a>) -> Result<Self, ConvertError> {
        let small = |tag| {
            directory
                .number(tag)
                .and_then(|number| u32::try_from(number).ok())
        };
        let (width, height) = small(tag::WIDTH)
            .zip(small(tag::HEIGHT))
            .filter(|(width, height)| *width > 0 && *height > 0)
            .ok_or_else(|| malformed("a TIFF without width or height"))?;
        let samples = index(directory.number(tag::SAMPLES).unwrap_or(1));
        if !(1..=MAX_SAMPLES).contains(&samples) {
            return Err(ConvertError::Unsupported(
                "a TIFF of more samples a pixel than pictures have",
            ));
        }
        let (meaning, alpha) = meaning(&directory, samples)?;
        let compression = compression(&directory)?;
        let tile = small(tag::TILE_WIDTH).zip(small(tag::TILE_HEIGHT));
        let (chunk, offsets, lengths) = match tile {
            Some(tile) => (tile, tag::TILE_OFFSETS, tag::TILE_BYTES),
            None => {
                let rows = small(tag::ROWS_PER_STRIP).unwrap_or(height).min(height);
                ((width, rows), tag::STRIP_OFFSETS, tag::STRIP_BYTES)
            }
        };
        let is_right =
            chunk.0 > 0 && chunk.1 > 0 && (tile.is_none() || chunk.0.max(chunk.1) <= MAX_TILE_SIDE);
        let reaches = |side: u32, whole: u32| side > whole.div_ceil(BEYOND).saturating_mul(BEYOND);
        let is_beyond = tile.is_some() && (reaches(chunk.0, width) || reaches(chunk.1, height));
        if !is_right || is_beyond {
            return Err(malformed(
                "a TIFF with strips or tiles of no size, or larger than the picture",
            ));
        }
        let stored = Self {
            width,
            height,
            bits: bits(&directory)?,
            samples,
            compression,
            meaning,
            alpha,
            is_planar: directory.number(tag::PLANAR) == Some(2) && samples > 1,
            has_predictor: predictor(&directory)?,
            is_reversed: directory.number(tag::FILL_ORDER) == Some(2),
            subsampling: subsampling(&directory, meaning),
            orientation: small(tag::ORIENTATION)
                .and_then(|orientation| u8::try_from(orientation).ok())
                .filter(|orientation| (1..=8).contains(orientation))
                .unwrap_or(1),
            palette: directory.field(tag::COLOUR_MAP),
            jpeg_tables: directory.field(tag::JPEG_TABLES).map(|field| field.bytes),
            icc: directory
                .field(tag::ICC)
                .map(|field| field.bytes)
                .filter(|icc| icc.len() <= MAX_ICC),
            chunk,
            is_tiled: tile.is_some(),
            chunks_across: index(width.div_ceil(chunk.0)),
            chunks_down: index(height.div_ceil(chunk.1)),
            offsets: directory.field(offsets).ok_or(Damage::Truncated)?,
            lengths: directory.field(lengths),
            directory,
        };
        stored.check()?;
        Ok(stored)
    }

    /// Checks what the fields say together.
    fn check(&self) -> Result<(), ConvertError> {
        let is_right = match self.compression {
            Compression::Fax(_) => self.bits == 1 && self.samples == 1,
            Compression::Jpeg => self.bits == 8,
            Compression::None | Compression::PackBits | Compression::Lzw | Compression::Deflate => {
                true
            }
        };
        if !is_right || (self.meaning == Meaning::Palette && self.bits > 8) {
            return Err(malformed("a TIFF whose samples do not fit their coding"));
        }
        let is_known = match self.bits {
            8 | 16 | 32 => true,
            1..16 => !self.has_predictor,
            _ => false,
        };
        let is_shared = self.subsampling != (1, 1) && self.compression != Compression::Jpeg;
        if !is_known {
            return Err(ConvertError::Unsupported("a TIFF of an unusual bit depth"));
        }
        if is_shared && (self.is_planar || self.bits != 8 || self.samples != 3) {
            return Err(ConvertError::Unsupported("a TIFF of an unusual YCbCr"));
        }
        if self.row_bytes().is_none_or(|bytes| bytes > MAX_ROW_BYTES) {
            return Err(Damage::Memory.into());
        }
        let planes = if self.is_planar { self.samples } else { 1 };
        let chunks = self
            .chunks_across
            .checked_mul(self.chunks_down)
            .and_then(|chunks| chunks.checked_mul(planes));
        if chunks.is_none_or(|chunks| self.offsets.len() < chunks) {
            return Err(Damage::Truncated.into());
        }
        if chunks.is_some_and(|chunks| chunks > MAX_CHUNKS) {
            return Err(ConvertError::Unsupported(
                "a TIFF of more strips or tiles than pictures have",
            ));
        }
        if self
            .jpeg_tables
            .is_some_and(|tables| tables.len() > MAX_TABLES)
        {
            return Err(malformed("a TIFF with too many JPEG tables"));
        }
        let file = self.directory.file.bytes.len();
        let all = (0..chunks.unwrap_or(0)).try_fold(0_usize, |sum, number| {
            let sum = sum.checked_add(self.chunk_length(number)?.min(file))?;
            (sum <= file.saturating_mul(MAX_OVERLAP)).then_some(sum)
        });
        all.map(drop)
            .ok_or_else(|| malformed("a TIFF whose strips overlap"))
    }

    /// Returns the number of pixels that its strips or tiles have, those beyond the picture's sides included.
    pub(super) fn decoded_pixels(&self) -> Option<u64> {
        let across = u64::try_from(self.chunks_across).ok()?;
        let down = u64::try_from(self.chunks_down).ok()?;
        // The last strip has no more rows than the picture.
        let rows = if self.is_tiled {
            down.checked_mul(self.chunk.1.into())?
        } else {
            self.height.into()
        };
        across.checked_mul(self.chunk.0.into())?.checked_mul(rows)
    }

    /// Returns the samples of a pixel that lie together.
    pub(super) fn samples_together(&self) -> usize {
        if self.is_planar { 1 } else { self.samples }
    }

    /// Returns the bytes of a row of a strip or tile.
    pub(super) fn row_bytes(&self) -> Option<usize> {
        index(self.chunk.0)
            .checked_mul(self.samples_together())?
            .checked_mul(usize::from(self.bits))
            .map(|bits| bits.div_ceil(8))
    }

    /// Returns the coded bytes of a strip or tile.
    pub(super) fn chunk_bytes(&self, number: usize) -> Result<&'a [u8], ConvertError> {
        let range = self.offsets.get(number).map(index).and_then(|start| {
            let length = self.chunk_length(number)?;
            Some(start..start.checked_add(length)?)
        });
        let file = self.directory.file.bytes;
        let bytes = range.and_then(|range| match self.lengths {
            Some(_) => file.get(range),
            None => file.get(range.start..),
        });
        Ok(bytes.ok_or(Damage::Truncated)?)
    }

    /// Returns the number of coded bytes of a strip or tile. A single strip may leave it out.
    fn chunk_length(&self, number: usize) -> Option<usize> {
        match &self.lengths {
            Some(lengths) => lengths.get(number).map(index),
            None => (number == 0).then_some(0),
        }
    }

    pub(super) fn order(&self) -> super::super::numbers::Order {
        self.directory.file.order
    }
}

fn bits(directory: &Directory<'_>) -> Result<u8, ConvertError> {
    let Some(all) = directory.field(tag::BITS) else {
        return Ok(1);
    };
    let first = all.get(0).unwrap_or(1);
    let is_one = (0..all.len().min(MAX_SAMPLES)).all(|place| all.get(place) == Some(first));
    // TIFF 6.0, section 19: unsigned integers; 4 is undefined, and used as such.
    let is_unsigned = matches!(directory.number(tag::SAMPLE_FORMAT), None | Some(1 | 4));
    if !is_unsigned {
        return Err(ConvertError::Unsupported(
            "a TIFF of signed or floating-point samples",
        ));
    }
    u8::try_from(first)
        .ok()
        .filter(|_| is_one)
        .ok_or(ConvertError::Unsupported("a TIFF of an unusual bit depth"))
}

fn meaning(directory: &Directory<'_>, samples: usize) -> Result<(Meaning, Alpha), ConvertError> {
    let meaning = match directory.number(tag::PHOTOMETRIC).unwrap_or(0) {
        0 => Meaning::Grey {
            is_zero_white: true,
        },
        1 => Meaning::Grey {
            is_zero_white: false,
        },
        2 => Meaning::Rgb,
        3 => Meaning::Palette,
        5 if directory.number(tag::INK_SET).unwrap_or(1) == 1 => Meaning::Cmyk,
        6 => Meaning::YCbCr,
        5 => return Err(ConvertError::Unsupported("a TIFF of other inks than CMYK")),
        8..=10 => return Err(ConvertError::Unsupported("a TIFF in L*a*b* colours")),
        32_803 | 34_892 => return Err(ConvertError::Unsupported("a raw photo")),
        _ => return Err(ConvertError::Unsupported("a TIFF of unusual colours")),
    };
    if samples < meaning.colours() {
        return Err(malformed("a TIFF of too few samples"));
    }
    let can_have_alpha = matches!(meaning, Meaning::Grey { .. } | Meaning::Rgb);
    let alpha = match directory.number(tag::EXTRA_SAMPLES) {
        Some(1) if can_have_alpha && samples > meaning.colours() => Alpha::Multiplied,
        Some(2) if can_have_alpha && samples > meaning.colours() => Alpha::Plain,
        _ => Alpha::None,
    };
    Ok((meaning, alpha))
}

fn compression(directory: &Directory<'_>) -> Result<Compression, ConvertError> {
    Ok(match directory.number(tag::COMPRESSION).unwrap_or(1) {
        1 => Compression::None,
        2 => Compression::Fax(Fax::Runs),
        3 => Compression::Fax(Fax::Group3 {
            has_differences: directory.number(tag::T4_OPTIONS).unwrap_or(0) & 1 == 1,
        }),
        4 => Compression::Fax(Fax::Group4),
        5 => Compression::Lzw,
        7 => Compression::Jpeg,
        8 | 32_946 => Compression::Deflate,
        32_773 => Compression::PackBits,
        6 => return Err(ConvertError::Unsupported("a TIFF with an old kind of JPEG")),
        _ => {
            return Err(ConvertError::Unsupported(
                "a TIFF in an unusual compression",
            ));
        }
    })
}

fn predictor(directory: &Directory<'_>) -> Result<bool, ConvertError> {
    match directory.number(tag::PREDICTOR).unwrap_or(1) {
        1 => Ok(false),
        2 => Ok(true),
        _ => Err(ConvertError::Unsupported(
            "a TIFF of signed or floating-point samples",
        )),
    }
}

fn subsampling(directory: &Directory<'_>, meaning: Meaning) -> (usize, usize) {
    if meaning != Meaning::YCbCr {
        return (1, 1);
    }
    let field = directory.field(tag::SUBSAMPLING);
    let side = |place| {
        let side = field.and_then(|field| field.get(place));
        side.map_or(2, |side| index(side).clamp(1, 4))
    };
    (side(0), side(1))
}
