//! PNG: chunks (length, type, data, CRC) until IEND. <https://www.w3.org/TR/png-3/#5DataRep>
//!
//! A stripped file is written anew from the chunks that change how it is shown (`kept`) and from its image data up to
//! the end of their zlib streams (`data`). A palette stays whole, because only decoding all pixels would show which
//! colours are unused.

mod data;
mod kept;

use super::{Walk, between, exif, icc, zlib};
use kept::Kept;

const SIGNATURE_BYTES: usize = 8;

/// More bytes than a file grows by: an orientation, IEND, a neutral profile name.
const ADDED: usize = 256;

/// The neutral name that replaces a profile's own, its terminator, and the compression method.
const PROFILE_NAME: &[u8] = b"ICC Profile\0\0";

/// The most bytes that a profile may have, uncompressed.
const MOST_PROFILE: u64 = 32 << 20;

#[derive(Clone, Copy)]
struct Chunk<'a> {
    kind: &'a [u8; 4],
    /// The content, or as much of it as the file has.
    data: &'a [u8],
    /// The CRC, or `None` if the file ends before it.
    crc: Option<u32>,
}

/// Returns the number of frames in `acTL`. <https://www.w3.org/TR/png-3/#acTL-chunk>
pub(super) fn count_frames(walk: &mut Walk<'_>) -> Option<u32> {
    walk.take(SIGNATURE_BYTES)?;
    loop {
        let chunk = next(walk)?;
        match chunk.kind {
            b"acTL" => return Some(Walk { rest: chunk.data }.be32()?.max(1)),
            b"IDAT" => return Some(1),
            _ => {}
        }
    }
}

/// Returns the width and height in IHDR.
pub(super) fn sides(walk: &mut Walk<'_>) -> Option<(u32, u32)> {
    walk.take(SIGNATURE_BYTES)?;
    let header = next(walk).filter(|chunk| chunk.kind == b"IHDR")?;
    let mut fields = Walk { rest: header.data };
    Some((fields.be32()?, fields.be32()?))
}

/// Returns the orientation in the first `eXIf` that holds one.
pub(super) fn orientation(walk: &mut Walk<'_>) -> Option<u8> {
    walk.take(SIGNATURE_BYTES)?;
    while let Some(chunk) = next(walk) {
        if chunk.kind == b"eXIf"
            && let Some(orientation) = exif::orientation(chunk.data)
        {
            return Some(orientation);
        }
        if chunk.kind == b"IEND" {
            break;
        }
    }
    None
}

/// Returns the file with IEND added, if that is missing or cut short, and with the CRC of the last image data. Whether
/// the image data are complete is left to a decoder.
pub(super) fn closed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut walk = Walk { rest: bytes };
    walk.take(SIGNATURE_BYTES)?;
    let mut has_data = false;
    loop {
        let before = walk.rest;
        match next(&mut walk) {
            Some(Chunk {
                kind: b"IEND",
                data: [],
                crc: Some(_),
            }) => return None,
            Some(chunk) if chunk.crc.is_some() && chunk.kind != b"IEND" => {
                has_data |= chunk.kind == b"IDAT";
            }
            last => {
                let mut out = between(bytes, before)?.to_vec();
                if let Some(Chunk {
                    kind: kind @ (b"IDAT" | b"fdAT"),
                    data: data @ [_, ..],
                    ..
                }) = last
                {
                    write(&mut out, kind, data)?;
                    has_data |= kind == b"IDAT";
                }
                write(&mut out, b"IEND", &[])?;
                return has_data.then_some(out);
            }
        }
    }
}

pub(super) fn strip(walk: &mut Walk<'_>, exif: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(walk.rest.len().saturating_add(ADDED));
    out.extend_from_slice(walk.take(SIGNATURE_BYTES)?);
    let header = next(walk)?;
    (header.kind == b"IHDR" && header.is_right()).then_some(())?;
    write(&mut out, b"IHDR", header.data)?;
    if let Some(tiff) = exif {
        write(&mut out, b"eXIf", tiff)?;
    }
    let mut kept = Kept::new(header.data)?;
    let mut frames = data::Frames::new(header.data)?;
    loop {
        let before = *walk;
        // Stop at IEND, or where the file has only zeros or a part of IEND in its place.
        let Some(chunk) = next(walk).filter(|chunk| chunk.kind != b"IEND") else {
            break;
        };
        match chunk.kind {
            b"IDAT" | b"fdAT" => frames.data(walk, before, chunk.kind, &mut out)?,
            b"acTL" if chunk.is_right() && !frames.have_begun() => {
                frames.animate(chunk.data, &mut out)?;
            }
            b"fcTL" if chunk.is_right() => frames.control(chunk.data, &mut out)?,
            b"iCCP" if chunk.is_right() && !frames.have_begun() && kept.is_first(chunk.kind) => {
                if let Some(profile) = profile(chunk.data) {
                    write(&mut out, b"iCCP", &profile)?;
                }
            }
            _ if chunk.is_right() && !frames.have_begun() && kept.takes(chunk.kind, chunk.data) => {
                write(&mut out, chunk.kind, chunk.data)?;
            }
            // No reader shows a file with a critical chunk that is unknown, damaged or repeated.
            [b'A'..=b'Z', ..] if chunk.kind != b"PLTE" => return None,
            _ => {}
        }
    }
    frames.are_complete().then_some(())?;
    write(&mut out, b"IEND", &[])?;
    Some(out)
}

/// Returns the content of a new `iCCP`: a neutral name, and the profile without the bytes after its end. Returns `None`
/// if it is not a profile.
fn profile(content: &[u8]) -> Option<Vec<u8>> {
    let end = memchr::memchr(0, content.get(..content.len().min(80))?)?;
    let stream = content.get(end..)?.strip_prefix(&[0, 0])?;
    let mut bytes = Vec::new();
    let pieces = || std::iter::once(stream);
    let outcome = zlib::follow(pieces(), 0..=MOST_PROFILE, |data| {
        bytes.extend_from_slice(data)
    });
    let profile = icc::whole(&bytes)?;
    let stream = match outcome {
        zlib::Outcome::Clean { bytes: used, .. } if profile.len() == bytes.len() => {
            stream.get(..usize::try_from(used).ok()?)?.to_vec()
        }
        zlib::Outcome::Clean { .. } | zlib::Outcome::Loose | zlib::Outcome::Short => {
            zlib::again(pieces(), u64::try_from(profile.len()).ok()?)?
        }
    };
    Some([PROFILE_NAME, &stream].concat())
}

/// Takes the next chunk. Returns `None` at the end of the bytes, or where no chunk begins.
fn next<'a>(walk: &mut Walk<'a>) -> Option<Chunk<'a>> {
    let length = usize::try_from(walk.be32()?).ok()?;
    let kind = walk.take(4)?.first_chunk::<4>()?;
    kind.iter().all(u8::is_ascii_alphabetic).then_some(())?;
    let data = walk.take(length.min(walk.rest.len()))?;
    let crc = if data.len() == length {
        walk.be32()
    } else {
        None
    };
    if crc.is_none() {
        walk.rest = &[];
    }
    Some(Chunk { kind, data, crc })
}

impl Chunk<'_> {
    /// Returns whether the CRC matches.
    fn is_right(&self) -> bool {
        self.crc == Some(crc(self.kind, self.data))
    }
}

fn crc(kind: &[u8; 4], data: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(kind);
    crc.update(data);
    crc.finalize()
}

fn write(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) -> Option<()> {
    out.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
    out.extend(kind);
    out.extend_from_slice(data);
    out.extend(crc(kind, data).to_be_bytes());
    Some(())
}
