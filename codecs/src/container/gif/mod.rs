//! GIF: blocks up to the trailer. GIF89a, sections 17 to 27. <https://www.w3.org/Graphics/GIF/spec-gif89a.txt>
//!
//! A stripped file is written anew from its header, its repeat count, its colour profile, and its frames with their
//! graphic control extensions. Colour tables stay whole, because only decoding all pixels would show which colours are
//! unused.

mod data;
mod lzw;

use super::{Walk, between, icc};
use data::Data;

/// A block, by its effect on the picture that is shown.
enum Block<'a> {
    /// The fields of a graphic control extension: how the next frame is shown.
    Control([u8; 4]),
    /// The number of times that the frames are repeated; 0 means for ever.
    Repeats(u16),
    /// A colour profile.
    Profile(Vec<u8>),
    /// A block with no effect: a comment, a plain text, or an application's own data.
    Other,
    Frame(Frame<'a>),
    Trailer,
}

struct Frame<'a> {
    /// The bytes from the image separator to the LZW minimum code size.
    opening: &'a [u8],
    data: Data<'a>,
}

/// Counts the image descriptors, each of which is a frame. Returns `None` if there are none.
pub(super) fn count_frames(walk: &mut Walk<'_>) -> Option<u32> {
    open(walk)?;
    let mut frames = 0_u32;
    while let Some(block) = next(walk) {
        match block {
            Block::Frame(_) => frames = frames.saturating_add(1),
            Block::Trailer => break,
            Block::Control(_) | Block::Repeats(_) | Block::Profile(_) | Block::Other => {}
        }
    }
    (frames > 0).then_some(frames)
}

/// Returns how many times an animation is shown, 0 for ever. A repeat count does not include the first time; without
/// one, the answer is 1.
pub(super) fn plays(bytes: &[u8]) -> u16 {
    match repeats(bytes) {
        None => 1,
        Some(0) => 0,
        Some(count) => count.saturating_add(1),
    }
}

/// Returns the repeat count of the last block that has one, as browsers do.
fn repeats(bytes: &[u8]) -> Option<u16> {
    let mut walk = Walk { rest: bytes };
    open(&mut walk)?;
    let mut repeats = None;
    while let Some(block) = next(&mut walk) {
        match block {
            Block::Repeats(count) => repeats = Some(count),
            Block::Trailer => break,
            Block::Control(_) | Block::Profile(_) | Block::Other | Block::Frame(_) => {}
        }
    }
    repeats
}

/// Returns the file with a trailer added, if only that is missing, or that and the terminator of the last frame.
pub(super) fn closed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut walk = Walk { rest: bytes };
    open(&mut walk)?;
    let mut frames = 0_u32;
    loop {
        let before = walk.rest;
        match next(&mut walk) {
            Some(Block::Trailer) => return None,
            Some(Block::Frame(frame)) if frame.data.is_cut() => {
                let head = between(bytes, before)?;
                let mut out = [head, frame.opening].concat();
                frame.write_data(&mut out)?;
                out.push(TRAILER);
                return Some(out);
            }
            Some(Block::Frame(_)) => frames = frames.saturating_add(1),
            Some(_) => {}
            None if frames > 0 && is_over(before) => {
                let mut out = between(bytes, before)?.to_vec();
                out.push(TRAILER);
                return Some(out);
            }
            None => return None,
        }
    }
}

pub(super) fn strip(walk: &mut Walk<'_>) -> Option<Vec<u8>> {
    let start = walk.rest;
    let mut out = Vec::with_capacity(start.len().saturating_add(ADDED));
    open(walk)?;
    out.extend_from_slice(between(start, walk.rest)?);
    if let Some(count) = repeats(start) {
        out.extend_from_slice(REPEATS);
        out.extend(count.to_le_bytes());
        out.push(0);
    }
    let (mut control, mut has_profile, mut frames) = (None, false, 0_u32);
    loop {
        let before = walk.rest;
        match next(walk) {
            Some(Block::Control(fields)) => control = Some(fields),
            Some(Block::Profile(profile)) if !has_profile && frames == 0 => {
                has_profile = write_profile(&profile, &mut out);
            }
            Some(Block::Frame(frame)) => {
                if let Some(fields) = control.take() {
                    out.extend([EXTENSION, CONTROL, 4]);
                    out.extend(fields);
                    out.push(0);
                }
                out.extend_from_slice(frame.opening);
                frame.write_data(&mut out)?;
                frames = frames.saturating_add(1);
            }
            Some(Block::Trailer) => break,
            Some(Block::Profile(_) | Block::Repeats(_) | Block::Other) => {}
            None if is_over(before) => break,
            None => return None,
        }
    }
    out.push(TRAILER);
    (frames > 0).then_some(out)
}

/// More bytes than stripping adds to a file that lacked even its trailer.
const ADDED: usize = 64;

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2C;
const TRAILER: u8 = 0x3B;
const CONTROL: u8 = 0xF9;
const APPLICATION: u8 = 0xFF;

/// The extension that holds the repeat count, up to that number and the terminator.
const REPEATS: &[u8] = b"\x21\xFF\x0BNETSCAPE2.0\x03\x01";

/// The application identifiers of the looping extension. Both mean the same, and browsers take both.
const LOOPS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

/// The application identifier of a colour profile (ICC.1:2010, B.5).
const PROFILE: &[u8] = b"ICCRGBG1012";

/// Returns whether the rest contains nothing that could begin a frame: it is empty, zeros, or a block that was cut
/// short. Browsers stop at anything that is not a block, but here a file that may have lost a frame is refused.
fn is_over(rest: &[u8]) -> bool {
    memchr::memchr(IMAGE, rest).is_none()
}

/// Takes the header, the logical screen descriptor and the global colour table.
fn open(walk: &mut Walk<'_>) -> Option<()> {
    walk.take(10)?;
    let flags = walk.byte()?;
    walk.take(2)?;
    walk.take(color_table_bytes(flags)).map(drop)
}

/// Takes the next block. Returns `None` at the end of the bytes, or where no block begins.
fn next<'a>(walk: &mut Walk<'a>) -> Option<Block<'a>> {
    let start = walk.rest;
    match walk.byte()? {
        EXTENSION => extension(walk),
        IMAGE => {
            let descriptor = walk.take(9)?;
            walk.take(color_table_bytes(*descriptor.last()?))?;
            let root_bits = walk.byte()?;
            let opening = between(start, walk.rest)?;
            let side = |at: usize| {
                Some(u64::from(u16::from_le_bytes(
                    *descriptor.get(at..)?.first_chunk()?,
                )))
            };
            let pixels = side(4)?.saturating_mul(side(6)?);
            let data = Data::take(walk, root_bits, pixels);
            Some(Block::Frame(Frame { opening, data }))
        }
        TRAILER => Some(Block::Trailer),
        _ => None,
    }
}

fn extension<'a>(walk: &mut Walk<'a>) -> Option<Block<'a>> {
    let label = walk.byte()?;
    let blocks = walk.rest;
    while !data::block(walk)?.is_empty() {}
    let mut walk = Walk { rest: blocks };
    Some(match label {
        CONTROL => match data::block(&mut walk)?.first_chunk::<4>() {
            Some([flags, delay0, delay1, transparent]) => {
                // The upper three bits are reserved.
                Block::Control([*flags & 0x1F, *delay0, *delay1, *transparent])
            }
            None => Block::Other,
        },
        APPLICATION => {
            let name = data::block(&mut walk)?;
            if LOOPS.contains(&name) {
                loops(&mut walk)?
            } else if name == PROFILE {
                let mut profile = Vec::new();
                while let Some(piece) = data::block(&mut walk).filter(|piece| !piece.is_empty()) {
                    profile.extend_from_slice(piece);
                }
                Block::Profile(profile)
            } else {
                Block::Other
            }
        }
        _ => Block::Other,
    })
}

/// Reads the looping extension. The number is in the sub-block that begins with 1; one that begins with 2 names a
/// buffer size.
fn loops<'a>(walk: &mut Walk<'_>) -> Option<Block<'a>> {
    loop {
        match data::block(walk)? {
            [] => return Some(Block::Other),
            [kind, low, high, ..] if kind & 7 == 1 => {
                return Some(Block::Repeats(u16::from_le_bytes([*low, *high])));
            }
            _ => {}
        }
    }
}

/// Writes the profile, and returns whether it was one.
fn write_profile(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(profile) = icc::whole(bytes) else {
        return false;
    };
    out.extend([EXTENSION, APPLICATION, 11]);
    out.extend_from_slice(PROFILE);
    data::write(profile, out);
    true
}

impl Frame<'_> {
    fn write_data(&self, out: &mut Vec<u8>) -> Option<()> {
        self.data.write(out)
    }
}

fn color_table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}
