//! Splits a JPEG into marker segments and the data between them (ITU-T T.81, Annex B).

use super::super::Walk;

pub(super) const TEM: u8 = 0x01;
pub(super) const SOF0: u8 = 0xC0;
pub(super) const SOF2: u8 = 0xC2;
pub(super) const DHT: u8 = 0xC4;
pub(super) const SOI: u8 = 0xD8;
pub(super) const EOI: u8 = 0xD9;
pub(super) const SOS: u8 = 0xDA;
pub(super) const DQT: u8 = 0xDB;
pub(super) const DNL: u8 = 0xDC;
pub(super) const DRI: u8 = 0xDD;
pub(super) const APP0: u8 = 0xE0;
pub(super) const APP1: u8 = 0xE1;
pub(super) const APP2: u8 = 0xE2;
pub(super) const APP14: u8 = 0xEE;
pub(super) const APP15: u8 = 0xEF;
pub(super) const COM: u8 = 0xFE;
pub(super) const DAC: u8 = 0xCC;

/// One step of the walk through the file.
pub(super) enum Part<'a> {
    /// A marker without content: TEM, or a second SOI, which decoders skip.
    Bare,
    /// A marker with its content.
    Segment { marker: u8, content: &'a [u8] },
    /// The end of the image (EOI).
    End,
}

/// Returns whether the marker is one of SOF0 to SOF15 (B.1.1.3). Three of these numbers have other uses.
pub(super) fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, DHT | 0xC8 | DAC)
}

/// Returns the next marker's part, and the bytes before it: after a scan header these are the scan's data, with
/// restarts and stuffing.
pub(super) fn next<'a>(walk: &mut Walk<'a>) -> Option<(&'a [u8], Part<'a>)> {
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
            // Stuffing and restarts are part of the coded data.
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
