//! HEIF (ISO/IEC 23008-12): pictures as items of an ISO base media file. AVIF and HEIC are such files.
//!
//! ```text
//! ftyp ─▶ brands      meta ─▶ boxes ─▶ items, locations, properties, references ─▶ the primary picture:
//!                                                            canvas (tiles), alpha, colours, shown
//! ```
//!
//! It reads which picture a file shows, where its coded bytes lie, and how they are put together; it decodes nothing.
//! It refuses what it cannot show rightly: overlays, protected items, items in other files or within items, codings
//! other than AV1 and HEVC, and essential properties that it does not know. Of a picture with a gain map (`tmap`) it
//! takes the base.
//!
//! Numbers of boxes, items, pieces, references and tiles are bounded, nothing is nested deeper than it is written here,
//! and all bytes of a picture together are not more than the file has. The caller compares the sizes with its limits,
//! and [`Picture::pixels`], which may be more than is shown.

mod boxes;
mod canvas;
#[cfg(fuzzing)]
mod holds;
mod locations;
mod meta;
mod movie;
mod out;
mod properties;
mod samples;
mod shown;
#[cfg(test)]
mod tests;
mod write;
mod write_movie;

use std::collections::{BTreeMap, BTreeSet};

use boxes::{Boxes, Id, Kind, Part, malformed};
use meta::Meta;
use properties::Property;

use crate::{Damage, Variant};

pub(crate) use canvas::{Canvas, Coding, Tile};
#[cfg(fuzzing)]
pub use holds::holds;
pub(crate) use movie::{Movie, Track};
pub(crate) use properties::Nclx;
pub(crate) use samples::Sample;
pub(crate) use shown::{Area, Shown};
pub(crate) use write::still;
pub(crate) use write_movie::animation;

/// The most brands that are read. Files usually have 3 to 8.
const MAX_BRANDS: usize = 64;

/// The most items that are followed from the primary one to what it shows.
const MAX_STEPS: usize = 4;

/// The picture that a file shows, if it is a still picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture<'a> {
    /// The stored pixels.
    pub(crate) colours: Canvas<'a>,
    /// How opaque they are; of the same size as the colours, or smaller.
    pub(crate) alpha: Option<Canvas<'a>>,
    /// Whether colours are multiplied by alpha already.
    pub(crate) is_premultiplied: bool,
    /// The part of the stored pixels that is shown, and its turn.
    pub(crate) shown: Shown,
    /// Code points for the colours. They go before those in the coded bytes.
    pub(crate) nclx: Option<Nclx>,
    /// An ICC profile. For what colours mean it goes before the code points.
    pub(crate) icc: Option<&'a [u8]>,
    /// The bits of a sample.
    pub(crate) bits: u8,
    /// Whether the file has other pictures than this one, its parts and its thumbnails.
    pub(crate) has_others: bool,
}

impl Picture<'_> {
    /// Returns the number of pixels that decoding makes: of the colours, or of the alpha if that has more.
    pub(crate) fn pixels(&self) -> u64 {
        let alpha = self.alpha.as_ref().map_or(0, Canvas::pixels);
        self.colours.pixels().max(alpha)
    }
}

/// Returns the brands of a file, the major one first, or nothing if it does not begin with them.
pub(crate) fn brands(file: &[u8]) -> Vec<Kind> {
    match Boxes::new(file, 0).next() {
        Some(Ok(ftyp)) if ftyp.kind == *b"ftyp" => {
            let (brands, _) = ftyp.content.as_chunks::<4>();
            // The major brand is followed by its version.
            let is_brand = |(at, brand): (usize, &Kind)| (at != 1).then_some(*brand);
            let brands = brands.iter().enumerate().filter_map(is_brand);
            brands.take(MAX_BRANDS).collect()
        }
        _ => Vec::new(),
    }
}

/// Reads the primary picture of a file.
///
/// # Errors
/// [`Damage`] when there is none, or when it cannot be shown rightly.
pub(crate) fn read(file: &[u8]) -> Result<Picture<'_>, Damage> {
    let meta = Meta::read(&top(file, *b"meta")?)?;
    let (id, properties) = followed(&meta)?;
    let colours = Canvas::read(file, &meta, id)?;
    let ids = [meta.primary, id];
    let (alpha, is_premultiplied) = alpha(file, &meta, ids, &colours)?;
    // Cells carry what the grid does not say; libavif and libheif read it so.
    let cell = meta.sources(id).first();
    let cell = cell.map_or(Ok(Vec::new()), |cell| meta.properties(*cell))?;
    let all = || properties.iter().chain(&cell);
    let bits = all().find_map(|property| property.bits());
    let picture = Picture {
        shown: shown::shown((colours.width, colours.height), properties.iter().copied())?,
        bits: bits.or_else(|| colours.bits()).unwrap_or(8),
        nclx: all().find_map(|property| property.nclx()),
        icc: all().find_map(|property| property.icc()),
        has_others: has_others(&meta, ids),
        colours,
        alpha,
        is_premultiplied,
    };
    bounded(file, &picture)?;
    Ok(picture)
}

/// An item, and the properties of what it shows.
type Followed<'b, 'a> = (Id, Vec<&'b Property<'a>>);

/// Follows the primary item to the one with the pixels: another's picture as it is (`iden`), or the base of one with a
/// gain map. The transformations of the source are done first.
fn followed<'b, 'a>(meta: &'b Meta<'a>) -> Result<Followed<'b, 'a>, Damage> {
    let mut id = meta.primary;
    let mut steps = Vec::new();
    for _ in 0..MAX_STEPS {
        let kind = meta.kind(id)?;
        match &kind {
            b"iovl" => return Err(Damage::Unsupported(Variant::HeifOverlay)),
            b"tmap" => {}
            _ => steps.push(meta.properties(id)?),
        }
        if !matches!(&kind, b"iden" | b"tmap") {
            return Ok((id, steps.into_iter().rev().flatten().collect()));
        }
        let source = meta.sources(id).first();
        id = *source.ok_or_else(|| malformed("a picture derived from none"))?;
    }
    Err(malformed("a picture derived too many times"))
}

/// Reads the alpha channel of a picture, or of each of its cells, and whether the colours are multiplied by it.
fn alpha<'a>(
    file: &[u8],
    meta: &Meta<'a>,
    ids: [Id; 2],
    colours: &Canvas<'a>,
) -> Result<(Option<Canvas<'a>>, bool), Damage> {
    let is_premultiplied = |from: &[Id], alpha: Id| {
        let mut marks = meta.referring(b"prem");
        marks.any(|mark| from.contains(&mark.from) && mark.to.contains(&alpha))
    };
    let alphas = alphas(meta);
    if let Some(id) = ids.into_iter().find_map(|id| alphas.get(&id).copied()) {
        let canvas = Canvas::read(file, meta, id)?;
        return Ok((Some(canvas), is_premultiplied(&ids, id)));
    }
    let [_, id] = ids;
    let cells = meta.sources(id);
    let alphas: Option<Vec<Id>> = cells.iter().map(|cell| alphas.get(cell).copied()).collect();
    match alphas {
        Some(alphas) if !alphas.is_empty() => {
            let canvas = colours.of_cells(file, meta, &alphas)?;
            let mut all = alphas.iter();
            Ok((
                Some(canvas),
                all.any(|alpha| is_premultiplied(cells, *alpha)),
            ))
        }
        _ => Ok((None, false)),
    }
}

/// Returns the items that have an alpha channel, each with the first one. One that cannot be understood is not looked at.
fn alphas(meta: &Meta<'_>) -> BTreeMap<Id, Id> {
    let is_alpha = |of: Id| {
        let properties = meta.properties(of).unwrap_or_default();
        properties
            .iter()
            .any(|property| matches!(property, Property::Auxiliary(true)))
    };
    let mut alphas = BTreeMap::new();
    for aux in meta.referring(b"auxl").filter(|aux| is_alpha(aux.from)) {
        for of in &aux.to {
            alphas.entry(*of).or_insert(aux.from);
        }
    }
    alphas
}

/// Returns whether there are pictures that the primary one is not made of, and that are not made for another one.
fn has_others(meta: &Meta<'_>, ids: [Id; 2]) -> bool {
    let mut parts = BTreeSet::from(ids);
    for kind in [b"auxl", b"thmb"] {
        parts.extend(meta.referring(kind).map(|reference| reference.from));
    }
    parts.extend(meta.referring(b"dimg").flat_map(|derived| &derived.to));
    meta.items.iter().any(|(id, item)| {
        let is_picture =
            Coding::of(item.kind).is_some() || matches!(&item.kind, b"grid" | b"iden" | b"iovl");
        is_picture && !item.is_hidden && !parts.contains(id)
    })
}

/// Refuses alpha that is larger than its picture, and bytes that lie over one another: a file would then have more of
/// them than it is long. Items that have all their bytes in common are usual: equal tiles are written once.
fn bounded(file: &[u8], picture: &Picture<'_>) -> Result<(), Damage> {
    let colours = &picture.colours;
    let is_larger = |alpha: &Canvas<'_>| {
        alpha.width > colours.width
            || alpha.height > colours.height
            || alpha.pixels() > colours.pixels()
    };
    if picture.alpha.as_ref().is_some_and(is_larger) {
        return Err(malformed(
            "an alpha channel that is larger than its picture",
        ));
    }
    let canvases = picture.alpha.iter().chain([colours]);
    let ranges = canvases
        .flat_map(|canvas| &canvas.tiles)
        .flat_map(|tile| &tile.ranges);
    let distinct: BTreeSet<(usize, usize)> = ranges.map(|range| (range.start, range.end)).collect();
    let bytes = distinct.iter().fold(0_usize, |sum, (from, to)| {
        sum.saturating_add(to.saturating_sub(*from))
    });
    if bytes > file.len() {
        return Err(malformed("bytes of items that lie over one another"));
    }
    Ok(())
}

/// Returns whether a file has no still picture, but a sequence of pictures.
pub(crate) fn is_only_movie(file: &[u8]) -> bool {
    top(file, *b"meta").is_err() && top(file, *b"moov").is_ok()
}

/// Reads the animation of a file, or `None` if it has none.
///
/// # Errors
/// [`Damage`] when it cannot be read to its end, or is not coded by AV1.
pub(crate) fn movie(file: &[u8]) -> Result<Option<Movie<'_>>, Damage> {
    match top(file, *b"moov") {
        Ok(moov) => movie::read(&moov, file.len()),
        Err(Damage::Truncated) => Ok(None),
        Err(damage) => Err(damage),
    }
}

/// Returns the first box of this kind that stands in no other. What is behind it may be missing.
fn top(file: &[u8], kind: Kind) -> Result<Part<'_>, Damage> {
    let mut boxes = Boxes::new(file, 0);
    if boxes.peek() != Some(*b"ftyp") {
        return Err(malformed("the file does not begin with its brands"));
    }
    loop {
        match boxes.next() {
            Some(part) => {
                let part = part?;
                if part.kind == kind {
                    return Ok(part);
                }
            }
            None => return Err(Damage::Truncated),
        }
    }
}
