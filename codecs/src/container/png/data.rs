//! The image data, of the picture (IDAT) and of further frames (fdAT): each a zlib stream in as many chunks as its writer
//! liked. What stands behind the stream is dropped; what it gives beyond the pixels makes that it is compressed anew.

use super::super::Walk;
use super::super::zlib::{self, Outcome};
use super::{next, write};

/// More than a picture needs may come out of a stream, in bytes; beyond that it is a bomb, and not looked through.
const MOST_BEYOND: u64 = 1 << 20;

/// The frames so far.
pub(super) struct Frames {
    pixel_bits: u64,
    is_interlaced: bool,
    /// Of the picture.
    sides: (u32, u32),
    has_picture: bool,
    /// How many frames there are to be; nothing without animation.
    wanted: Option<u32>,
    /// How many began.
    begun: u32,
    /// The sides of the frame whose data are awaited.
    awaited: Option<(u32, u32)>,
    /// The number of the next fcTL or fdAT.
    sequence: u32,
}

impl Frames {
    /// By IHDR.
    pub(super) fn new(header: &[u8]) -> Option<Self> {
        let [
            w0,
            w1,
            w2,
            w3,
            h0,
            h1,
            h2,
            h3,
            depth,
            color,
            _,
            _,
            interlace,
        ] = header
        else {
            return None;
        };
        let channels = match color {
            0 | 3 => 1,
            2 => 3,
            4 => 2,
            6 => 4,
            _ => return None,
        };
        Some(Self {
            pixel_bits: u64::from(*depth) * channels,
            is_interlaced: *interlace == 1,
            sides: (
                u32::from_be_bytes([*w0, *w1, *w2, *w3]),
                u32::from_be_bytes([*h0, *h1, *h2, *h3]),
            ),
            has_picture: false,
            wanted: None,
            begun: 0,
            awaited: None,
            sequence: 0,
        })
    }

    /// Whether image data were seen.
    pub(super) fn have_begun(&self) -> bool {
        self.has_picture
    }

    /// Whether the picture is there, and every frame that was announced.
    pub(super) fn are_complete(&self) -> bool {
        let all = self.wanted.unwrap_or(0);
        self.has_picture && self.awaited.is_none() && self.begun >= all
    }

    /// acTL.
    pub(super) fn animate(&mut self, content: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let content = content.first_chunk::<8>()?;
        if self.wanted.is_none() {
            let frames = content.first_chunk::<4>()?;
            self.wanted = Some(u32::from_be_bytes(*frames));
            write(out, b"acTL", content)?;
        }
        Some(())
    }

    /// fcTL, of a frame that is wanted; others, decoders never come to.
    pub(super) fn control(&mut self, content: &[u8], out: &mut Vec<u8>) -> Option<()> {
        if self.wanted.is_none_or(|wanted| self.begun >= wanted) {
            return Some(());
        }
        let fields = content.first_chunk::<26>()?;
        let side = |at: usize| Some(u32::from_be_bytes(*fields.get(at..)?.first_chunk()?));
        self.awaited.is_none().then_some(())?;
        self.awaited = Some((side(4)?, side(8)?));
        self.begun += 1;
        let number = self.number();
        write(out, b"fcTL", &[&number, fields.get(4..)?].concat())
    }

    fn number(&mut self) -> [u8; 4] {
        let number = self.sequence.to_be_bytes();
        self.sequence = self.sequence.saturating_add(1);
        number
    }

    /// All chunks of one stream, of which the first was just taken; `before` is where it begins.
    pub(super) fn data(
        &mut self,
        walk: &mut Walk<'_>,
        before: Walk<'_>,
        kind: &[u8; 4],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let run = Run {
            start: Walk { rest: before.rest },
            prefix: if kind == b"IDAT" { 0 } else { 4 },
        };
        run.skip(walk);
        let is_frame = self.awaited.take();
        let (sides, is_wanted) = match (kind, is_frame) {
            (b"IDAT", _) => (self.sides, true),
            (_, Some(sides)) => (sides, true),
            (_, None) => (self.sides, false),
        };
        // More image data, behind other chunks, are no part of the picture; nor is a frame that nothing announced.
        if !is_wanted || kind == b"IDAT" && std::mem::replace(&mut self.has_picture, true) {
            return Some(());
        }
        let bytes = self.bytes(sides);
        let pieces = || run.pieces();
        match zlib::follow(pieces(), bytes..=bytes.saturating_add(MOST_BEYOND), |_| {}) {
            // As it stands, but for what is behind it.
            Outcome::Clean { bytes: used, given } if given == bytes => {
                run.is_right(used).then_some(())?;
                let mut left = usize::try_from(used).ok()?;
                for piece in pieces().filter(|piece| !piece.is_empty()) {
                    let (piece, _) = piece.split_at(piece.len().min(left));
                    if left == 0 {
                        break;
                    }
                    left -= piece.len();
                    self.write(kind, piece, out)?;
                }
                Some(())
            }
            Outcome::Clean { .. } | Outcome::Loose => {
                run.is_right(u64::MAX).then_some(())?;
                let anew = zlib::again(pieces(), bytes)?;
                self.write(kind, &anew, out)
            }
            Outcome::Short => None,
        }
    }

    fn write(&mut self, kind: &[u8; 4], piece: &[u8], out: &mut Vec<u8>) -> Option<()> {
        if kind == b"IDAT" {
            return write(out, kind, piece);
        }
        let number = self.number();
        write(out, kind, &[&number, piece].concat())
    }

    /// What the rows of a frame take, each with its filter's number (PNG, third edition, 7.2 and 8.1).
    fn bytes(&self, (width, height): (u32, u32)) -> u64 {
        // Columns and rows of each pass: first, and from one to the next.
        const PASSES: [(u32, u32, u32, u32); 7] = [
            (0, 8, 0, 8),
            (4, 8, 0, 8),
            (0, 4, 4, 8),
            (2, 4, 0, 4),
            (0, 2, 2, 4),
            (1, 2, 0, 2),
            (0, 1, 1, 2),
        ];
        let rows = |width: u32, height: u32| {
            let row = u64::from(width).saturating_mul(self.pixel_bits).div_ceil(8) + 1;
            if width == 0 {
                0
            } else {
                row.saturating_mul(height.into())
            }
        };
        if !self.is_interlaced {
            return rows(width, height);
        }
        let part = |side: u32, first: u32, step: u32| side.saturating_sub(first).div_ceil(step);
        PASSES
            .iter()
            .fold(0, |bytes: u64, (left, across, top, down)| {
                bytes.saturating_add(rows(part(width, *left, *across), part(height, *top, *down)))
            })
    }
}

/// The chunks of one stream.
struct Run<'a> {
    start: Walk<'a>,
    /// What stands before the stream's bytes in each: a sequence number, or nothing.
    prefix: usize,
}

impl<'a> Run<'a> {
    fn chunks(&self) -> impl Iterator<Item = super::Chunk<'a>> {
        let mut walk = Walk {
            rest: self.start.rest,
        };
        let kind: &[u8; 4] = if self.prefix == 0 { b"IDAT" } else { b"fdAT" };
        std::iter::from_fn(move || next(&mut walk).filter(|chunk| chunk.kind == kind))
    }

    fn pieces(&self) -> impl Iterator<Item = &'a [u8]> {
        let prefix = self.prefix;
        self.chunks()
            .map(move |chunk| chunk.data.get(prefix..).unwrap_or_default())
    }

    /// Puts the walk behind the last of them.
    fn skip(&self, walk: &mut Walk<'_>) {
        let mut rest = self.start.rest.len();
        for chunk in self.chunks() {
            let bytes = chunk.data.len().saturating_add(12);
            rest = rest.saturating_sub(bytes);
        }
        let past = walk.rest.len().saturating_sub(rest);
        walk.rest = walk.rest.get(past..).unwrap_or_default();
    }

    /// Whether the chunks of the stream's first bytes are what was written; of the last one, the file may miss the CRC.
    fn is_right(&self, bytes: u64) -> bool {
        let mut left = bytes;
        self.chunks().all(|chunk| {
            let is_needed = left > 0;
            let length = chunk.data.len().saturating_sub(self.prefix);
            left = left.saturating_sub(u64::try_from(length).unwrap_or(u64::MAX));
            !is_needed || chunk.crc.is_none() || chunk.is_right()
        })
    }
}
