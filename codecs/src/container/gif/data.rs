//! The data of a frame: sub-blocks of up to 255 bytes, and an empty one behind them (GIF89a, section 15).

use super::super::{Walk, between};
use super::lzw::{Codes, Step};

/// The most bytes of a sub-block.
const MOST: usize = 255;

pub(super) struct Data<'a> {
    /// The sub-blocks, the empty one the last, if it is there.
    blocks: &'a [u8],
    is_cut: bool,
    root_bits: u8,
    pixels: u64,
}

/// Where the data end within the sub-blocks.
enum End {
    /// With the sub-blocks, for all that is known.
    Whole,
    /// Behind so many bytes of content, with these in the place of the last one.
    Early { bytes: usize, tail: Vec<u8> },
}

impl<'a> Data<'a> {
    /// As much as there is of it.
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

    /// Whether the file ends before these data do.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Writes the data without what decoders skip behind their end. Nothing when they were cut short and pixels are missing.
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
        // How many bytes tell every pixel, and the last of them.
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
        // No end code: one is put behind the last pixel, where more than its bits follows.
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

/// The content of the next sub-block; empty for the last one.
pub(super) fn block<'a>(walk: &mut Walk<'a>) -> Option<&'a [u8]> {
    let length = walk.byte()?;
    walk.take(length.into())
}

/// Writes sub-blocks.
pub(super) fn write(content: &[u8], out: &mut Vec<u8>) {
    for piece in content.chunks(MOST) {
        out.push(u8::try_from(piece.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(piece);
    }
    out.push(0);
}
