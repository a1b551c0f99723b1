//! Writes a still AVIF anew, with what is needed to show it and nothing else: the coded pictures, how they are laid out,
//! alpha, colours, and what is shown of them.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::canvas::{Canvas, Tile};
use super::out::{be16, be32, boxed, brands, full, handler};
use super::properties::{ALPHA_NAME, Nclx};
use super::{Picture, Shown};
use crate::container::icc;

/// A coded picture as it is written: its units, in the order of the canvas's tiles.
pub(crate) type Content = Vec<u8>;

/// Returns the file. The contents are those of the colours' tiles, and then those of the alpha's.
pub(crate) fn still(picture: &Picture<'_>, contents: &[Content]) -> Option<Vec<u8>> {
    let mut file = File::default();
    let mut contents = contents.iter();
    let mut own = Vec::new();
    if let Some(nclx) = picture.nclx {
        own.push((file.property(nclx_box(nclx)?)?, false));
    }
    if let Some(profile) = picture.icc.and_then(icc::whole) {
        let made = boxed(*b"colr", &[b"prof", profile])?;
        own.push((file.property(made)?, false));
    }
    for made in shown_boxes(picture)? {
        own.push((file.property(made)?, true));
    }
    file.canvas(&picture.colours, &own, &mut contents)?;
    if let Some(alpha) = &picture.alpha {
        let made = full(*b"auxC", 0, 0, &[ALPHA_NAME, &[0]])?;
        let mark = (file.property(made)?, true);
        let id = file.canvas(alpha, &[mark], &mut contents)?;
        file.refer(*b"auxl", id, &[PRIMARY])?;
        if picture.is_premultiplied {
            file.refer(*b"prem", PRIMARY, &[id])?;
        }
    }
    file.bytes()
}

/// The number of the primary item.
const PRIMARY: usize = 1;

/// The place of an item's bytes in a file in the making: in `idat` or in `mdat`, position and length.
enum Place {
    Idat(usize, usize),
    Mdat(usize, usize),
}

/// The number of a property, counted from 1, and whether it is essential.
type Association = (usize, bool);

/// A file in the making.
#[derive(Default)]
struct File {
    /// Items in the order of their numbers, which are counted from 1.
    items: Vec<([u8; 4], Place, Vec<Association>)>,
    properties: Vec<Vec<u8>>,
    references: Vec<u8>,
    idat: Vec<u8>,
    mdat: Vec<u8>,
    /// The places of contents in `mdat` by their digests: equal ones are written once.
    known: BTreeMap<u64, usize>,
}

impl File {
    /// Returns the number of a property; equal ones are written once.
    fn property(&mut self, made: Vec<u8>) -> Option<usize> {
        let known = self.properties.iter().position(|known| *known == made);
        let index = known.unwrap_or(self.properties.len());
        if known.is_none() {
            self.properties.push(made);
        }
        index.checked_add(1)
    }

    fn item(&mut self, kind: [u8; 4], place: Place, properties: Vec<Association>) -> usize {
        self.items.push((kind, place, properties));
        self.items.len()
    }

    /// Writes a canvas, as a grid if it has several tiles, and returns the number of its item.
    fn canvas<'a>(
        &mut self,
        canvas: &Canvas<'_>,
        own: &[Association],
        contents: &mut impl Iterator<Item = &'a Content>,
    ) -> Option<usize> {
        let (width, height) = (canvas.width, canvas.height);
        let size = (self.property(size_box((width, height))?)?, false);
        let bits = (self.property(bits_box(canvas.tiles.first()?)?)?, false);
        if let [tile] = canvas.tiles.as_slice()
            && canvas.tile == (width, height)
        {
            let mut properties = vec![size, bits];
            properties.extend(self.coding(tile)?);
            properties.extend(own);
            return self.coded(contents.next()?, properties);
        }
        let columns = usize::try_from(canvas.columns).ok()?;
        let rows = canvas.tiles.len().checked_div(columns)?;
        let less = |count: usize| u8::try_from(count.checked_sub(1)?).ok();
        let mut grid = vec![0, 1, less(rows)?, less(columns)?];
        grid.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
        let place = Place::Idat(self.idat.len(), grid.len());
        self.idat.extend(grid);
        let properties = [&[size, bits], own].concat();
        let id = self.item(*b"grid", place, properties);
        let each = (self.property(size_box(canvas.tile)?)?, false);
        let mut cells = Vec::new();
        for tile in &canvas.tiles {
            let mut properties = vec![each, bits];
            properties.extend(self.coding(tile)?);
            cells.push(self.coded(contents.next()?, properties)?);
        }
        self.refer(*b"dimg", id, &cells)?;
        Some(id)
    }

    fn coded(&mut self, content: &Content, properties: Vec<Association>) -> Option<usize> {
        let mut digest = DefaultHasher::new();
        content.hash(&mut digest);
        let end = self.mdat.len();
        let mut at = *self.known.entry(digest.finish()).or_insert(end);
        let is_there = |at: usize| self.mdat.get(at..)?.get(..content.len());
        if is_there(at) != Some(content.as_slice()) {
            at = end;
            self.mdat.extend_from_slice(content);
        }
        let place = Place::Mdat(at, content.len());
        Some(self.item(*b"av01", place, properties))
    }

    /// Returns the properties that a decoder needs.
    fn coding(&mut self, tile: &Tile<'_>) -> Option<Vec<Association>> {
        let config = boxed(*b"av1C", &[config(tile)?])?;
        let mut properties = vec![(self.property(config)?, true)];
        if tile.operating_point != 0 {
            let made = boxed(*b"a1op", &[&[tile.operating_point]])?;
            properties.push((self.property(made)?, true));
        }
        if let Some(layer) = tile.layer {
            let made = boxed(*b"lsel", &[&layer.to_be_bytes()])?;
            properties.push((self.property(made)?, true));
        }
        Some(properties)
    }

    fn refer(&mut self, kind: [u8; 4], from: usize, to: &[usize]) -> Option<()> {
        let ids: Option<Vec<_>> = to.iter().map(|id| be16(*id)).collect();
        let reference = boxed(kind, &[&be16(from)?, &be16(to.len())?, &ids?.concat()])?;
        self.references.extend(reference);
        Some(())
    }

    fn meta(&self, mdat_at: usize) -> Option<Vec<u8>> {
        let count = be16(self.items.len())?;
        let (mut infe, mut iloc, mut ipma) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (kind, place, properties)) in self.items.iter().enumerate() {
            let id = be16(index.checked_add(1)?)?;
            infe.extend(full(*b"infe", 2, 0, &[&id, &[0; 2], kind, &[0]])?);
            let (method, at, length) = match place {
                Place::Idat(at, length) => (1, *at, *length),
                Place::Mdat(at, length) => (0, mdat_at.checked_add(*at)?, *length),
            };
            iloc.extend([&id[..], &[0, method, 0, 0, 0, 1]].concat());
            iloc.extend([be32(at)?, be32(length)?].concat());
            ipma.extend([&id[..], &[u8::try_from(properties.len()).ok()?]].concat());
            for (index, is_essential) in properties {
                let mark = if *is_essential { 0x8000 } else { 0 };
                ipma.extend(be16(index | mark)?);
            }
        }
        let has = |content: &[u8], made: Option<Vec<u8>>| {
            if content.is_empty() {
                Some(Vec::new())
            } else {
                made
            }
        };
        let iref = full(*b"iref", 0, 0, &[&self.references]);
        let idat = boxed(*b"idat", &[&self.idat]);
        let ipco = boxed(*b"ipco", &[&self.properties.concat()])?;
        let ipma = full(*b"ipma", 0, 1, &[&be32(self.items.len())?, &ipma])?;
        full(
            *b"meta",
            0,
            0,
            &[
                &handler(*b"pict")?,
                &full(*b"pitm", 0, 0, &[&be16(PRIMARY)?])?,
                &full(*b"iloc", 1, 0, &[&[0x44, 0], &count, &iloc])?,
                &full(*b"iinf", 0, 0, &[&count, &infe])?,
                &has(&self.references, iref)?,
                &boxed(*b"iprp", &[&ipco, &ipma])?,
                &has(&self.idat, idat)?,
            ],
        )
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        let ftyp = brands(&[*b"avif", *b"avif", *b"mif1", *b"miaf"])?;
        // The positions have the same lengths, whatever they are.
        let at = ftyp
            .len()
            .checked_add(self.meta(0)?.len())?
            .checked_add(8)?;
        let meta = self.meta(at)?;
        Some([ftyp, meta, boxed(*b"mdat", &[&self.mdat])?].concat())
    }
}

/// Returns the fields of `av1C`, without the units that may be behind them.
fn config<'a>(tile: &Tile<'a>) -> Option<&'a [u8]> {
    tile.config.get(..4)
}

/// Returns `pixi` for what the configuration says (AV1-ISOBMFF, 2.3.3).
fn bits_box(tile: &Tile<'_>) -> Option<Vec<u8>> {
    let channels = if config(tile)?.get(2)? & 0x10 != 0 {
        1
    } else {
        3
    };
    let bits = vec![tile.bits()?; channels];
    full(*b"pixi", 0, 0, &[&[u8::try_from(channels).ok()?], &bits])
}

fn size_box((width, height): (u32, u32)) -> Option<Vec<u8>> {
    full(
        *b"ispe",
        0,
        0,
        &[&width.to_be_bytes(), &height.to_be_bytes()],
    )
}

/// Returns `colr` for code points.
pub(super) fn nclx_box(nclx: Nclx) -> Option<Vec<u8>> {
    let codes = [nclx.primaries, nclx.transfer, nclx.matrix].map(u16::to_be_bytes);
    let range = if nclx.is_full_range { 0x80 } else { 0 };
    boxed(*b"colr", &[b"nclx", &codes.concat(), &[range]])
}

/// Returns `clap`, `irot` and `imir`, those of them that are needed, in the order in which they are done.
fn shown_boxes(picture: &Picture<'_>) -> Option<Vec<Vec<u8>>> {
    let Shown { area, orientation } = picture.shown;
    let (width, height) = (picture.colours.width, picture.colours.height);
    let mut boxes = Vec::new();
    if (area.width, area.height) != (width, height) {
        // Twice the way from the middle of the picture to that of the part.
        let off = |start: u32, length: u32, whole: u32| {
            let twice = 2 * i64::from(start) + i64::from(length) - i64::from(whole);
            Some(i32::try_from(twice).ok()?.to_be_bytes())
        };
        let (one, two) = (1_u32.to_be_bytes(), 2_u32.to_be_bytes());
        let across = [area.width.to_be_bytes(), one].concat();
        let down = [area.height.to_be_bytes(), one].concat();
        let right = [off(area.x, area.width, width)?, two].concat();
        let below = [off(area.y, area.height, height)?, two].concat();
        boxes.push(boxed(*b"clap", &[&across, &down, &right, &below])?);
    }
    // Quarter turns, anti-clockwise, and the axis of a mirror: 0 exchanges top and bottom.
    let (turn, axis) = match orientation {
        2 => (0, Some(1)),
        3 => (2, None),
        4 => (0, Some(0)),
        5 => (1, Some(0)),
        6 => (3, None),
        7 => (1, Some(1)),
        8 => (1, None),
        _ => (0, None),
    };
    if turn != 0 {
        boxes.push(boxed(*b"irot", &[&[turn]])?);
    }
    if let Some(axis) = axis {
        boxes.push(boxed(*b"imir", &[&[axis]])?);
    }
    Some(boxes)
}
