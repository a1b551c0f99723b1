//! JPEG (ITU-T T.81, Annex B): segments until EOI, and after each SOS entropy-coded data until a marker that is neither
//! stuffing nor a restart. Bytes after EOI are not part of the image (cameras append previews, phones whole videos).

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

/// A marker segment, or the end of the image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a> {
    /// The entropy-coded data before this segment, with restarts and stuffing. They belong to the scan whose header
    /// came last.
    pub(crate) coded: &'a [u8],
    /// The second byte of the marker, or TEM for every marker without content that has no place there.
    pub(crate) marker: u8,
    /// The content after the length field.
    pub(crate) content: &'a [u8],
}

/// The facts that a JPEG states before its pixels.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Frame {
    /// Pixels across, as stored.
    pub(crate) width: u16,
    /// Pixels down, as stored.
    pub(crate) height: u16,
    /// Whether later scans refine earlier ones (G.1.1).
    pub(crate) is_progressive: bool,
    /// The orientation, 1 to 8, in the first EXIF segment that holds one.
    pub(crate) orientation: Option<u8>,
}

/// Iterates over all segments in order; the last one is EOI, unless the file was cut short.
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

/// Reads everything before the first scan. Returns `None` if there is no frame or no scan.
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

/// Reads the frame header (B.2.2): precision, number of lines, samples per line.
fn frame_of(marker: u8, content: &[u8]) -> Option<Frame> {
    let [_, h0, h1, w0, w1] = content.first_chunk::<5>()?;
    Some(Frame {
        width: u16::from_be_bytes([*w0, *w1]),
        height: u16::from_be_bytes([*h0, *h1]),
        is_progressive: marker == SOF2,
        orientation: None,
    })
}

/// Returns the file with EOI added after its last scan, if EOI is missing and all pixels are there.
pub(super) fn closed(bytes: &[u8]) -> Option<Vec<u8>> {
    let (pixels, rest) = bytes.split_at_checked(strip::end_of_pixels(bytes)?)?;
    Some([pixels, &[0xFF, EOI], rest].concat())
}
