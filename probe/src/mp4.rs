//! MP4, M4A and QuickTime: boxes in boxes. ISO/IEC 14496-12 and Apple's QuickTime File Format Specification.
//!
//! Only `moov` is looked into, wherever it stands, and of fragments as many as it takes; of a picture, its first sample as
//! well. References to other files (`dref`) are not followed, here or by the decoder.

use std::ops::Range;

use crate::cut::Cut;
use crate::reader::{Reader, Source};
use crate::{Container, DAMAGED, Description, Stop};

mod cover;
mod describe;
mod entry;
mod esds;
mod fragments;
mod headers;
mod matrix;
mod movie;
mod samples;
mod track;

/// Boxes at one place. A long recording has a pair a few seconds at the top; nothing else comes near.
const MAX_BOXES: usize = 20_000;

/// The longest box that is read whole, in bytes; those that are have some dozens of bytes, but for sample
/// descriptions, which carry codec headers.
const MAX_WHOLE: u64 = 256 << 10;

type Found<T, S> = Result<T, Stop<<S as Source>::Error>>;

/// A box: its type, and where its content lies.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    pub(super) name: [u8; 4],
    pub(super) body: Range<u64>,
}

/// What stands at the top of a file.
struct Top {
    container: Container,
    moov: Option<Range<u64>>,
    has_media: bool,
}

pub(super) async fn read<S: Source>(file: &mut Reader<'_, S>) -> Found<Description, S> {
    let top = top(file).await?;
    let moov = top.moov.ok_or(DAMAGED)?;
    let movie = movie::read(file, moov.clone()).await?;
    let has_samples = movie.tracks.iter().any(|track| track.samples.count > 0);
    let fragments = if movie.is_fragmented && !has_samples {
        fragments::measure(file, moov.end).await?
    } else {
        fragments::Measured::default()
    };
    describe::describe(file, top.container, &movie, &fragments).await
}

/// Looks at the boxes at the top, as far as it takes to know where the movie is and that its media is all there.
async fn top<S: Source>(file: &mut Reader<'_, S>) -> Found<Top, S> {
    let end = file.bytes();
    let mut top = Top {
        container: Container::Mov,
        moov: None,
        has_media: false,
    };
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        // Of a long recording in fragments, the header comes first.
        if at >= end || (top.moov.is_some() && file.is_tired()) {
            break;
        }
        let atom = match header(file, at, end).await {
            Ok(atom) => atom,
            // Movie and media are there: what follows is no box, and nobody's business. Unless it is a box that is cut short.
            Err(Stop::Refused(_)) if top.is_whole() && !is_cut(file, at).await? => break,
            Err(error) => return Err(error),
        };
        match &atom.name {
            b"ftyp" => {
                let brand = file.some(atom.body.start, 4).await?;
                let is_quicktime = brand == b"qt  ";
                top.container = if is_quicktime {
                    Container::Mov
                } else {
                    Container::Mp4
                };
            }
            // FFmpeg takes the first, too.
            b"moov" if top.moov.is_none() => top.moov = Some(atom.body.clone()),
            b"mdat" => top.has_media = true,
            b"moof" if top.moov.is_some() => break,
            _ => {}
        }
        at = atom.body.end;
    }
    Ok(top)
}

impl Top {
    fn is_whole(&self) -> bool {
        self.moov.is_some() && self.has_media
    }
}

/// Whether a box begins there that holds media, and whose end is missing.
async fn is_cut<S: Source>(file: &mut Reader<'_, S>, at: u64) -> Found<bool, S> {
    let head = file.some(at, 8).await?;
    let name = head.get(4..8);
    Ok([b"mdat", b"moof", b"moov"]
        .iter()
        .any(|box_name| name == Some(&box_name[..])))
}

/// The box at an offset of a range. One that claims to reach beyond it is cut short, or lies.
pub(super) async fn header<S: Source>(
    file: &mut Reader<'_, S>,
    at: u64,
    end: u64,
) -> Found<Atom, S> {
    let head = file.some(at, 16).await?;
    let mut cut = Cut(&head);
    let small = cut.be32().ok_or(DAMAGED)?;
    let name = cut.array().ok_or(DAMAGED)?;
    let (skip, size) = match small {
        0 => (8, end.saturating_sub(at)),
        1 => (16, cut.be64().ok_or(DAMAGED)?),
        size => (8, u64::from(size)),
    };
    let body = at.saturating_add(skip)..at.saturating_add(size);
    if size < skip || body.end > end {
        return Err(DAMAGED.into());
    }
    Ok(Atom { name, body })
}

/// The boxes within a box.
pub(super) async fn children<S: Source>(
    file: &mut Reader<'_, S>,
    parent: Range<u64>,
) -> Found<Vec<Atom>, S> {
    let mut found = Vec::new();
    let mut at = parent.start;
    // QuickTime ends some lists by four zero bytes.
    while at.saturating_add(8) <= parent.end {
        if found.len() > 512 {
            return Err(DAMAGED.into());
        }
        let atom = header(file, at, parent.end).await?;
        at = atom.body.end;
        found.push(atom);
    }
    Ok(found)
}

pub(super) async fn whole<S: Source>(file: &mut Reader<'_, S>, atom: &Atom) -> Found<Vec<u8>, S> {
    let bytes = atom.body.end.saturating_sub(atom.body.start);
    if bytes > MAX_WHOLE {
        return Err(DAMAGED.into());
    }
    file.all(atom.body.start, bytes).await
}

/// Its beginning, of boxes whose rest may be long.
pub(super) async fn beginning<S: Source>(
    file: &mut Reader<'_, S>,
    atom: &Atom,
    bytes: u64,
) -> Found<Vec<u8>, S> {
    let length = atom.body.end.saturating_sub(atom.body.start);
    file.some(atom.body.start, length.min(bytes)).await
}
