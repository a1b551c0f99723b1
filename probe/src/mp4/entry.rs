//! Sample descriptions: which codec, which size, and whether somebody's keys are wanted.

use crate::cut::Cut;
use crate::{DAMAGED, Refusal};

/// What a track holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Video {
        codec: &'static str,
        size: (u32, u32),
        pixel: (u32, u32),
    },
    Audio {
        codec: &'static str,
        channels: u16,
        sample_rate: u32,
    },
    /// Common encryption (ISO/IEC 23001-7), or FairPlay.
    Protected,
    Unknown,
}

/// Registered at <https://mp4ra.org>, or Apple's.
const VIDEO: &[(&[u8; 4], &str)] = &[
    (b"avc1", "h264"),
    (b"avc2", "h264"),
    (b"avc3", "h264"),
    (b"avc4", "h264"),
    (b"hvc1", "hevc"),
    (b"hev1", "hevc"),
    (b"dvh1", "hevc"),
    (b"dvhe", "hevc"),
    (b"vp08", "vp8"),
    (b"vp09", "vp9"),
    (b"av01", "av1"),
    (b"mp4v", "mpeg4"),
    (b"jpeg", "mjpeg"),
    (b"mjpa", "mjpeg"),
    (b"mjpb", "mjpegb"),
    (b"apch", "prores"),
    (b"apcn", "prores"),
    (b"apcs", "prores"),
    (b"apco", "prores"),
    (b"ap4h", "prores"),
    (b"ap4x", "prores"),
    (b"h263", "h263"),
    (b"s263", "h263"),
    (b"AVdh", "dnxhd"),
    (b"AVdn", "dnxhd"),
    (b"dvc ", "dvvideo"),
    (b"dvcp", "dvvideo"),
    (b"rle ", "qtrle"),
    (b"png ", "png"),
    (b"mp2v", "mpeg2video"),
    (b"hdv2", "mpeg2video"),
    (b"hdv3", "mpeg2video"),
];

const AUDIO: &[(&[u8; 4], &str)] = &[
    (b"mp4a", "aac"),
    (b".mp3", "mp3"),
    (b"ac-3", "ac3"),
    (b"ec-3", "eac3"),
    (b"alac", "alac"),
    (b"fLaC", "flac"),
    (b"Opus", "opus"),
    (b"sowt", "pcm_s16le"),
    (b"twos", "pcm_s16be"),
    (b"lpcm", "pcm"),
    (b"in24", "pcm_s24be"),
    (b"in32", "pcm_s32be"),
    (b"fl32", "pcm_f32be"),
    (b"fl64", "pcm_f64be"),
    (b"ulaw", "pcm_mulaw"),
    (b"alaw", "pcm_alaw"),
    (b"raw ", "pcm_u8"),
    (b"ima4", "adpcm_ima_qt"),
    (b"samr", "amrnb"),
    (b"sawb", "amrwb"),
    (b"ipcm", "pcm"),
    (b"fpcm", "pcm"),
    (b"QDM2", "qdm2"),
];

/// The first description of a track; the others differ in details only.
pub(super) fn read(stsd: &[u8], handler: &[u8; 4]) -> Result<Entry, Refusal> {
    let mut cut = Cut(stsd);
    let head = cut
        .skip(8)
        .and_then(|()| Some((cut.be32()?, cut.array::<4>()?)));
    let Some((size, name)) = head else {
        return Ok(Entry::Unknown);
    };
    let length = usize::try_from(size)
        .unwrap_or(usize::MAX)
        .saturating_sub(8);
    let body = cut.0.get(..length.min(cut.0.len())).ok_or(DAMAGED)?;
    if matches!(&name, b"encv" | b"enca" | b"drmi" | b"drms") || has(body, b"sinf") {
        return Ok(Entry::Protected);
    }
    let entry = if handler == b"vide" {
        video(body, known(VIDEO, &name))
    } else {
        audio(body, known(AUDIO, &name))
    };
    entry.ok_or(DAMAGED)
}

fn known(table: &[(&[u8; 4], &'static str)], name: &[u8; 4]) -> Option<&'static str> {
    table
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, codec)| *codec)
}

fn video(body: &[u8], codec: Option<&'static str>) -> Option<Entry> {
    let Some(codec) = codec else {
        return Some(Entry::Unknown);
    };
    let mut cut = Cut(body);
    cut.skip(24)?;
    let size = (u32::from(cut.be16()?), u32::from(cut.be16()?));
    cut.skip(50)?;
    let pixel = child(cut.0, b"pasp").and_then(|pasp| {
        let mut cut = Cut(pasp);
        Some((cut.be32()?, cut.be32()?))
    });
    Some(Entry::Video {
        codec,
        size,
        pixel: pixel.unwrap_or((1, 1)),
    })
}

/// Version 2 of QuickTime's keeps the numbers elsewhere.
fn audio(body: &[u8], codec: Option<&'static str>) -> Option<Entry> {
    let Some(codec) = codec else {
        return Some(Entry::Unknown);
    };
    let mut cut = Cut(body);
    cut.skip(8)?;
    let version = cut.be16()?;
    cut.skip(6)?;
    let channels = cut.be16()?;
    cut.skip(6)?;
    let sample_rate = cut.be32()? >> 16;
    if version == 2 {
        return Some(Entry::Audio {
            codec,
            channels: 2,
            sample_rate: 0,
        });
    }
    Some(Entry::Audio {
        codec,
        channels,
        sample_rate,
    })
}

/// A box in a description, where what comes before it is of known length.
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

/// Whether a box of this name may be in there: descriptions of sound have their boxes at places that depend on their
/// version, and a name that turns up by chance costs a refusal of one file in billions.
fn has(body: &[u8], name: &[u8; 4]) -> bool {
    body.windows(4).any(|window| window == name)
}
