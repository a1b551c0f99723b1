//! `Tracks`: what each stream is.

use super::{Element, children, float, number};
use crate::{Audio, Description, Refusal, Video};

const TRACK_ENTRY: u64 = 0xAE;
const TRACK_TYPE: u64 = 0x83;
const CODEC_ID: u64 = 0x86;
const DEFAULT_DURATION: u64 = 0x23_E383;
const VIDEO: u64 = 0xE0;
const PIXEL_WIDTH: u64 = 0xB0;
const PIXEL_HEIGHT: u64 = 0xBA;
const DISPLAY_WIDTH: u64 = 0x54B0;
const DISPLAY_HEIGHT: u64 = 0x54BA;
const DISPLAY_UNIT: u64 = 0x54B2;
const PROJECTION: u64 = 0x7670;
const PROJECTION_POSE_ROLL: u64 = 0x7675;
const AUDIO: u64 = 0xE1;
const SAMPLING_FREQUENCY: u64 = 0xB5;
const CHANNELS: u64 = 0x9F;
const CONTENT_ENCODINGS: u64 = 0x6D80;
const CONTENT_ENCODING: u64 = 0x6240;
const CONTENT_ENCRYPTION: u64 = 0x5035;

/// <https://www.matroska.org/technical/codec_specs.html>, by how they begin.
const CODECS: &[(&str, &str)] = &[
    ("V_MPEG4/ISO/AVC", "h264"),
    ("V_MPEGH/ISO/HEVC", "hevc"),
    ("V_VP8", "vp8"),
    ("V_VP9", "vp9"),
    ("V_AV1", "av1"),
    ("V_MPEG4/ISO", "mpeg4"),
    ("V_MPEG2", "mpeg2video"),
    ("V_MPEG1", "mpeg1video"),
    ("V_THEORA", "theora"),
    ("V_MJPEG", "mjpeg"),
    ("V_PRORES", "prores"),
    ("V_FFV1", "ffv1"),
    ("V_MS/VFW/FOURCC", "vfw"),
    ("A_OPUS", "opus"),
    ("A_VORBIS", "vorbis"),
    ("A_AAC", "aac"),
    ("A_MPEG/L3", "mp3"),
    ("A_MPEG/L2", "mp2"),
    ("A_AC3", "ac3"),
    ("A_EAC3", "eac3"),
    ("A_DTS", "dts"),
    ("A_TRUEHD", "truehd"),
    ("A_FLAC", "flac"),
    ("A_PCM", "pcm"),
    ("A_ALAC", "alac"),
    ("A_MS/ACM", "acm"),
];

pub(super) fn read(tracks: &[u8], described: &mut Description) -> Result<(), Refusal> {
    for entry in children(tracks)?
        .into_iter()
        .filter(|element| element.id == TRACK_ENTRY)
    {
        let parts = children(entry.body)?;
        if is_encrypted(&parts)? {
            return Err(Refusal::Encrypted);
        }
        let codec = find(&parts, CODEC_ID).and_then(codec);
        match (find(&parts, TRACK_TYPE).map(number), codec) {
            (Some(1), Some(codec)) if described.video.is_none() => {
                described.video = video(&parts, codec)?;
            }
            (Some(2), Some(codec)) if described.audio.len() < 32 => {
                described.audio.push(audio(&parts, codec)?);
            }
            _ => {}
        }
    }
    Ok(())
}

fn find<'a>(parts: &[Element<'a>], id: u64) -> Option<&'a [u8]> {
    parts
        .iter()
        .find(|part| part.id == id)
        .map(|part| part.body)
}

fn codec(id: &[u8]) -> Option<&'static str> {
    let known = CODECS
        .iter()
        .find(|(name, _)| id.starts_with(name.as_bytes()));
    known.map(|(_, codec)| *codec)
}

/// Keys are wanted; compression, the other thing that content can be, is nobody's secret.
fn is_encrypted(parts: &[Element<'_>]) -> Result<bool, Refusal> {
    let Some(encodings) = find(parts, CONTENT_ENCODINGS) else {
        return Ok(false);
    };
    for encoding in children(encodings)?
        .into_iter()
        .filter(|part| part.id == CONTENT_ENCODING)
    {
        if find(&children(encoding.body)?, CONTENT_ENCRYPTION).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn video(parts: &[Element<'_>], codec: &'static str) -> Result<Option<Video>, Refusal> {
    let Some(settings) = find(parts, VIDEO) else {
        return Ok(None);
    };
    let settings = children(settings)?;
    let pixels = |id| find(&settings, id).and_then(|body| u32::try_from(number(body)).ok());
    let stored = (
        pixels(PIXEL_WIDTH).unwrap_or(0),
        pixels(PIXEL_HEIGHT).unwrap_or(0),
    );
    // Unit 0 is pixels, 3 a ratio: both are a shape. Centimetres and inches are one, too.
    let shape = match (
        pixels(DISPLAY_WIDTH),
        pixels(DISPLAY_HEIGHT),
        pixels(DISPLAY_UNIT),
    ) {
        (Some(width), Some(height), None | Some(0..=3)) => shape(stored, (width, height)),
        _ => (1, 1),
    };
    let rotation = match find(&settings, PROJECTION) {
        Some(projection) => turned(&children(projection)?),
        None => 0,
    };
    let mut video = Video::displayed(codec, stored, shape, rotation);
    let nanoseconds = find(parts, DEFAULT_DURATION).map(number);
    video.frames_per_1000_s = nanoseconds
        .and_then(|each| 1_000_000_000_000_u64.checked_div(each))
        .and_then(|rate| u32::try_from(rate).ok())
        .filter(|rate| *rate > 0);
    Ok(Some(video))
}

/// Of a pixel, from the stored and the displayed picture; both sides are made small enough to multiply.
fn shape(stored: (u32, u32), shown: (u32, u32)) -> (u32, u32) {
    let x = u64::from(shown.0) * u64::from(stored.1);
    let y = u64::from(shown.1) * u64::from(stored.0);
    let shift = 64_u32
        .saturating_sub(x.max(y).leading_zeros())
        .saturating_sub(32);
    let small = |number: u64| u32::try_from(number >> shift).unwrap_or(u32::MAX);
    (small(x), small(y))
}

/// Matroska counts counter-clockwise, from -180 to 180 degrees.
fn turned(projection: &[Element<'_>]) -> u16 {
    let roll = find(projection, PROJECTION_POSE_ROLL)
        .and_then(float)
        .unwrap_or(0.0);
    match roll {
        roll if (roll - 90.0).abs() < 1.0 => 270,
        roll if (roll + 90.0).abs() < 1.0 => 90,
        roll if (roll.abs() - 180.0).abs() < 1.0 => 180,
        _ => 0,
    }
}

fn audio(parts: &[Element<'_>], codec: &'static str) -> Result<Audio, Refusal> {
    let settings = children(find(parts, AUDIO).unwrap_or_default())?;
    let channels = find(&settings, CHANNELS).map_or(1, number);
    let rate = find(&settings, SAMPLING_FREQUENCY)
        .and_then(float)
        .unwrap_or(8000.0);
    let rate = std::time::Duration::try_from_secs_f64(rate).map_or(0, |rate| rate.as_secs());
    Ok(Audio {
        codec,
        channels: u16::try_from(channels).ok(),
        sample_rate: u32::try_from(rate).ok().filter(|rate| *rate > 0),
    })
}
