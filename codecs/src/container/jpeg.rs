//! ITU-T T.81, Annex B: segments until EOI; behind each SOS, entropy-coded data until a marker that is neither
//! stuffing nor a restart. What follows EOI (cameras append previews, phones whole videos) is not the image.

use super::Walk;

const TEM: u8 = 0x01;
const SOF2: u8 = 0xC2;
const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP14: u8 = 0xEE;
const APP15: u8 = 0xEF;
const COM: u8 = 0xFE;

/// One step of the walk.
enum Part<'a> {
    /// A marker without content: TEM, a restart, a second SOI that decoders skip.
    Bare,
    /// A marker and its content.
    Segment { marker: u8, content: &'a [u8] },
    /// The end.
    End,
}

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
pub(crate) struct Frame<'a> {
    /// Pixels across, as stored.
    pub(crate) width: u16,
    /// Pixels down, as stored.
    pub(crate) height: u16,
    /// Whether scans refine one another (G.1.1).
    pub(crate) is_progressive: bool,
    /// The TIFF block of the first EXIF segment.
    pub(crate) exif: Option<&'a [u8]>,
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

/// Nothing when a frame, a scan or the end is missing.
pub(super) fn frame<'a>(walk: &mut Walk<'a>) -> Option<Frame<'a>> {
    let frame = opening(walk)?;
    while !matches!(next(walk)?.1, Part::End) {}
    Some(frame)
}

/// What stands before the first scan; nothing when no frame or no scan does.
pub(super) fn opening<'a>(walk: &mut Walk<'a>) -> Option<Frame<'a>> {
    walk.take(2)?;
    let mut frame = None;
    let mut exif = None;
    loop {
        match next(walk)?.1 {
            Part::Segment { marker: SOS, .. } => {
                return frame.map(|frame| Frame { exif, ..frame });
            }
            Part::Segment {
                marker: APP1,
                content,
            } => exif = exif.or_else(|| content.strip_prefix(b"Exif\0\0")),
            Part::Segment { marker, content } if is_frame(marker) => {
                frame = frame.or_else(|| frame_of(marker, content));
            }
            Part::Segment { .. } | Part::Bare => {}
            Part::End => return None,
        }
    }
}

/// SOF0 to SOF15 (B.1.1.3), among which three numbers are for other things: DHT, JPG, DAC.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

/// By B.2.2: precision, lines, samples a line.
fn frame_of(marker: u8, content: &[u8]) -> Option<Frame<'_>> {
    let [_, h0, h1, w0, w1] = content.first_chunk::<5>()?;
    Some(Frame {
        width: u16::from_be_bytes([*w0, *w1]),
        height: u16::from_be_bytes([*h0, *h1]),
        is_progressive: marker == SOF2,
        exif: None,
    })
}

pub(super) fn strip(walk: &mut Walk<'_>, exif: Option<&[u8]>) -> Option<Vec<u8>> {
    walk.take(2)?;
    let mut out = vec![0xFF, SOI];
    let mut exif = exif;
    loop {
        let (coded, part) = next(walk)?;
        out.extend_from_slice(coded);
        match part {
            Part::End => {
                out.extend([0xFF, EOI]);
                return Some(out);
            }
            Part::Segment { marker, content } if is_kept(marker, content) => {
                // JFIF wants to be first (T.871, 10.1), so the orientation stands behind it, before all else.
                if let Some(tiff) = exif.take_if(|_| marker != APP0) {
                    segment(&mut out, APP1, &[b"Exif\0\0", tiff].concat())?;
                }
                segment(&mut out, marker, content)?;
            }
            Part::Segment { .. } | Part::Bare => {}
        }
    }
}

/// What a decoder needs: JFIF, colour profile, Adobe's colour transform, and everything that is not for
/// applications (tables, frames, scans).
fn is_kept(marker: u8, content: &[u8]) -> bool {
    match marker {
        APP0 => content.starts_with(b"JFIF\0"),
        APP2 => content.starts_with(b"ICC_PROFILE\0"),
        APP14 => content.starts_with(b"Adobe"),
        APP1..=APP15 | COM => false,
        _ => true,
    }
}

fn segment(out: &mut Vec<u8>, marker: u8, content: &[u8]) -> Option<()> {
    let length = u16::try_from(content.len().checked_add(2)?).ok()?;
    out.extend([0xFF, marker]);
    out.extend(length.to_be_bytes());
    out.extend_from_slice(content);
    Some(())
}

/// The entropy-coded data before the next marker (restarts and stuffing included), and the part it begins.
fn next<'a>(walk: &mut Walk<'a>) -> Option<(&'a [u8], Part<'a>)> {
    let start = walk.rest;
    loop {
        let at = memchr::memchr(0xFF, walk.rest)?;
        walk.take(at)?;
        let coded = start.get(..start.len().checked_sub(walk.rest.len())?)?;
        // Any number of fill bytes may stand before a marker's code (B.1.1.2).
        while walk.rest.first() == Some(&0xFF) {
            walk.take(1)?;
        }
        let part = match walk.byte()? {
            // Stuffing and restarts belong to the coded data.
            0x00 | 0xD0..=0xD7 => continue,
            TEM | SOI => Part::Bare,
            EOI => Part::End,
            marker => {
                let length = walk.be16()?;
                Part::Segment {
                    marker,
                    content: walk.take(length.checked_sub(2)?)?,
                }
            }
        };
        return Some((coded, part));
    }
}
