//! Walks over the outer structure of a file: how many frames it has, and whether it is there to its end.
//!
//! No pixel is decoded here, and no length field is believed beyond the bytes at hand. Decoders are lenient
//! about missing ends; these walks are what refuses a file that was cut short.

use crate::{Damage, Encoding};

/// The number of frames of a whole file.
///
/// # Errors
/// [`Damage::Truncated`] when the file ends before its format says that it does.
pub(crate) fn count_frames(encoding: Encoding, bytes: &[u8]) -> Result<u32, Damage> {
    let mut walk = Walk { rest: bytes };
    match encoding {
        Encoding::Jpeg => jpeg(&mut walk),
        Encoding::Png => png(&mut walk),
        Encoding::Webp => webp(&mut walk),
        Encoding::Gif => gif(&mut walk),
    }
    .ok_or(Damage::Truncated)
}

/// What is left of the file. Every step is `None` beyond its end.
struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn be16(&mut self) -> Option<usize> {
        self.take(2)?
            .first_chunk()
            .map(|b| usize::from(u16::from_be_bytes(*b)))
    }

    fn be32(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|b| u32::from_be_bytes(*b))
    }

    fn le32(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|b| u32::from_le_bytes(*b))
    }
}

/// ITU-T T.81, Annex B: segments until EOI; after SOS, entropy-coded data until a marker that is
/// neither stuffing nor a restart. What follows EOI (some cameras append a preview) does not matter.
fn jpeg(walk: &mut Walk<'_>) -> Option<u32> {
    const EOI: u8 = 0xD9;
    const SOS: u8 = 0xDA;
    walk.take(2)?;
    let mut scans = 0_u32;
    loop {
        let marker = next_marker(walk)?;
        match marker {
            EOI if scans > 0 => return Some(1),
            // Standalone: TEM and restarts; a second SOI is skipped as decoders do.
            0x01 | 0xD0..=0xD8 => {}
            EOI => return None,
            _ => {
                let length = walk.be16()?;
                walk.take(length.checked_sub(2)?)?;
                scans = scans.saturating_add(u32::from(marker == SOS));
            }
        }
    }
}

/// The next marker: 0xFF, any number of fill bytes 0xFF, a code that is not 0 (B.1.1.2). Everything before
/// it is entropy-coded data (or rubbish that decoders skip as well).
fn next_marker(walk: &mut Walk<'_>) -> Option<u8> {
    loop {
        let at = walk.rest.iter().position(|byte| *byte == 0xFF)?;
        walk.take(at)?;
        while walk.rest.first() == Some(&0xFF) {
            walk.take(1)?;
        }
        let code = walk.byte()?;
        if code != 0 {
            return Some(code);
        }
    }
}

/// Chunks (length, type, data, CRC) until IEND; `acTL` says how many frames there are.
/// <https://www.w3.org/TR/png-3/#acTL-chunk>
fn png(walk: &mut Walk<'_>) -> Option<u32> {
    walk.take(8)?;
    let mut frames = 1;
    loop {
        let length = usize::try_from(walk.be32()?).ok()?;
        let kind = walk.take(4)?;
        let data = walk.take(length)?;
        walk.take(4)?;
        match kind {
            b"acTL" => frames = Walk { rest: data }.be32()?.max(1),
            b"IEND" => return Some(frames),
            _ => {}
        }
    }
}

/// RIFF chunks, each padded to an even length; every `ANMF` is a frame. RFC 9649, §2.3 to §2.7.
fn webp(walk: &mut Walk<'_>) -> Option<u32> {
    walk.take(4)?;
    let size = usize::try_from(walk.le32()?).ok()?;
    let mut body = Walk {
        rest: walk.take(size)?,
    };
    body.take(4)?;
    let mut frames = 0_u32;
    while !body.rest.is_empty() {
        let kind = body.take(4)?;
        let length = usize::try_from(body.le32()?).ok()?;
        body.take(length)?;
        if length % 2 == 1 && !body.rest.is_empty() {
            body.take(1)?;
        }
        frames = frames.saturating_add(u32::from(kind == b"ANMF"));
    }
    Some(frames.max(1))
}

/// Blocks until the trailer 0x3B; every image descriptor 0x2C is a frame. GIF89a, §17 to §27.
fn gif(walk: &mut Walk<'_>) -> Option<u32> {
    walk.take(10)?;
    let flags = walk.byte()?;
    walk.take(2)?;
    walk.take(color_table_bytes(flags))?;
    let mut frames = 0_u32;
    loop {
        match walk.byte()? {
            0x21 => {
                walk.byte()?;
                sub_blocks(walk)?;
            }
            0x2C => {
                walk.take(8)?;
                let flags = walk.byte()?;
                walk.take(color_table_bytes(flags))?;
                walk.byte()?;
                sub_blocks(walk)?;
                frames = frames.saturating_add(1);
            }
            0x3B if frames > 0 => return Some(frames),
            _ => return None,
        }
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
