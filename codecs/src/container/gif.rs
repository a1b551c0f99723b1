//! Blocks until the trailer. GIF89a, §17 to §27. <https://www.w3.org/Graphics/GIF/spec-gif89a.txt>

use super::Walk;

enum Block {
    Frame,
    Extension { is_kept: bool },
    Trailer,
}

/// Every image descriptor is a frame.
pub(super) fn count_frames(walk: &mut Walk<'_>) -> Option<u32> {
    open(walk)?;
    let mut frames = 0_u32;
    loop {
        match next(walk)? {
            Block::Frame => frames = frames.saturating_add(1),
            Block::Extension { .. } => {}
            Block::Trailer => return (frames > 0).then_some(frames),
        }
    }
}

/// How often an animation is shown; 0 is for ever. Once when nothing is said, and otherwise the first time is not counted.
pub(super) fn plays(bytes: &[u8]) -> u16 {
    const REPEATS: &[u8] = b"\x21\xFF\x0BNETSCAPE2.0\x03\x01";
    let count = memchr::memmem::find(bytes, REPEATS)
        .and_then(|at| bytes.get(at.checked_add(REPEATS.len())?..)?.first_chunk())
        .map(|count| u16::from_le_bytes(*count));
    match count {
        None => 1,
        Some(0) => 0,
        Some(count) => count.saturating_add(1),
    }
}

pub(super) fn strip(walk: &mut Walk<'_>) -> Option<Vec<u8>> {
    let start = walk.rest;
    open(walk)?;
    let mut out = between(start, walk.rest)?.to_vec();
    loop {
        let before = walk.rest;
        let block = next(walk)?;
        match block {
            Block::Extension { is_kept: false } => {}
            Block::Extension { .. } | Block::Frame => {
                out.extend_from_slice(between(before, walk.rest)?)
            }
            Block::Trailer => {
                out.push(TRAILER);
                return Some(out);
            }
        }
    }
}

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2C;
const TRAILER: u8 = 0x3B;
const GRAPHIC_CONTROL: u8 = 0xF9;
const PLAIN_TEXT: u8 = 0x01;
const APPLICATION: u8 = 0xFF;

/// Header, logical screen, global colour table.
fn open(walk: &mut Walk<'_>) -> Option<()> {
    walk.take(10)?;
    let flags = walk.byte()?;
    walk.take(2)?;
    walk.take(color_table_bytes(flags)).map(drop)
}

fn next(walk: &mut Walk<'_>) -> Option<Block> {
    match walk.byte()? {
        EXTENSION => {
            let label = walk.byte()?;
            let is_kept = match label {
                GRAPHIC_CONTROL | PLAIN_TEXT => true,
                // Loops, and colour profiles; what else applications leave (XMP) is not shown.
                APPLICATION => [b"\x0BNETSCAPE2.0", b"\x0BANIMEXTS1.0", b"\x0BICCRGBG1012"]
                    .iter()
                    .any(|known| walk.rest.starts_with(known.as_slice())),
                _ => false,
            };
            sub_blocks(walk)?;
            Some(Block::Extension { is_kept })
        }
        IMAGE => {
            walk.take(8)?;
            let flags = walk.byte()?;
            walk.take(color_table_bytes(flags))?;
            walk.byte()?;
            sub_blocks(walk)?;
            Some(Block::Frame)
        }
        TRAILER => Some(Block::Trailer),
        _ => None,
    }
}

fn color_table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

fn sub_blocks(walk: &mut Walk<'_>) -> Option<()> {
    loop {
        match walk.byte()? {
            0 => return Some(()),
            length => walk.take(usize::from(length))?,
        };
    }
}

/// The bytes that a step of the walk took.
fn between<'a>(before: &'a [u8], after: &[u8]) -> Option<&'a [u8]> {
    before.get(..before.len().checked_sub(after.len())?)
}
