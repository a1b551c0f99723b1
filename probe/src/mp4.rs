//! Reads MP4, M4A and QuickTime: boxes in boxes. ISO/IEC 14496-12 and Apple's QuickTime File Format Specification.
//!
//! Only `moov` is read, wherever it stands, as many fragments as needed, and the beginning of a picture's first sample.
//! References to other files (`dref`) are not followed, neither here nor by the decoder.

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

/// The maximum number of boxes at the top level. A long recording has a pair every few seconds; no other file comes
/// near.
const MAX_BOXES: usize = 20_000;

/// The maximum length in bytes of a box that is read whole. Such boxes have some dozens of bytes, except sample
/// descriptions, which contain codec headers.
const MAX_WHOLE: u64 = 256 << 10;

type Found<T, S> = Result<T, Stop<<S as Source>::Error>>;

/// A box: its type, and the range of its content.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    pub(super) name: [u8; 4],
    pub(super) body: Range<u64>,
}

/// The boxes at the top level of a file.
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

/// Reads the boxes at the top level until the movie is found and its media is known to be complete.
async fn top<S: Source>(file: &mut Reader<'_, S>) -> Found<Top, S> {
    let end = file.bytes();
    let mut top = Top {
        container: Container::Mov,
        moov: None,
        has_media: false,
    };
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        // In a long fragmented recording, the header comes first, so the rest can be skipped.
        if at >= end || (top.moov.is_some() && file.is_tired()) {
            break;
        }
        let atom = match header(file, at, end).await {
            Ok(atom) => atom,
            // Movie and media are there: what follows may be junk, unless it is a box that is cut short.
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
            // FFmpeg also takes the first.
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

/// Tells whether an incomplete box of media begins at this offset.
async fn is_cut<S: Source>(file: &mut Reader<'_, S>, at: u64) -> Found<bool, S> {
    let head = file.some(at, 8).await?;
    let name = head.get(4..8);
    Ok([b"mdat", b"moof", b"moov"]
        .iter()
        .any(|box_name| name == Some(&box_name[..])))
}

/// Reads the box at an offset of a range. A box that claims to extend beyond the range is refused.
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

/// The boxes inside a box.
pub(super) async fn children<S: Source>(
    file: &mut Reader<'_, S>,
    parent: Range<u64>,
) -> Found<Vec<Atom>, S> {
    let mut found = Vec::new();
    let mut at = parent.start;
    // QuickTime ends some lists with four zero bytes.
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

/// Reads the beginning of a box that may be long.
pub(super) async fn beginning<S: Source>(
    file: &mut Reader<'_, S>,
    atom: &Atom,
    bytes: u64,
) -> Found<Vec<u8>, S> {
    let length = atom.body.end.saturating_sub(atom.body.start);
    file.some(atom.body.start, length.min(bytes)).await
}
