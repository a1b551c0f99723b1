//! ITU-T T.81, Annex B: segments until EOI; behind each SOS, entropy-coded data until a marker that is neither
//! stuffing nor a restart. What follows EOI (cameras append previews, phones whole videos) is not the image.

mod blocks;
mod huffman;
mod intervals;
mod parts;
mod scan;
mod strip;
mod tables;

use super::{Walk, exif};
use parts::{APP1, EOI, Part, SOF2, SOI, SOS, TEM, is_frame, next};

pub(super) use strip::strip;

/// A segment, or the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a> {
    /// The entropy-coded data before it, restarts and stuffing included: that of the scan whose header came last.
    pub(crate) coded: &'a [u8],
    /// The second byte of its marker; TEM for every marker without content that has no place there.
    pub(crate) marker: u8,
    /// Behind the length.
    pub(crate) content: &'a [u8],
}

/// What stands before the pixels.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Frame {
    /// Pixels across, as stored.
    pub(crate) width: u16,
    /// Pixels down, as stored.
    pub(crate) height: u16,
    /// Whether scans refine one another (G.1.1).
    pub(crate) is_progressive: bool,
    /// What the first EXIF segment says that says one: 1 to 8.
    pub(crate) orientation: Option<u8>,
}

/// All segments in their order, EOI the last; without one, the file was cut short.
pub(crate) fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut walk = Walk { rest: bytes };
    let mut is_open = walk.take(2) == Some(&[0xFF, SOI]);
    std::iter::from_fn(move || {
        let (coded, part) = is_open.then(|| next(&mut walk)).flatten()?;
        let (marker, content) = match part {
            Part::Segment { marker, content } => (marker, content),
            Part::Bare => (TEM, [].as_slice()),
            Part::End => (EOI, [].as_slice()),
        };
        is_open = marker != EOI;
        Some(Segment {
            coded,
            marker,
            content,
        })
    })
}

/// What stands before the first scan; nothing when no frame or no scan does.
pub(super) fn opening(walk: &mut Walk<'_>) -> Option<Frame> {
    (walk.take(2)? == [0xFF, SOI]).then_some(())?;
    let mut frame = None;
    let mut orientation = None;
    loop {
        match next(walk)?.1 {
            Part::Segment { marker: SOS, .. } => {
                return frame.map(|frame| Frame {
                    orientation,
                    ..frame
                });
            }
            Part::Segment {
                marker: APP1,
                content,
            } if exif::is_exif(content) => {
                orientation = orientation.or_else(|| exif::orientation(content));
            }
            Part::Segment { marker, content } if is_frame(marker) => {
                frame = frame.or_else(|| frame_of(marker, content));
            }
            Part::Segment { .. } | Part::Bare => {}
            Part::End => return None,
        }
    }
}

/// By B.2.2: precision, lines, samples a line.
fn frame_of(marker: u8, content: &[u8]) -> Option<Frame> {
    let [_, h0, h1, w0, w1] = content.first_chunk::<5>()?;
    Some(Frame {
        width: u16::from_be_bytes([*w0, *w1]),
        height: u16::from_be_bytes([*h0, *h1]),
        is_progressive: marker == SOF2,
        orientation: None,
    })
}

/// The file with EOI behind its last scan, when that is missing, and no pixel is.
pub(super) fn closed(bytes: &[u8]) -> Option<Vec<u8>> {
    let (pixels, rest) = bytes.split_at_checked(strip::end_of_pixels(bytes)?)?;
    Some([pixels, &[0xFF, EOI], rest].concat())
}
