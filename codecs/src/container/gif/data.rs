//! The image data of a frame: sub-blocks of up to 255 bytes, ended by an empty one (GIF89a, section 15).

use super::super::{Walk, between};
use super::lzw::{Codes, Step};

/// The most bytes in a sub-block.
const MOST: usize = 255;

pub(super) struct Data<'a> {
    /// The sub-blocks with their length bytes, including the final empty one if it is there.
    blocks: &'a [u8],
    is_cut: bool,
    root_bits: u8,
    pixels: u64,
}

/// The point within the sub-blocks at which the image data end.
enum End {
    /// The data end with the sub-blocks, as far as is known.
    Whole,
    /// The data end after `bytes` bytes of content, and `tail` replaces the last of these.
    Early { bytes: usize, tail: Vec<u8> },
}

impl<'a> Data<'a> {
    /// Takes the sub-blocks of a frame, or as many as the file still has.
    pub(super) fn take(walk: &mut Walk<'a>, root_bits: u8, pixels: u64) -> Self {
        let start = walk.rest;
        let is_cut = loop {
            match block(walk) {
                Some([]) => break false,
                Some(_) => {}
                None => {
                    walk.rest = &[];
                    break true;
                }
            }
        };
        Self {
            blocks: between(start, walk.rest).unwrap_or(start),
            is_cut,
            root_bits,
            pixels,
        }
    }

    /// Returns whether the file ends before these sub-blocks do.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Writes the data without the bytes after their end, which decoders skip. Returns `None` if they are cut short and
    /// pixels are missing.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Option<()> {
        match (self.end()?, self.is_cut) {
            (End::Whole, false) => out.extend_from_slice(self.blocks),
            (End::Whole, true) => write(&self.content().collect::<Vec<u8>>(), out),
            (End::Early { bytes, tail }, _) => {
                let kept = self.content().take(bytes.saturating_sub(1));
                write(&kept.chain(tail).collect::<Vec<u8>>(), out);
            }
        }
        Some(())
    }

    fn content(&self) -> impl Iterator<Item = u8> {
        let mut walk = Walk { rest: self.blocks };
        let pieces = std::iter::from_fn(move || {
            let length = walk.byte().filter(|length| *length > 0)?;
            let length = usize::from(length).min(walk.rest.len());
            walk.take(length)
        });
        pieces.flatten().copied()
    }

    fn end(&self) -> Option<End> {
        let Some(mut codes) = Codes::new(self.root_bits, self.pixels) else {
            return (!self.is_cut).then_some(End::Whole);
        };
        // The number of bytes that hold the codes of every pixel, and the last of these bytes.
        let mut full = None;
        let mut bytes = 0_usize;
        for byte in self.content() {
            bytes += 1;
            let step = codes.push(byte);
            if codes.has_all() && full.is_none() {
                full = Some((bytes, byte));
            }
            match (step, full) {
                (Step::Open, _) => {}
                (Step::Ended, full) => {
                    (full.is_some() || !self.is_cut).then_some(())?;
                    let more = self.content().nth(bytes).is_some();
                    let kept = byte & (0xFF >> codes.left());
                    let tail = vec![kept];
                    return Some(if more {
                        End::Early { bytes, tail }
                    } else {
                        End::Whole
                    });
                }
                (Step::Broken, None) => return (!self.is_cut).then_some(End::Whole),
                (Step::Broken, Some(_)) => break,
            }
        }
        // There is no end code. Put one after the last pixel if more follows than the bits of its byte.
        match full {
            Some((at, last)) if at < bytes => Some(End::Early {
                bytes: at,
                tail: codes.ending(last),
            }),
            Some(_) => Some(End::Whole),
            None => (!self.is_cut).then_some(End::Whole),
        }
    }
}

/// Takes the next sub-block and returns its content, which is empty for the last one.
pub(super) fn block<'a>(walk: &mut Walk<'a>) -> Option<&'a [u8]> {
    let length = walk.byte()?;
    walk.take(length.into())
}

/// Writes the content as sub-blocks, and the empty one after them.
pub(super) fn write(content: &[u8], out: &mut Vec<u8>) {
    for piece in content.chunks(MOST) {
        out.push(u8::try_from(piece.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(piece);
    }
    out.push(0);
}
