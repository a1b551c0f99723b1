//! WebP: RIFF chunks, each padded to an even length. RFC 9649, sections 2.3 to 2.7.
//!
//! A stripped file is written anew from its header, its colour profile, and its picture or frames, each with its alpha
//! (`ALPH`). Bytes after the end of the image data within their own chunk (`VP8 `, `VP8L`, `ALPH`) stay, because only a
//! decoder knows where the data end.

use super::{Walk, between, exif, icc};

/// The flags of `VP8X` (section 2.7.1.1).
const PROFILE_FLAG: u8 = 0x20;
const ALPHA_FLAG: u8 = 0x10;
const EXIF_FLAG: u8 = 0x08;
const ANIMATION_FLAG: u8 = 0x02;

/// The start of every file; its size field is filled in later.
const OPENING: &[u8; 12] = b"RIFF\0\0\0\0WEBP";

/// The length of a chunk's kind and length fields, in bytes.
const CHUNK_HEADER: usize = 8;

/// More bytes than an orientation and a pad byte take.
const ADDED: usize = 64;

/// Returns the number of frames. Each `ANMF` is a frame of an animation; a still picture counts as one.
pub(super) fn count_frames(walk: &mut Walk<'_>) -> Option<u32> {
    let body = Body::open(walk)?;
    let is_frame = |(kind, _): &([u8; 4], &[u8])| kind == b"ANMF";
    let frames = body.chunks().filter(is_frame).count();
    Some(u32::try_from(frames).unwrap_or(u32::MAX).max(1))
}

/// Returns the orientation in the first `EXIF` that holds one. The simple format has no place for it.
pub(super) fn orientation(walk: &mut Walk<'_>) -> Option<u8> {
    let body = Body::open(walk)?;
    body.flags()?;
    let mut blocks = body.chunks().filter(|(kind, _)| kind == b"EXIF");
    blocks.find_map(|(_, block)| exif::orientation(block))
}

/// Returns the content of the first chunk of this kind.
pub(super) fn part<'a>(walk: &mut Walk<'a>, wanted: [u8; 4]) -> Option<&'a [u8]> {
    let body = Body::open(walk)?;
    body.chunks()
        .find(|(kind, _)| *kind == wanted)
        .map(|(_, data)| data)
}

/// Returns a file of the extended format (section 2.7): the alpha, and the colours of a lossy file of this size.
pub(super) fn covered(
    width: u32,
    height: u32,
    coverage: &[u8],
    colours: &mut Walk<'_>,
) -> Option<Vec<u8>> {
    let mut extended = vec![ALPHA_FLAG, 0, 0, 0];
    for side in [width, height] {
        let [low, middle, high, _] = side.checked_sub(1)?.to_le_bytes();
        extended.extend([low, middle, high]);
    }
    let mut out = OPENING.to_vec();
    write(&mut out, b"VP8X", &extended)?;
    write(&mut out, b"ALPH", coverage)?;
    write(&mut out, b"VP8 ", part(colours, *b"VP8 ")?)?;
    close(out)
}

/// Returns the file with its size field corrected to match its chunks, or `None` if it is right or anything is missing.
pub(super) fn closed(bytes: &[u8]) -> Option<Vec<u8>> {
    let body = Body::open(&mut Walk { rest: bytes })?;
    body.is_whole().then_some(())?;
    let rest = body.behind();
    let mut out = between(bytes, rest)?.to_vec();
    if out.len() % 2 == 1 {
        out.push(0);
    }
    let is_right = body.end == out.len() && out.len() <= bytes.len();
    (!is_right).then_some(())?;
    let mut out = close(out)?;
    out.extend_from_slice(rest);
    Some(out)
}

pub(super) fn strip(walk: &mut Walk<'_>, exif: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(walk.rest.len().saturating_add(ADDED));
    let body = Body::open(walk)?;
    out.extend_from_slice(OPENING);
    let Some((flags, canvas)) = body.flags() else {
        // The simple format: one picture.
        let (kind, data) = body.chunks().next()?;
        matches!(&kind, b"VP8 " | b"VP8L").then_some(())?;
        write(&mut out, &kind, data)?;
        return close(out);
    };
    let is_animated = flags & ANIMATION_FLAG != 0;
    let profile = part_of(&body, b"ICCP").and_then(icc::whole);
    let mut kept = flags & (ALPHA_FLAG | ANIMATION_FLAG);
    kept |= if profile.is_some() { PROFILE_FLAG } else { 0 };
    kept |= if exif.is_some() { EXIF_FLAG } else { 0 };
    write(&mut out, b"VP8X", &[&[kept, 0, 0, 0], canvas].concat())?;
    if let Some(profile) = profile {
        write(&mut out, b"ICCP", profile)?;
    }
    if is_animated {
        write(&mut out, b"ANIM", part_of(&body, b"ANIM")?.get(..6)?)?;
        for (_, frame) in body.chunks().filter(|(kind, _)| kind == b"ANMF") {
            write_frame(&mut out, frame)?;
        }
    } else {
        write_picture(&mut out, body.chunks())?;
    }
    if let Some(tiff) = exif {
        write(&mut out, b"EXIF", tiff)?;
    }
    body.is_whole().then_some(())?;
    close(out)
}

/// Writes an `ANMF` (section 2.7.1.3): position, size, duration, two flags; then a picture.
fn write_frame(out: &mut Vec<u8>, frame: &[u8]) -> Option<()> {
    let (fields, rest) = frame.split_first_chunk::<16>()?;
    let (flags, fields) = fields.split_last()?;
    out.extend_from_slice(b"ANMF");
    let size_at = out.len();
    out.extend([0; 4]);
    out.extend_from_slice(fields);
    out.push(flags & 3);
    let body = Body {
        rest,
        length: rest.len(),
        end: rest.len(),
    };
    write_picture(out, body.chunks())?;
    let size = u32::try_from(out.len().checked_sub(size_at)?.checked_sub(4)?).ok()?;
    out.get_mut(size_at..)?
        .get_mut(..4)?
        .copy_from_slice(&size.to_le_bytes());
    Some(())
}

/// Writes the first picture, preceded by its `ALPH` if it is a `VP8 `, which has no alpha of its own.
fn write_picture<'a>(
    out: &mut Vec<u8>,
    chunks: impl Iterator<Item = ([u8; 4], &'a [u8])>,
) -> Option<()> {
    let mut coverage = None;
    for (kind, data) in chunks {
        match &kind {
            b"ALPH" => coverage = Some(data),
            b"VP8 " | b"VP8L" => {
                if let Some(coverage) = coverage.filter(|_| kind == *b"VP8 ") {
                    write(out, b"ALPH", coverage)?;
                }
                return write(out, &kind, data);
            }
            _ => {}
        }
    }
    None
}

/// Fills in the size field with the length of all chunks together.
fn close(mut file: Vec<u8>) -> Option<Vec<u8>> {
    let size = u32::try_from(file.len().checked_sub(8)?).ok()?;
    file.get_mut(4..8)?.copy_from_slice(&size.to_le_bytes());
    Some(file)
}

/// The chunks of a file, or of a frame.
struct Body<'a> {
    rest: &'a [u8],
    /// The length of the whole file, or frame, in bytes.
    length: usize,
    /// The position at which the file claims to end; no chunk begins after it.
    end: usize,
}

impl<'a> Body<'a> {
    /// Opens a file. The size field is sometimes off by one, where the writer forgot about a pad byte, so a chunk that
    /// begins within that size is taken whole if it is there.
    fn open(walk: &mut Walk<'a>) -> Option<Self> {
        let length = walk.rest.len();
        (walk.take(4)? == b"RIFF").then_some(())?;
        let size = usize::try_from(walk.le32()?).ok()?;
        (walk.take(4)? == b"WEBP").then_some(())?;
        Some(Self {
            rest: walk.rest,
            length,
            end: size.saturating_add(8),
        })
    }

    fn chunks(&self) -> impl Iterator<Item = ([u8; 4], &'a [u8])> {
        let (mut rest, length, end) = (self.rest, self.length, self.end);
        std::iter::from_fn(move || {
            let (chunk, behind) = next(rest, length, end)?;
            rest = behind;
            Some(chunk)
        })
    }

    /// Returns the bytes after the last chunk.
    fn behind(&self) -> &'a [u8] {
        let mut rest = self.rest;
        while let Some((_, behind)) = next(rest, self.length, self.end) {
            rest = behind;
        }
        rest
    }

    /// Returns whether the picture is there, or for an animation, whether everything within the file's stated size is
    /// there, except perhaps a pad byte.
    fn is_whole(&self) -> bool {
        let is_animated = self
            .flags()
            .is_some_and(|(flags, _)| flags & ANIMATION_FLAG != 0);
        if !is_animated {
            return self
                .chunks()
                .any(|(kind, _)| matches!(&kind, b"VP8 " | b"VP8L"));
        }
        let behind = self.behind().len();
        let is_at_end = self.length.saturating_sub(behind) >= self.end.min(self.length);
        self.end <= self.length.saturating_add(1) && (is_at_end || behind < CHUNK_HEADER)
    }

    /// Returns the flags of the extended format, and its canvas size as stored.
    fn flags(&self) -> Option<(u8, &'a [u8])> {
        let (kind, data) = self.chunks().next()?;
        (kind == *b"VP8X").then_some(())?;
        Some((*data.first()?, data.get(4..10)?))
    }
}

fn part_of<'a>(body: &Body<'a>, wanted: &[u8; 4]) -> Option<&'a [u8]> {
    body.chunks()
        .find(|(kind, _)| kind == wanted)
        .map(|(_, data)| data)
}

/// A kind and its content, and the bytes after the chunk.
type Chunk<'a> = (([u8; 4], &'a [u8]), &'a [u8]);

/// Returns the next chunk, or `None` if none begins here or the file ends within it.
fn next(rest: &[u8], length: usize, end: usize) -> Option<Chunk<'_>> {
    let at = length.checked_sub(rest.len())?;
    (at < end).then_some(())?;
    let mut walk = Walk { rest };
    let kind = *walk.take(4)?.first_chunk::<4>()?;
    let length = usize::try_from(walk.le32()?).ok()?;
    let data = walk.take(length)?;
    if length % 2 == 1 && !walk.rest.is_empty() {
        walk.take(1)?;
    }
    Some(((kind, data), walk.rest))
}

fn write(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) -> Option<()> {
    out.extend_from_slice(kind);
    out.extend(u32::try_from(data.len()).ok()?.to_le_bytes());
    out.extend_from_slice(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
    Some(())
}
