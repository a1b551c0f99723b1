//! Codecs of transport streams, by the stream's type number and by the descriptors of private streams.

use super::Codec;
use crate::dolby_vision;

/// The kind of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A moving picture.
    Picture(Codec),
    /// Sound.
    Sound(Codec),
    /// Anything that is neither seen nor heard, such as subtitles and tables.
    Other,
}

use Kind::{Other, Picture, Sound};

/// Tags of descriptors: ISO/IEC 13818-1, table 2-45, and ETSI EN 300 468, table 12.
const REGISTRATION: u8 = 0x05;
const DVB_AC3: u8 = 0x6A;
const DVB_EAC3: u8 = 0x7A;
const DVB_DTS: u8 = 0x7B;
const DVB_AAC: u8 = 0x7C;
const DVB_EXTENSION: u8 = 0x7F;
/// The configuration record of Dolby Vision.
const DOLBY_VISION: u8 = 0xB0;

/// The tag of the descriptor with the languages of a stream, ISO/IEC 13818-1, 2.6.18.
const LANGUAGE: u8 = 0x0A;

/// Returns the first language of a stream, a code of ISO 639-2.
pub(crate) fn language(descriptors: &[u8]) -> Option<&[u8]> {
    let (_, body) = each(descriptors).find(|(tag, _)| *tag == LANGUAGE)?;
    body.get(..3)
}

/// Finds the kind of a stream by its type number and descriptors. Blu-ray discs (`HDMV`) have type numbers of their
/// own.
pub(crate) fn kind(number: u8, descriptors: &[u8], is_disc: bool) -> Kind {
    if is_disc && let Some(kind) = on_disc(number) {
        return kind;
    }
    match number {
        0x01 => Picture(Ok("mpeg1video")),
        0x02 => Picture(Ok("mpeg2video")),
        0x03 | 0x04 => Sound(Ok("mp2")),
        0x06 => private(descriptors),
        0x0F => Sound(Ok("aac")),
        0x10 => Picture(Ok("mpeg4")),
        0x11 => Sound(Ok("aac_latm")),
        0x1B | 0x20 => Picture(Ok("h264")),
        0x1C => Sound(Ok("aac")),
        0x21 => Picture(Ok("jpeg2000")),
        0x24 => Picture(layered(descriptors)),
        0x33 => Picture(Ok("vvc")),
        0x2D | 0x2E => Sound(Err("MPEG-H 3D Audio".to_owned())),
        0x42 => Picture(Ok("cavs")),
        0x80 if is(descriptors, b"HDMV") => Sound(Ok("pcm_bluray")),
        // DigiCipher II.
        0x80 => Picture(Ok("mpeg2video")),
        0x81 => Sound(Ok("ac3")),
        0x82 if is(descriptors, b"DTS1") => Sound(Ok("dts")),
        0x83 => Sound(Ok("truehd")),
        0x87 => Sound(Ok("eac3")),
        0x8A => Sound(Ok("dts")),
        0xD1 => Picture(Ok("dirac")),
        0xD2 => Picture(Err("AVS2".to_owned())),
        0xD4 => Picture(Err("AVS3".to_owned())),
        0xEA => Picture(Ok("vc1")),
        _ => registered(descriptors).unwrap_or(Other),
    }
}

fn on_disc(number: u8) -> Option<Kind> {
    Some(match number {
        0x80 => Sound(Ok("pcm_bluray")),
        0x81 => Sound(Ok("ac3")),
        0x82 | 0x85 | 0x86 | 0xA2 => Sound(Ok("dts")),
        0x83 => Sound(Ok("truehd")),
        0x84 | 0xA1 => Sound(Ok("eac3")),
        0x90..=0x92 => Other,
        _ => return None,
    })
}

fn private(descriptors: &[u8]) -> Kind {
    if let Some(kind) = registered(descriptors) {
        return kind;
    }
    for (tag, body) in each(descriptors) {
        match (tag, body.first()) {
            (DVB_AC3, _) => return Sound(Ok("ac3")),
            (DVB_EAC3, _) => return Sound(Ok("eac3")),
            (DVB_DTS, _) => return Sound(Ok("dts")),
            (DVB_AAC, _) => return Sound(Ok("aac")),
            (DVB_EXTENSION, Some(0x15)) => return Sound(Err("Dolby AC-4".to_owned())),
            (DVB_EXTENSION, Some(0x80)) => return Sound(Ok("opus")),
            _ => {}
        }
    }
    Other
}

fn registered(descriptors: &[u8]) -> Option<Kind> {
    let named = |name: &[u8; 4]| is(descriptors, name);
    let all: [(&[u8; 4], Kind); 13] = [
        (b"drac", Picture(Ok("dirac"))),
        (b"AC-3", Sound(Ok("ac3"))),
        (b"EAC3", Sound(Ok("eac3"))),
        (b"AC-4", Sound(Err("Dolby AC-4".to_owned()))),
        (b"BSSD", Sound(Ok("s302m"))),
        (b"DTS1", Sound(Ok("dts"))),
        (b"DTS2", Sound(Ok("dts"))),
        (b"DTS3", Sound(Ok("dts"))),
        (b"HEVC", Picture(layered(descriptors))),
        (b"VVC ", Picture(Ok("vvc"))),
        (b"Opus", Sound(Ok("opus"))),
        (b"VC-1", Picture(Ok("vc1"))),
        (
            b"AV01",
            Picture(Err("AV1 in a transport stream".to_owned())),
        ),
    ];
    all.into_iter()
        .find(|(name, _)| named(name))
        .map(|(_, kind)| kind)
}

/// Returns the codec of a picture in HEVC, which may be in Dolby Vision.
fn layered(descriptors: &[u8]) -> Codec {
    match each(descriptors).find(|(tag, _)| *tag == DOLBY_VISION) {
        Some((_, record)) => dolby_vision::with_record(Ok("hevc"), record),
        None => Ok("hevc"),
    }
}

/// Tells whether a descriptor registers this format.
pub(crate) fn is(descriptors: &[u8], name: &[u8; 4]) -> bool {
    each(descriptors).any(|(tag, body)| tag == REGISTRATION && body.starts_with(name))
}

/// Splits descriptors: a tag, a length, and as many bytes.
fn each(descriptors: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = descriptors;
    std::iter::from_fn(move || {
        let [tag, length, body @ ..] = rest else {
            return None;
        };
        let (body, after) = body.split_at_checked(usize::from(*length))?;
        rest = after;
        Some((*tag, body))
    })
}
