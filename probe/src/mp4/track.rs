//! Reads `trak`: the content of a track, and its sample tables.

use std::ops::Range;

use super::entry::{self, Entry};
use super::headers::{Edits, edits, language, times};
use super::matrix::{self, Display, Matrix};
use super::samples::{self, Samples};
use super::{Found, beginning, children, whole};
use crate::codec::text;
use crate::cut::Cut;
use crate::reader::{Reader, Source};
use crate::{DAMAGED, Label, Stop};

#[derive(Debug, Default)]
pub(super) struct Track {
    /// The index among all streams, as FFmpeg counts them.
    pub(super) index: u16,
    pub(super) id: u32,
    pub(super) handler: [u8; 4],
    pub(super) display: Display,
    pub(super) timescale: u32,
    /// The duration of the media, in its own time scale.
    pub(super) duration: u64,
    pub(super) edits: Option<Edits>,
    pub(super) samples: Samples,
    pub(super) entry: Option<Entry>,
    /// The ids of tracks with this track's chapters, which may be pictures, one per chapter.
    pub(super) chapters: Vec<u32>,
    /// The language in the media's header.
    language: Option<[u8; 3]>,
    /// The language by its longer name, which counts more.
    extended_language: Vec<u8>,
    name: Vec<u8>,
}

impl Track {
    /// Returns what the file says of the track to people.
    pub(super) fn label(&self) -> Label {
        let extended = Some(self.extended_language.as_slice()).filter(|tag| !tag.is_empty());
        let code = self.language.as_ref().map(<[u8; 3]>::as_slice);
        Label::of(extended.or(code), Some(&self.name))
    }
}

/// The bytes that are read of a name or a language.
const LONGEST_LABEL: u64 = 512;

pub(super) async fn read<S: Source>(
    file: &mut Reader<'_, S>,
    trak: Range<u64>,
    index: u16,
    movie: &Matrix,
) -> Found<Track, S> {
    let mut track = Track {
        index,
        ..Track::default()
    };
    for atom in children(file, trak).await? {
        match &atom.name {
            b"tkhd" => {
                let body = whole(file, &atom).await?;
                (track.id, track.display) = track_header(&body, movie).ok_or(DAMAGED)?;
            }
            b"edts" => {
                for atom in children(file, atom.body).await? {
                    if &atom.name == b"elst" {
                        let body = beginning(file, &atom, 64 << 10).await?;
                        track.edits = edits(&body);
                    }
                }
            }
            b"tref" => {
                for atom in children(file, atom.body).await? {
                    if &atom.name == b"chap" {
                        let body = beginning(file, &atom, 256).await?;
                        track.chapters = ids(&body);
                    }
                }
            }
            b"udta" => {
                // A faulty list of notes refuses no file.
                let notes = match children(file, atom.body).await {
                    Ok(notes) => notes,
                    Err(Stop::Refused(_)) => Vec::new(),
                    Err(error) => return Err(error),
                };
                for atom in notes {
                    if &atom.name == b"name" {
                        track.name = beginning(file, &atom, LONGEST_LABEL).await?;
                    }
                }
            }
            b"mdia" => media(file, atom.body, &mut track).await?,
            _ => {}
        }
    }
    Ok(track)
}

fn track_header(body: &[u8], movie: &Matrix) -> Option<(u32, Display)> {
    let mut cut = Cut(body);
    let is_long = cut.be32()? >> 24 == 1;
    cut.skip(if is_long { 16 } else { 8 })?;
    let id = cut.be32()?;
    cut.skip(if is_long { 12 } else { 8 } + 16)?;
    Some((id, matrix::of_track(&mut cut, movie)?))
}

fn ids(body: &[u8]) -> Vec<u32> {
    let mut cut = Cut(body);
    std::iter::from_fn(|| cut.be32()).collect()
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
                track.language = language(&body);
            }
            b"elng" => {
                let body = beginning(file, atom, LONGEST_LABEL).await?;
                track.extended_language = body.get(4..).unwrap_or_default().to_vec();
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
                tables(file, stbl.body, track).await?;
            }
        }
    }
    Ok(())
}

async fn tables<S: Source>(
    file: &mut Reader<'_, S>,
    stbl: Range<u64>,
    track: &mut Track,
) -> Found<(), S> {
    for atom in children(file, stbl).await? {
        let is_described =
            matches!(&track.handler, b"vide" | b"soun") || text::HANDLERS.contains(&&track.handler);
        if &atom.name == b"stsd" && is_described {
            let body = whole(file, &atom).await?;
            track.entry = Some(entry::read(&body, &track.handler)?);
        } else {
            samples::note(file, &atom, &mut track.samples).await?;
        }
    }
    Ok(())
}
