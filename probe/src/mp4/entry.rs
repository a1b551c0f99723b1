//! Reads sample descriptions: codec, size, and whether a decryption key is needed.

use super::esds;
use crate::codec::{Codec, picture, sound, text};
use crate::cut::Cut;
use crate::parameters::{self, Parameters};
use crate::{DAMAGED, Refusal, dolby_vision};

/// The content of a track.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Entry {
    Picture {
        codec: Codec,
        /// The size in the description.
        size: (u32, u32),
        /// The pixel shape in the description.
        pixel: Option<(u32, u32)>,
        /// The codec's own headers, if the description contains them.
        coded: Parameters,
    },
    Sound {
        codec: Codec,
        channels: u16,
        sample_rate: u32,
    },
    Captions {
        codec: Codec,
    },
    /// Encrypted by common encryption (ISO/IEC 23001-7) or FairPlay.
    Protected,
    /// The list is empty.
    Nothing,
}

/// Reads the first description of a track; further ones differ only in details.
pub(super) fn read(stsd: &[u8], handler: &[u8; 4]) -> Result<Entry, Refusal> {
    let mut cut = Cut(stsd);
    let head = cut
        .skip(8)
        .and_then(|()| Some((cut.be32()?, cut.array::<4>()?)));
    let Some((size, name)) = head else {
        return Ok(Entry::Nothing);
    };
    if text::HANDLERS.contains(&handler) {
        return Ok(Entry::Captions {
            codec: text::in_mp4(name),
        });
    }
    let length = usize::try_from(size)
        .unwrap_or(usize::MAX)
        .saturating_sub(8);
    let body = cut.0.get(..length.min(cut.0.len())).ok_or(DAMAGED)?;
    if matches!(&name, b"encv" | b"enca" | b"drmi" | b"drms") || has(body, b"sinf") {
        return Ok(Entry::Protected);
    }
    let entry = if handler == b"vide" {
        picture_entry(body, name)
    } else {
        sound_entry(body, name)
    };
    entry.ok_or(DAMAGED)
}

fn picture_entry(body: &[u8], name: [u8; 4]) -> Option<Entry> {
    let mut cut = Cut(body);
    cut.skip(24)?;
    let size = (u32::from(cut.be16()?), u32::from(cut.be16()?));
    // For codecs that FFmpeg does not decode, the rest may have any format.
    let boxes = cut.skip(50).map_or(&[][..], |()| cut.0);
    let pixel = child(boxes, b"pasp").and_then(|pasp| {
        let mut cut = Cut(pasp);
        Some((cut.be32()?, cut.be32()?))
    });
    let config = child(boxes, b"esds").and_then(esds::read);
    let codec = match config.as_ref().and_then(|config| config.codec) {
        Some(codec) if &name == b"mp4v" => Ok(codec),
        Some(_) | None => picture::named(name),
    };
    let layers = dolby_vision::BOXES
        .iter()
        .find_map(|name| child(boxes, name));
    let codec = match layers {
        Some(record) => dolby_vision::with_record(codec, record),
        None => codec,
    };
    let coded = match &codec {
        Ok("h264") => child(boxes, b"avcC").map(parameters::avc),
        Ok("hevc") => child(boxes, b"hvcC").map(parameters::hevc),
        Ok("av1") => child(boxes, b"av1C").map(parameters::av1),
        Ok("mpeg4") => config.map(|config| parameters::mpeg4(config.specific)),
        Ok(_) | Err(_) => None,
    };
    Some(Entry::Picture {
        codec,
        size,
        pixel,
        coded: coded.unwrap_or_default(),
    })
}

/// Reads a description of sound. Version 2 of QuickTime stores the numbers elsewhere.
fn sound_entry(body: &[u8], name: [u8; 4]) -> Option<Entry> {
    let mut cut = Cut(body);
    cut.skip(8)?;
    let version = cut.be16()?;
    cut.skip(6)?;
    let mut channels = cut.be16()?;
    cut.skip(6)?;
    let mut sample_rate = cut.be32()? >> 16;
    if version == 2 {
        cut.skip(4)?;
        let rate = f64::from_be_bytes(cut.array()?);
        let rate = std::time::Duration::try_from_secs_f64(rate).map_or(0, |rate| rate.as_secs());
        sample_rate = u32::try_from(rate).unwrap_or(0);
        channels = u16::try_from(cut.be32()?).unwrap_or(0);
    }
    // Depending on the version, this box is after the numbers or in a `wave` box there.
    let config = find(body, b"esds").and_then(esds::read);
    let codec = match config {
        Some(config) if &name == b"mp4a" => config.sound(),
        Some(_) | None => sound::named(name),
    };
    Some(Entry::Sound {
        codec,
        channels,
        sample_rate,
    })
}

/// Finds a box in a description by walking the boxes.
fn child<'a>(body: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    let mut cut = Cut(body);
    for _ in 0..32 {
        let size = usize::try_from(cut.be32()?).ok()?;
        let name = cut.array::<4>()?;
        let content = cut.take(size.checked_sub(8)?)?;
        if &name == wanted {
            return Some(content);
        }
    }
    None
}

/// The bytes after the first occurrence of a box's name.
fn find<'a>(body: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    let at = body.windows(4).position(|window| window == name)?;
    body.get(at + 4..)
}

/// Tells whether a box of this name may be in the description. The position of boxes depends on the version, so the
/// name is searched for; a chance match refuses one file in billions.
fn has(body: &[u8], name: &[u8; 4]) -> bool {
    find(body, name).is_some()
}
