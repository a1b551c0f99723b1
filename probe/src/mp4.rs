//! MP4, M4A and QuickTime: boxes in boxes. ISO/IEC 14496-12 and Apple's QuickTime File Format Specification.
//!
//! Only `moov` is looked into, wherever it stands, and of fragments as many as it takes. References to other files
//! (`dref`) are not followed, here or by the decoder.

use std::ops::Range;

use crate::cut::Cut;
use crate::describe::{milliseconds, rate};
use crate::reader::{Reader, Source};
use crate::{Audio, Container, DAMAGED, Description, Refusal, Stop, Video};

mod entry;
mod fragments;
mod headers;

use entry::Entry;
use headers::{edits, extent, times, track_header};

/// Boxes at one place. A long recording has a pair a few seconds at the top; nothing else comes near.
const MAX_BOXES: usize = 20_000;

/// Tracks of a file; each costs some blocks.
const MAX_TRACKS: usize = 32;

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

#[derive(Debug, Default)]
struct Track {
    id: u32,
    handler: [u8; 4],
    rotation: u16,
    timescale: u32,
    /// Of the media, in its own time scale.
    duration: u64,
    /// Of the edit list, in the movie's time scale.
    edited: Option<u64>,
    samples: u64,
    entry: Option<Entry>,
}

#[derive(Debug, Default)]
struct Movie {
    timescale: u32,
    /// Of fragments, as the header promises.
    promised: u64,
    is_fragmented: bool,
    tracks: Vec<Track>,
}

pub(super) async fn read<S: Source>(file: &mut Reader<'_, S>) -> Found<Description, S> {
    let end = file.bytes();
    let mut container = Container::Mov;
    let mut moov = None;
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        // Of a long recording in fragments, the header comes first.
        if at >= end || (moov.is_some() && file.is_tired()) {
            break;
        }
        let atom = header(file, at, end).await?;
        match &atom.name {
            b"ftyp" => {
                let brand = file.some(atom.body.start, 4).await?;
                container = if brand == b"qt  " {
                    Container::Mov
                } else {
                    Container::Mp4
                };
            }
            b"moov" => moov = Some(atom.body.clone()),
            b"moof" if moov.is_some() => break,
            _ => {}
        }
        at = atom.body.end;
    }
    let moov = moov.ok_or(DAMAGED)?;
    let movie = movie(file, moov.clone()).await?;
    let fragments = if movie.is_fragmented && movie.tracks.iter().all(|track| track.samples == 0) {
        fragments::measure(file, moov.end).await?
    } else {
        fragments::Measured::default()
    };
    Ok(describe(container, &movie, &fragments)?)
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

async fn movie<S: Source>(file: &mut Reader<'_, S>, moov: Range<u64>) -> Found<Movie, S> {
    let mut movie = Movie::default();
    for atom in children(file, moov).await? {
        match &atom.name {
            b"mvhd" => {
                let body = whole(file, &atom).await?;
                movie.timescale = times(&body).ok_or(DAMAGED)?.0;
            }
            b"mvex" => {
                movie.is_fragmented = true;
                for atom in children(file, atom.body).await? {
                    if &atom.name == b"mehd" {
                        let body = whole(file, &atom).await?;
                        movie.promised = extent(&body).unwrap_or(0);
                    }
                }
            }
            b"trak" if movie.tracks.len() < MAX_TRACKS => {
                movie.tracks.push(track(file, atom.body).await?);
            }
            // A compressed header was QuickTime's, in the last century.
            b"cmov" => return Err(DAMAGED.into()),
            _ => {}
        }
    }
    Ok(movie)
}

async fn track<S: Source>(file: &mut Reader<'_, S>, trak: Range<u64>) -> Found<Track, S> {
    let mut track = Track::default();
    for atom in children(file, trak).await? {
        match &atom.name {
            b"tkhd" => {
                let body = whole(file, &atom).await?;
                (track.id, track.rotation) = track_header(&body).ok_or(DAMAGED)?;
            }
            b"edts" => {
                for atom in children(file, atom.body).await? {
                    if &atom.name == b"elst" {
                        let body = beginning(file, &atom, 64 << 10).await?;
                        track.edited = edits(&body);
                    }
                }
            }
            b"mdia" => media(file, atom.body, &mut track).await?,
            _ => {}
        }
    }
    Ok(track)
}

async fn media<S: Source>(
    file: &mut Reader<'_, S>,
    mdia: Range<u64>,
    track: &mut Track,
) -> Found<(), S> {
    let atoms = children(file, mdia).await?;
    for atom in &atoms {
        match &atom.name {
            b"mdhd" => {
                let body = whole(file, atom).await?;
                (track.timescale, track.duration) = times(&body).ok_or(DAMAGED)?;
            }
            b"hdlr" => {
                let body = beginning(file, atom, 12).await?;
                let handler = body.get(8..12).and_then(|name| name.try_into().ok());
                track.handler = handler.ok_or(DAMAGED)?;
            }
            _ => {}
        }
    }
    for minf in atoms.iter().filter(|atom| &atom.name == b"minf") {
        for stbl in children(file, minf.body.clone()).await? {
            if &stbl.name == b"stbl" {
                samples(file, stbl.body, track).await?;
            }
        }
    }
    Ok(())
}

async fn samples<S: Source>(
    file: &mut Reader<'_, S>,
    stbl: Range<u64>,
    track: &mut Track,
) -> Found<(), S> {
    for atom in children(file, stbl).await? {
        match &atom.name {
            b"stsd" if matches!(&track.handler, b"vide" | b"soun") => {
                let body = whole(file, &atom).await?;
                track.entry = Some(entry::read(&body, &track.handler)?);
            }
            b"stsz" | b"stz2" => {
                let body = beginning(file, &atom, 12).await?;
                let mut cut = Cut(&body);
                let count = cut.skip(8).and_then(|()| cut.be32());
                track.samples = u64::from(count.ok_or(DAMAGED)?);
            }
            _ => {}
        }
    }
    Ok(())
}

fn describe(
    container: Container,
    movie: &Movie,
    fragments: &fragments::Measured,
) -> Result<Description, Refusal> {
    let mut found = Description::new(container);
    let mut longest = milliseconds(movie.promised, u64::from(movie.timescale)).filter(|ms| *ms > 0);
    for track in &movie.tracks {
        let Some(entry) = &track.entry else { continue };
        let (units, samples) = match fragments.of(track.id) {
            Some((units, samples)) => (units, samples),
            None => (track.duration, track.samples),
        };
        let timescale = u64::from(track.timescale);
        let own = milliseconds(units, timescale);
        let edited = track
            .edited
            .and_then(|sum| milliseconds(sum, u64::from(movie.timescale)));
        longest = longest.max(edited.or(own).filter(|ms| *ms > 0));
        match entry {
            Entry::Protected => return Err(Refusal::Encrypted),
            Entry::Unknown => {}
            Entry::Video { codec, size, pixel } if found.video.is_none() => {
                let mut video = Video::displayed(codec, *size, *pixel, track.rotation);
                video.frames_per_1000_s = rate(samples, units, timescale);
                found.video = Some(video);
            }
            Entry::Video { .. } => {}
            Entry::Audio {
                codec,
                channels,
                sample_rate,
            } => found.audio.push(Audio {
                codec,
                channels: Some(*channels),
                sample_rate: Some(*sample_rate).filter(|rate| *rate > 0),
            }),
        }
    }
    found.duration_ms = longest;
    Ok(found)
}
