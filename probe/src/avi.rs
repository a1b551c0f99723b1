//! AVI: chunks in lists. Microsoft's AVI RIFF File Reference; only the list `hdrl` is looked at.

use crate::cut::Cut;
use crate::describe::{milliseconds, rate};
use crate::reader::{Reader, Source};
use crate::wav::wave_codec;
use crate::{Audio, Container, DAMAGED, Description, Refusal, Stop, Video};

/// The longest header list that is read, in bytes.
const MAX_HEADER: u64 = 1 << 20;

const VIDEO: &[(&[u8; 4], &str)] = &[
    (b"H264", "h264"),
    (b"X264", "h264"),
    (b"AVC1", "h264"),
    (b"HEVC", "hevc"),
    (b"H265", "hevc"),
    (b"XVID", "mpeg4"),
    (b"DIVX", "mpeg4"),
    (b"DX50", "mpeg4"),
    (b"FMP4", "mpeg4"),
    (b"MP4V", "mpeg4"),
    (b"MP42", "msmpeg4v2"),
    (b"MP43", "msmpeg4v3"),
    (b"DIV3", "msmpeg4v3"),
    (b"MJPG", "mjpeg"),
    (b"DVSD", "dvvideo"),
    (b"MPG2", "mpeg2video"),
    (b"MPG1", "mpeg1video"),
    (b"VP80", "vp8"),
    (b"VP90", "vp9"),
    (b"AV01", "av1"),
    (b"FFV1", "ffv1"),
    (b"HFYU", "huffyuv"),
    (b"FFVH", "ffvhuff"),
    (b"CVID", "cinepak"),
    (b"IV50", "indeo5"),
    (b"WMV1", "wmv1"),
    (b"WMV2", "wmv2"),
    (b"WMV3", "wmv3"),
    (b"I420", "rawvideo"),
    (b"YUY2", "rawvideo"),
    (b"UYVY", "rawvideo"),
    (b"\0\0\0\0", "rawvideo"),
];

/// `strh`: what a stream is, and how long.
struct Stream {
    kind: [u8; 4],
    scale: u32,
    rate: u32,
    length: u32,
}

pub(super) async fn read<S: Source>(
    file: &mut Reader<'_, S>,
) -> Result<Description, Stop<S::Error>> {
    let head = file.all(0, 24).await?;
    let mut cut = Cut(&head);
    let riff = cut.skip(4).and_then(|()| cut.le32()).ok_or(DAMAGED)?;
    let list = cut.skip(4).and_then(|()| cut.array::<4>()).ok_or(DAMAGED)?;
    let size = cut.le32().ok_or(DAMAGED)?;
    let name = cut.array::<4>().ok_or(DAMAGED)?;
    let is_cut = u64::from(riff).saturating_add(8) > file.bytes().saturating_add(1);
    if is_cut || &list != b"LIST" || &name != b"hdrl" || u64::from(size) > MAX_HEADER {
        return Err(DAMAGED.into());
    }
    let header = file.all(24, u64::from(size).saturating_sub(4)).await?;
    Ok(describe(&header)?)
}

fn describe(header: &[u8]) -> Result<Description, Refusal> {
    let mut found = Description::new(Container::Avi);
    for (name, body) in chunks(header)? {
        let Some((b"strl", list)) = listed(name, body) else {
            continue;
        };
        let parts = chunks(list)?;
        let part = |wanted: &[u8; 4]| {
            parts
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, body)| *body)
        };
        let Some((stream, format)) = part(b"strh").and_then(stream).zip(part(b"strf")) else {
            continue;
        };
        let units = u64::from(stream.length) * u64::from(stream.scale);
        found.duration_ms = found
            .duration_ms
            .max(milliseconds(units, u64::from(stream.rate)));
        match &stream.kind {
            b"vids" if found.video.is_none() => {
                found.video = picture(format).map(|mut video| {
                    video.frames_per_1000_s =
                        rate(1, u64::from(stream.scale), u64::from(stream.rate));
                    video
                });
            }
            b"auds" if found.audio.len() < 32 => found.audio.extend(sound(format)),
            _ => {}
        }
    }
    Ok(found)
}

/// A chunk of a list, by name.
type Chunk<'a> = ([u8; 4], &'a [u8]);

/// The chunks of a list; each is padded to an even length.
fn chunks(list: &[u8]) -> Result<Vec<Chunk<'_>>, Refusal> {
    let mut found = Vec::new();
    let mut cut = Cut(list);
    while cut.0.len() >= 8 {
        let name = cut.array().ok_or(DAMAGED)?;
        let size = cut
            .le32()
            .and_then(|size| usize::try_from(size).ok())
            .ok_or(DAMAGED)?;
        let body = cut.take(size).ok_or(DAMAGED)?;
        if size % 2 == 1 {
            cut.skip(1.min(cut.0.len())).ok_or(DAMAGED)?;
        }
        if found.len() > 1_024 {
            return Err(DAMAGED);
        }
        found.push((name, body));
    }
    Ok(found)
}

fn listed(name: [u8; 4], body: &[u8]) -> Option<(&[u8; 4], &[u8])> {
    let (kind, rest) = body.split_first_chunk()?;
    (&name == b"LIST").then_some((kind, rest))
}

fn stream(body: &[u8]) -> Option<Stream> {
    let mut cut = Cut(body);
    let kind = cut.array()?;
    cut.skip(16)?;
    let (scale, rate) = (cut.le32()?, cut.le32()?);
    cut.skip(4)?;
    let length = cut.le32()?;
    Some(Stream {
        kind,
        scale,
        rate,
        length,
    })
}

/// `BITMAPINFOHEADER`. The height is negative for pictures that are stored from the top down.
fn picture(body: &[u8]) -> Option<Video> {
    let mut cut = Cut(body);
    cut.skip(4)?;
    let width = cut.le32()?;
    let height = i32::from_le_bytes(cut.array()?).unsigned_abs();
    cut.skip(4)?;
    let code = cut.array::<4>()?.map(|byte| byte.to_ascii_uppercase());
    let known = VIDEO.iter().find(|(name, _)| **name == code);
    known.map(|(_, codec)| Video::displayed(codec, (width, height), (1, 1), 0))
}

fn sound(body: &[u8]) -> Option<Audio> {
    let mut cut = Cut(body);
    let codec = wave_codec(cut.le16()?)?;
    let channels = cut.le16()?;
    let sample_rate = cut.le32()?;
    Some(Audio {
        codec,
        channels: Some(channels),
        sample_rate: Some(sample_rate),
    })
}
