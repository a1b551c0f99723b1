//! Reads `esds`: the MPEG codec of a track. ISO/IEC 14496-1, 7.2.6, and 14496-3, 1.6.2.

use crate::codec::Codec;
use crate::cut::{Bits, Cut};

/// The content of `esds`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Config<'a> {
    /// FFmpeg's name of the codec, if FFmpeg decodes it.
    pub(super) codec: Option<&'static str>,
    /// The codec's own header.
    pub(super) specific: &'a [u8],
}

/// The codec of an object type, as registered at <https://mp4ra.org/registered-types/object-types>.
fn codec(object: u8) -> Option<&'static str> {
    Some(match object {
        0x20 => "mpeg4",
        0x21 => "h264",
        0x23 => "hevc",
        0x40 | 0x66..=0x68 => "aac",
        0x60..=0x65 => "mpeg2video",
        0x69 | 0x6B => "mp3",
        0x6A => "mpeg1video",
        0x6C => "mjpeg",
        0x6D => "png",
        0x6E => "jpeg2000",
        0xA5 => "ac3",
        0xA6 => "eac3",
        0xA9..=0xAC => "dts",
        0xAD => "opus",
        0xDD => "vorbis",
        0xE1 => "qcelp",
        _ => return None,
    })
}

/// Audio object types that share AAC's object type: lossless coding (ALS), and unified speech and audio coding (USAC).
const LOSSLESS: u32 = 36;
const UNIFIED: u32 = 42;

impl Config<'_> {
    /// The codec of sound.
    pub(super) fn sound(&self) -> Codec {
        match (self.codec, self.audio_object()) {
            (Some("aac"), Some(UNIFIED)) => Err("xHE-AAC (USAC)".to_owned()),
            (Some("aac"), Some(LOSSLESS)) => Ok("mp4als"),
            (Some(codec), _) => Ok(codec),
            (None, _) => Ok("aac"),
        }
    }

    fn audio_object(&self) -> Option<u32> {
        let mut bits = Bits::new(self.specific);
        match bits.number(5)? {
            31 => bits.number(6).map(|rest| 32 + rest),
            kind => Some(kind),
        }
    }
}

/// Reads nested descriptors.
pub(super) fn read(esds: &[u8]) -> Option<Config<'_>> {
    let mut cut = Cut(esds);
    cut.skip(4)?;
    let (tag, _) = descriptor(&mut cut)?;
    // QuickTime sometimes leaves out the outer descriptor.
    if tag == 3 {
        cut.skip(2)?;
        let flags = cut.u8()?;
        cut.skip(if flags & 0x80 != 0 { 2 } else { 0 })?;
        if flags & 0x40 != 0 {
            let length = usize::from(cut.u8()?);
            cut.skip(length)?;
        }
        cut.skip(if flags & 0x20 != 0 { 2 } else { 0 })?;
        if descriptor(&mut cut)?.0 != 4 {
            return None;
        }
    } else if tag != 4 {
        return None;
    }
    let codec = codec(cut.u8()?);
    cut.skip(12)?;
    let specific = descriptor(&mut cut)
        .filter(|(tag, _)| *tag == 5)
        .and_then(|(_, length)| cut.0.get(..length.min(cut.0.len())));
    Some(Config {
        codec,
        specific: specific.unwrap_or_default(),
    })
}

/// Reads a descriptor's tag, and its length with seven bits per byte.
fn descriptor(cut: &mut Cut<'_>) -> Option<(u8, usize)> {
    let tag = cut.u8()?;
    let mut length = 0_usize;
    for _ in 0..4 {
        let byte = cut.u8()?;
        length = length << 7 | usize::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some((tag, length))
}
