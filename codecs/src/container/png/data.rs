//! The image data of the picture (IDAT) and of further frames (fdAT): each a zlib stream, split into any number of
//! chunks. Bytes after the stream are dropped. A stream that gives more than the pixels is compressed anew.

use super::super::Walk;
use super::super::zlib::{self, Outcome};
use super::{next, write};

/// The most bytes that a stream may give beyond what its picture needs. A stream that gives more is a bomb, and is not
/// read to its end.
const MOST_BEYOND: u64 = 1 << 20;

/// The frames seen so far.
pub(super) struct Frames {
    pixel_bits: u64,
    is_interlaced: bool,
    /// The width and height of the picture.
    sides: (u32, u32),
    has_picture: bool,
    /// The number of frames that `acTL` announces, or `None` without animation.
    wanted: Option<u32>,
    /// The number of `fcTL` chunks so far.
    begun: u32,
    /// The width and height of the frame whose data come next.
    awaited: Option<(u32, u32)>,
    /// The sequence number of the next `fcTL` or `fdAT`.
    sequence: u32,
}

impl Frames {
    /// Reads the content of IHDR.
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

    /// Returns whether any image data were seen.
    pub(super) fn have_begun(&self) -> bool {
        self.has_picture
    }

    /// Returns whether the picture and every announced frame are there.
    pub(super) fn are_complete(&self) -> bool {
        let all = self.wanted.unwrap_or(0);
        self.has_picture && self.awaited.is_none() && self.begun >= all
    }

    /// Reads and writes `acTL`.
    pub(super) fn animate(&mut self, content: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let content = content.first_chunk::<8>()?;
        if self.wanted.is_none() {
            let frames = content.first_chunk::<4>()?;
            self.wanted = Some(u32::from_be_bytes(*frames));
            write(out, b"acTL", content)?;
        }
        Some(())
    }

    /// Reads and writes `fcTL`. Decoders never reach a frame beyond the announced number, so its `fcTL` is dropped.
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

    /// Reads and writes all chunks of one stream. `walk` is past the first of them, and `before` is at its start.
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
        // Drop a second run of IDAT, which is no part of the picture, and a frame that no `fcTL` announced.
        if !is_wanted || kind == b"IDAT" && std::mem::replace(&mut self.has_picture, true) {
            return Some(());
        }
        let bytes = self.bytes(sides);
        let pieces = || run.pieces();
        match zlib::follow(pieces(), bytes..=bytes.saturating_add(MOST_BEYOND), |_| {}) {
            // Copy the stream as it is, without the bytes after its end.
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

    /// Returns the number of bytes in a frame's rows, including each row's filter byte (PNG, third edition, 7.2 and
    /// 8.1).
    fn bytes(&self, (width, height): (u32, u32)) -> u64 {
        // First column and column step, first row and row step of each interlace pass.
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
    /// The length of the sequence number before the stream's bytes in each chunk: 4 for fdAT, 0 for IDAT.
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

    /// Moves the walk past the last chunk of the stream.
    fn skip(&self, walk: &mut Walk<'_>) {
        let mut rest = self.start.rest.len();
        for chunk in self.chunks() {
            let bytes = chunk.data.len().saturating_add(12);
            rest = rest.saturating_sub(bytes);
        }
        let past = walk.rest.len().saturating_sub(rest);
        walk.rest = walk.rest.get(past..).unwrap_or_default();
    }

    /// Returns whether the CRCs of the chunks with the stream's first `bytes` bytes are right. A chunk at the end of
    /// the file may lack its CRC.
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
