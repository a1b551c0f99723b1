//! The `moov` box of an animation (ISO/IEC 14496-12, 8.2 to 8.7): a track of pictures, and perhaps one of alpha.
//!
//! It reads the whole table of samples. A file whose samples are more than it is long is refused, so the table is
//! bounded by the file. Fragments and edits other than a repetition are not known here; no writer of AVIF makes any.

use super::boxes::{Fields, Kind, Part, malformed, part};
use super::properties::{self, Nclx};
use super::samples::{self, Sample};
use crate::{Damage, Variant};

/// The time scale and the duration that mean "without end".
const ENDLESS: [u64; 2] = [0xFFFF_FFFF, u64::MAX];

/// An animation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Movie<'a> {
    pub(crate) colours: Track<'a>,
    /// The track of alpha, with the same size and as many samples as the colours.
    pub(crate) alpha: Option<Track<'a>>,
    /// Whether colours are multiplied by alpha already.
    pub(crate) is_premultiplied: bool,
    /// How many times it is shown; 0 is for ever.
    pub(crate) plays: u16,
}

/// A track of pictures that are coded by AV1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Track<'a> {
    /// Pixels across and down.
    pub(crate) size: (u32, u32),
    /// The content of `av1C`.
    pub(crate) config: &'a [u8],
    pub(crate) nclx: Option<Nclx>,
    pub(crate) icc: Option<&'a [u8]>,
    /// The units of time in a second.
    pub(crate) timescale: u32,
    pub(crate) samples: Vec<Sample>,
}

/// Reads the animation in `moov`, or `None` if there is no track of pictures.
pub(super) fn read<'a>(moov: &Part<'a>, file: usize) -> Result<Option<Movie<'a>>, Damage> {
    let mut tracks = Vec::new();
    for part in moov.parts(0)? {
        if part.kind == *b"trak"
            && let Some(entry) = Entry::read(&part, file)?
        {
            tracks.push(entry);
        }
    }
    let is_colours = |entry: &&Entry<'_>| entry.alpha_of.is_none();
    let Some(colours) = tracks.iter().find(is_colours).cloned() else {
        return Ok(None);
    };
    let of_it = |entry: &Entry<'_>| {
        entry
            .alpha_of
            .as_ref()
            .is_some_and(|of| of.contains(&colours.id))
    };
    let alpha = tracks.into_iter().find(of_it);
    let is_premultiplied = alpha
        .as_ref()
        .is_some_and(|alpha| colours.premultiplied.contains(&alpha.id));
    let alpha = alpha.map(|entry| entry.track);
    if let Some(alpha) = &alpha
        && (alpha.size != colours.track.size || alpha.samples.len() != colours.track.samples.len())
    {
        return Err(malformed("an alpha track that does not fit its pictures"));
    }
    let bytes = |track: &Track<'_>| {
        let sizes = track.samples.iter().map(|sample| sample.range.len());
        sizes.fold(0, usize::saturating_add)
    };
    let all = bytes(&colours.track).saturating_add(alpha.as_ref().map_or(0, bytes));
    if all > file {
        return Err(malformed("samples that lie over one another"));
    }
    Ok(Some(Movie {
        colours: colours.track,
        alpha,
        is_premultiplied,
        plays: colours.plays,
    }))
}

/// A track, and what it says of others.
#[derive(Clone)]
struct Entry<'a> {
    id: u32,
    track: Track<'a>,
    /// The tracks whose alpha it is, if it is one of alpha.
    alpha_of: Option<Vec<u32>>,
    /// The tracks of alpha that its colours are multiplied by.
    premultiplied: Vec<u32>,
    plays: u16,
}

impl<'a> Entry<'a> {
    /// Reads a track of pictures; others are passed over.
    fn read(trak: &Part<'a>, file: usize) -> Result<Option<Self>, Damage> {
        let parts = trak.parts(0)?;
        let media = part(&parts, b"mdia")?.parts(0)?;
        let (_, _, mut handler) = part(&media, b"hdlr")?.versioned()?;
        handler.u32()?;
        let kind = handler.kind()?;
        if !matches!(&kind, b"pict" | b"auxv") {
            return Ok(None);
        }
        let (id, duration) = header(part(&parts, b"tkhd")?)?;
        let (version, _, mut fields) = part(&media, b"mdhd")?.versioned()?;
        fields.take(if version > 0 { 16 } else { 8 })?;
        let timescale = fields.u32()?.max(1);
        let table = part(&media, b"minf")?.parts(0)?;
        let table = part(&table, b"stbl")?.parts(0)?;
        let (description, is_alpha) = description(part(&table, b"stsd")?)?;
        let references = match parts.iter().find(|part| part.kind == *b"tref") {
            Some(tref) => tref.parts(0)?,
            None => Vec::new(),
        };
        let auxiliary = referred(&references, *b"auxl")?;
        if !auxiliary.is_empty() && !is_alpha {
            // A track of depths, or of something else that is not shown.
            return Ok(None);
        }
        let track = Track {
            timescale,
            samples: samples::read(&table, file)?,
            ..description
        };
        Ok(Some(Self {
            id,
            track,
            alpha_of: (kind == *b"auxv" || is_alpha).then_some(auxiliary),
            premultiplied: referred(&references, *b"prem")?,
            plays: plays(&parts, duration)?,
        }))
    }
}

/// Returns the number of a track and its duration (`tkhd`, 8.3.2).
fn header(tkhd: &Part<'_>) -> Result<(u32, u64), Damage> {
    let (version, _, mut fields) = tkhd.versioned()?;
    fields.take(if version > 0 { 16 } else { 8 })?;
    let id = fields.u32()?;
    fields.u32()?;
    Ok((id, time(version, &mut fields)?))
}

fn time(version: u8, fields: &mut Fields<'_>) -> Result<u64, Damage> {
    if version > 0 {
        fields.u64()
    } else {
        Ok(fields.u32()?.into())
    }
}

fn referred(references: &[Part<'_>], kind: Kind) -> Result<Vec<u32>, Damage> {
    let mut ids = Vec::new();
    for reference in references.iter().filter(|part| part.kind == kind) {
        let (all, _) = reference.content.as_chunks::<4>();
        ids.extend(all.iter().take(64).map(|id| u32::from_be_bytes(*id)));
    }
    Ok(ids)
}

/// Returns how many times a track is shown (`elst`, 8.6.6): its edit is repeated for the duration of the track.
fn plays(parts: &[Part<'_>], duration: u64) -> Result<u16, Damage> {
    let Some(edits) = parts.iter().find(|part| part.kind == *b"edts") else {
        return Ok(0);
    };
    let edits = edits.parts(0)?;
    let (version, flags, mut fields) = part(&edits, b"elst")?.versioned()?;
    if flags & 1 == 0 {
        return Ok(1);
    }
    fields.u32()?;
    let segment = time(version, &mut fields)?;
    if segment == 0 || ENDLESS.contains(&duration) {
        return Ok(0);
    }
    Ok(u16::try_from(duration.div_ceil(segment)).unwrap_or(0))
}

/// Reads the first description of samples (`stsd`, 8.5.2; `av01`: AV1-ISOBMFF, 2.2), and whether it is one of alpha.
fn description<'a>(stsd: &Part<'a>) -> Result<(Track<'a>, bool), Damage> {
    // The fields of a visual sample entry before its boxes (12.1.3).
    const FIELDS: usize = 78;
    let entries = stsd.parts(8)?;
    let entry = entries.first().ok_or_else(|| malformed("no description"))?;
    match &entry.kind {
        b"av01" => {}
        b"encv" => return Err(Damage::Unsupported(Variant::HeifProtected)),
        _ => return Err(Damage::Unsupported(Variant::HeifCoding)),
    }
    let mut fields = Fields::of(entry.content);
    fields.take(24)?;
    let mut track = Track {
        size: (fields.u16()?.into(), fields.u16()?.into()),
        config: &[],
        nclx: None,
        icc: None,
        timescale: 1,
        samples: Vec::new(),
    };
    let mut is_alpha = false;
    for part in entry.parts(FIELDS)? {
        match &part.kind {
            b"av1C" => track.config = part.content,
            b"colr" => {
                let colour = properties::colour(Fields::of(part.content))?;
                track.nclx = track.nclx.or(colour.nclx());
                track.icc = track.icc.or(colour.icc());
            }
            b"auxi" => is_alpha = properties::is_alpha(part.versioned()?.2.rest()),
            _ => {}
        }
    }
    if track.config.is_empty() || track.size.0 == 0 || track.size.1 == 0 {
        return Err(malformed("a track without its size or configuration"));
    }
    Ok((track, is_alpha))
}
