//! Reads AVI: chunks in lists. Microsoft's AVI RIFF File Reference. Only the list `hdrl` is read, and for DV the first
//! picture.

use crate::codec::{Codec, picture, sound};
use crate::cut::Cut;
use crate::describe::{Shape, milliseconds, rate};
use crate::reader::{Reader, Source};
use crate::tracks::Tracks;
use crate::{Container, DAMAGED, Description, Refusal, Selector, Stop, dv};

/// The longest header list that is read, in bytes.
const MAX_HEADER: u64 = 1 << 20;

/// The maximum number of chunks that are searched for the first picture.
const MAX_CHUNKS: usize = 64;

/// The fields of `strh`: the kind of a stream and its length.
struct Stream {
    kind: [u8; 4],
    handler: [u8; 4],
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
    let after = u64::from(size).saturating_add(20);
    let frame = if has_dv(&header) {
        first_picture(file, after).await?
    } else {
        Vec::new()
    };
    Ok(describe(&header, &frame)?)
}

/// Tells whether the pixel shape may have to be read from a picture, because the header names a codec of DV.
fn has_dv(header: &[u8]) -> bool {
    header
        .windows(4)
        .any(|code| picture::named(code.try_into().unwrap_or_default()) == Ok("dvvideo"))
}

/// Reads the beginning of the first picture: after the header, in the list `movi`, a chunk whose name ends in `db` or
/// `dc`.
async fn first_picture<S: Source>(
    file: &mut Reader<'_, S>,
    after: u64,
) -> Result<Vec<u8>, Stop<S::Error>> {
    let mut at = after;
    for _ in 0..MAX_CHUNKS {
        let head = file.some(at, 12).await?;
        let mut cut = Cut(&head);
        let (Some(name), Some(size)) = (cut.array::<4>(), cut.le32()) else {
            break;
        };
        let is_list = &name == b"LIST" && matches!(cut.0, b"movi" | b"rec ");
        if matches!(name, [_, _, b'd', b'b' | b'c']) {
            return file.some(at.saturating_add(8), dv::FRAME).await;
        }
        let padded = u64::from(size).saturating_add(u64::from(size % 2));
        at = at.saturating_add(if is_list { 12 } else { 8 + padded });
    }
    Ok(Vec::new())
}

/// Describes the streams. FFmpeg counts every list with a header as a stream, whatever it holds.
fn describe(header: &[u8], frame: &[u8]) -> Result<Description, Refusal> {
    let mut found = Tracks::default();
    let mut duration_ms = None;
    let mut index = 0_u16;
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
        let Some(stream) = part(b"strh").and_then(stream) else {
            continue;
        };
        let selector = Selector::Index(index);
        index = index.saturating_add(1);
        let format = part(b"strf").unwrap_or_default();
        let units = u64::from(stream.length) * u64::from(stream.scale);
        let lasts = milliseconds(units, u64::from(stream.rate));
        match &stream.kind {
            b"vids" => {
                let (codec, mut shape) = picture(format, &stream);
                if let Some(shape) = shape.as_mut().filter(|_| codec == Ok("dvvideo")) {
                    shape.pixel = dv::pixel(frame, shape.stored).unwrap_or(shape.pixel);
                }
                found.picture(selector, codec, shape);
            }
            b"auds" => sound(format, selector, &mut found),
            // Picture and sound in one stream, as cameras wrote them. FFmpeg splits it only if it is the first stream.
            b"iavs" => found.picture(selector, Err("DV of type 1".to_owned()), None),
            _ => continue,
        }
        duration_ms = duration_ms.max(lasts);
    }
    found.described(Container::Avi, duration_ms)
}

/// A chunk of a list, by name.
type Chunk<'a> = ([u8; 4], &'a [u8]);

/// Splits a list into chunks; each is padded to an even length.
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
    let (kind, handler) = (cut.array()?, cut.array()?);
    cut.skip(12)?;
    let (scale, rate) = (cut.le32()?, cut.le32()?);
    cut.skip(4)?;
    let length = cut.le32()?;
    Some(Stream {
        kind,
        handler,
        scale,
        rate,
        length,
    })
}

/// Reads `BITMAPINFOHEADER`. The height is negative for pictures that are stored from the top down.
fn picture(format: &[u8], stream: &Stream) -> (Codec, Option<Shape>) {
    let mut cut = Cut(format);
    let mut read = || {
        cut.skip(4)?;
        let width = cut.le32()?;
        let height = i32::from_le_bytes(cut.array()?).unsigned_abs();
        cut.skip(4)?;
        Some(((width, height), cut.array::<4>()?))
    };
    let Some((stored, code)) = read() else {
        return (picture::named(stream.handler), None);
    };
    let shape = Shape {
        stored,
        pixel: (1, 1),
        rotation: 0,
        frames_per_1000_s: rate(1, u64::from(stream.scale), u64::from(stream.rate)),
    };
    (picture::named(code), Some(shape))
}

fn sound(format: &[u8], selector: Selector, found: &mut Tracks) {
    let mut cut = Cut(format);
    let numbers = cut.skip(2).and_then(|()| Some((cut.le16()?, cut.le32()?)));
    let (channels, sample_rate) = numbers.unzip();
    found.sound(
        selector,
        sound::of_wave_format(format),
        channels,
        sample_rate,
    );
}
