//! Blocks until the trailer. GIF89a, sections 17 to 27. <https://www.w3.org/Graphics/GIF/spec-gif89a.txt>
//!
//! Stripped, a file is written anew of its header, how often it is shown, its colour profile, and its frames with what
//! controls each. Colour tables stay whole: which of their colours no pixel has is known only when all pixels are decoded.

mod data;
mod lzw;

use super::{Walk, between, icc};
use data::Data;

/// A block that changes what is shown, or one that does not.
enum Block<'a> {
    /// How the next frame is shown.
    Control([u8; 4]),
    /// How often the frames are repeated; 0 is for ever.
    Repeats(u16),
    /// A colour profile.
    Profile(Vec<u8>),
    /// A comment, a text, what an application left.
    Other,
    Frame(Frame<'a>),
    Trailer,
}

struct Frame<'a> {
    /// From the separator to the roots' bits of the data.
    opening: &'a [u8],
    data: Data<'a>,
}

/// Every image descriptor is a frame. Nothing when there is none.
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

/// How often an animation is shown; 0 is for ever. Once when nothing is said, and otherwise the first time is not counted.
pub(super) fn plays(bytes: &[u8]) -> u16 {
    match repeats(bytes) {
        None => 1,
        Some(0) => 0,
        Some(count) => count.saturating_add(1),
    }
}

/// What the last block about it says, as browsers have it.
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

/// The file with a trailer, when only that is missing, or the terminator of its last frame too.
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

/// More than is put to a file that had not even its trailer.
const ADDED: usize = 64;

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2C;
const TRAILER: u8 = 0x3B;
const CONTROL: u8 = 0xF9;
const APPLICATION: u8 = 0xFF;

/// What says how often the frames are repeated, but for the number and the terminator.
const REPEATS: &[u8] = b"\x21\xFF\x0BNETSCAPE2.0\x03\x01";

/// Both mean the same, and so do browsers take them.
const LOOPS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

/// ICC.1:2010, B.5.
const PROFILE: &[u8] = b"ICCRGBG1012";

/// Whether nothing that could begin a frame is left: nothing at all, zeros, a block that was cut short. Browsers end at
/// whatever is no block; a file that may have lost a frame is refused here.
fn is_over(rest: &[u8]) -> bool {
    memchr::memchr(IMAGE, rest).is_none()
}

/// Header, logical screen, global colour table.
fn open(walk: &mut Walk<'_>) -> Option<()> {
    walk.take(10)?;
    let flags = walk.byte()?;
    walk.take(2)?;
    walk.take(color_table_bytes(flags)).map(drop)
}

/// Nothing at the end of the bytes, or at what is no block.
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
                // The upper bits are reserved.
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

/// The number is in the sub-block that begins with 1; one that begins with 2 asks for memory.
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

/// Whether it was one.
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
