//! The coded pictures that a picture is laid out of: one, or the cells of a grid (ISO/IEC 23008-12, 6.6.2.3.2).

use std::ops::Range;

use super::boxes::{Fields, Id, Kind, malformed};
use super::meta::Meta;
use super::properties::Property;
use crate::{Damage, Variant};

/// The most cells of a grid. A photo of 48 megapixels by a phone has 192 of them.
const MAX_TILES: usize = 1_024;

/// The most ranges of bytes of all cells. Writers leave each in one.
const MAX_RANGES: usize = 16_384;

/// How a picture's pixels are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// AV1, described by `av1C`.
    Av1,
    /// HEVC, described by `hvcC`.
    Hevc,
}

impl Coding {
    /// Returns the coding of items of this kind.
    pub(super) fn of(kind: Kind) -> Option<Self> {
        match &kind {
            b"av01" => Some(Self::Av1),
            b"hvc1" => Some(Self::Hevc),
            _ => None,
        }
    }

    fn config(self) -> Kind {
        match self {
            Self::Av1 => *b"av1C",
            Self::Hevc => *b"hvcC",
        }
    }
}

/// A rectangle of pixels, laid out of tiles of one size. The last ones in a row or a column may reach beyond it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Canvas<'a> {
    /// Pixels across.
    pub(crate) width: u32,
    /// Pixels down.
    pub(crate) height: u32,
    pub(crate) coding: Coding,
    /// The number of tiles beside one another.
    pub(crate) columns: u32,
    /// Pixels across and down of each tile.
    pub(crate) tile: (u32, u32),
    /// Row by row.
    pub(crate) tiles: Vec<Tile<'a>>,
}

/// A coded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tile<'a> {
    /// The content of `av1C` or `hvcC`.
    pub(crate) config: &'a [u8],
    /// The places of its bytes in the file, in order.
    pub(crate) ranges: Vec<Range<usize>>,
    /// The operating point of AV1 that is decoded; usually 0.
    pub(crate) operating_point: u8,
    /// The spatial layer of AV1 that is shown; without one, the last.
    pub(crate) layer: Option<u16>,
}

impl<'a> Canvas<'a> {
    /// Reads what an item is laid out of.
    pub(super) fn read(file: &[u8], meta: &Meta<'a>, id: Id) -> Result<Self, Damage> {
        match &meta.kind(id)? {
            b"grid" => Self::grid(file, meta, id),
            _ => {
                let (coding, size, tile) = tile(file, meta, id)?;
                Self::of((1, 1), size, coding, size, vec![tile])
            }
        }
    }

    /// Lays out tiles beside one another. Each must cover a part of the canvas, and all of it must be covered.
    fn of(
        (columns, rows): (u32, u32),
        (width, height): (u32, u32),
        coding: Coding,
        tile: (u32, u32),
        tiles: Vec<Tile<'a>>,
    ) -> Result<Self, Damage> {
        let covers = |count: u32, each: u32, whole: u32| {
            let (count, each) = (u64::from(count), u64::from(each));
            whole > 0 && count * each >= whole.into() && (count - 1) * each < whole.into()
        };
        let is_covered = covers(columns, tile.0, width) && covers(rows, tile.1, height);
        if !is_covered {
            return Err(malformed("a picture that its cells do not cover"));
        }
        Ok(Self {
            width,
            height,
            coding,
            columns,
            tile,
            tiles,
        })
    }

    fn grid(file: &[u8], meta: &Meta<'a>, id: Id) -> Result<Self, Damage> {
        let mut cells = None;
        let (mut tiles, mut left) = (Vec::new(), MAX_RANGES);
        let layout = Layout::read(file, meta, id)?;
        let sources = meta.sources(id);
        let count = layout.columns.saturating_mul(layout.rows);
        if sources.len() > MAX_TILES || u32::try_from(sources.len()) != Ok(count) {
            return Err(malformed("a grid of too many cells, or of missing ones"));
        }
        for source in sources {
            if meta.kind(*source)? == *b"grid" {
                return Err(malformed("a grid in a grid"));
            }
            let (coding, size, tile) = tile(file, meta, *source)?;
            if *cells.get_or_insert((coding, size)) != (coding, size) {
                return Err(malformed("cells of different sizes"));
            }
            push(&mut tiles, &mut left, tile)?;
        }
        let (coding, size) = cells.ok_or_else(|| malformed("a grid without cells"))?;
        let grid = (layout.columns, layout.rows);
        Self::of(grid, layout.size, coding, size, tiles)
    }

    /// Returns the canvas that the alpha channels of a grid's cells make, which lie as the cells do.
    pub(super) fn of_cells(
        &self,
        file: &[u8],
        meta: &Meta<'a>,
        cells: &[Id],
    ) -> Result<Self, Damage> {
        let (mut tiles, mut left) = (Vec::new(), MAX_RANGES);
        for cell in cells {
            let (coding, size, tile) = tile(file, meta, *cell)?;
            if (coding, size) != (self.coding, self.tile) {
                return Err(malformed("cells whose alpha is of another size"));
            }
            push(&mut tiles, &mut left, tile)?;
        }
        Ok(Self {
            tiles,
            ..self.clone()
        })
    }

    /// Returns the number of pixels that decoding it makes.
    pub(crate) fn pixels(&self) -> u64 {
        let each = u64::from(self.tile.0).saturating_mul(self.tile.1.into());
        let count = u64::try_from(self.tiles.len()).unwrap_or(u64::MAX);
        each.saturating_mul(count)
    }

    /// Returns the bits of a sample, as the decoder's configuration says it.
    pub(super) fn bits(&self) -> Option<u8> {
        let tile = self.tiles.first()?;
        match self.coding {
            Coding::Av1 => tile.bits(),
            // ISO/IEC 14496-15, 8.3.2.1.2: bitDepthLumaMinus8.
            Coding::Hevc => Some(8 + (tile.config.get(17)? & 7)),
        }
    }
}

impl Tile<'_> {
    /// Returns the bits of a sample in AV1 (AV1-ISOBMFF, 2.3.3: high_bitdepth and twelve_bit).
    pub(super) fn bits(&self) -> Option<u8> {
        Some(match self.config.get(2)? & 0x60 {
            0x60 => 12,
            0x40 => 10,
            _ => 8,
        })
    }
}

/// Adds a tile, unless it has more ranges than are left. A cell that is repeated counts each time.
fn push<'a>(tiles: &mut Vec<Tile<'a>>, left: &mut usize, tile: Tile<'a>) -> Result<(), Damage> {
    *left = left
        .checked_sub(tile.ranges.len())
        .ok_or_else(|| malformed("cells in too many pieces"))?;
    tiles.push(tile);
    Ok(())
}

/// Reads a coded picture, with its coding and its size.
fn tile<'a>(
    file: &[u8],
    meta: &Meta<'a>,
    id: Id,
) -> Result<(Coding, (u32, u32), Tile<'a>), Damage> {
    let coding = Coding::of(meta.kind(id)?).ok_or(Damage::Unsupported(Variant::HeifCoding))?;
    let mut tile = Tile {
        config: &[],
        ranges: meta.ranges(id, file.len())?,
        operating_point: 0,
        layer: None,
    };
    let mut size = None;
    for property in meta.properties(id)? {
        match property {
            Property::Size(width, height) => size = size.or(Some((*width, *height))),
            Property::Config(kind, config) if *kind == coding.config() => tile.config = config,
            Property::OperatingPoint(point) => tile.operating_point = *point,
            // Of all layers, the last one is shown (AVIF, 2.3.2.2).
            Property::Layer(layer) => tile.layer = (*layer != 0xFFFF).then_some(*layer),
            Property::Bits(_)
            | Property::Nclx(_)
            | Property::Icc(_)
            | Property::Auxiliary(_)
            | Property::Config(..)
            | Property::Turn(_)
            | Property::Mirror(_)
            | Property::Crop(_)
            | Property::Harmless
            | Property::Unknown => {}
        }
    }
    match size {
        Some(size) if !tile.config.is_empty() => Ok((coding, size, tile)),
        _ => Err(malformed("a picture without its size or configuration")),
    }
}

/// The fields of a grid.
struct Layout {
    columns: u32,
    rows: u32,
    size: (u32, u32),
}

impl Layout {
    fn read(file: &[u8], meta: &Meta<'_>, id: Id) -> Result<Self, Damage> {
        // More than the longest form takes.
        const MOST: usize = 16;
        let ranges = meta.ranges(id, file.len())?;
        let bytes: Vec<u8> = ranges
            .into_iter()
            .filter_map(|range| file.get(range))
            .flatten()
            .take(MOST)
            .copied()
            .collect();
        let mut fields = Fields::of(&bytes);
        let (version, flags) = (fields.u8()?, fields.u8()?);
        if version != 0 {
            return Err(malformed("an unknown version of a grid"));
        }
        let (rows, columns) = (fields.u8()?, fields.u8()?);
        let is_wide = flags & 1 != 0;
        Ok(Self {
            columns: u32::from(columns) + 1,
            rows: u32::from(rows) + 1,
            size: (fields.id(is_wide)?, fields.id(is_wide)?),
        })
    }
}
