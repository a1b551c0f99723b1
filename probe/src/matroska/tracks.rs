//! Reads `Tracks`: the properties of each stream.

use super::{Element, children, float, number};
use crate::codec::{Codec, matroska as codec, text};
use crate::describe::{Shape, shape};
use crate::parameters::{self, Parameters, Units, stored};
use crate::tracks::Tracks;
use crate::{Label, Refusal, Selector, dolby_vision};

const TRACK_ENTRY: u64 = 0xAE;
const TRACK_NUMBER: u64 = 0xD7;
const TRACK_TYPE: u64 = 0x83;
const NAME: u64 = 0x536E;
const LANGUAGE: u64 = 0x22_B59C;
const LANGUAGE_BCP47: u64 = 0x22_B59D;
const CODEC_ID: u64 = 0x86;
const CODEC_PRIVATE: u64 = 0x63A2;
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
const BLOCK_ADDITION_MAPPING: u64 = 0x41E4;
const BLOCK_ADD_ID_TYPE: u64 = 0x41E7;
const BLOCK_ADD_ID_EXTRA_DATA: u64 = 0x41ED;

/// The track types for which FFmpeg makes a stream: pictures, sound, subtitles and data. It ignores other tracks, and
/// tracks without a codec id.
const PICTURE: u64 = 1;
const SOUND: u64 = 2;
const CAPTIONS: u64 = 0x11;
const COUNTED: [u64; 4] = [PICTURE, SOUND, CAPTIONS, 0x21];

/// The parts of each track entry for which FFmpeg makes a stream, in order.
pub(super) fn entries(tracks: &[u8]) -> Result<Vec<Vec<Element<'_>>>, Refusal> {
    let mut entries = Vec::new();
    for entry in children(tracks)?
        .into_iter()
        .filter(|element| element.id == TRACK_ENTRY)
    {
        let parts = children(entry.body)?;
        if COUNTED.contains(&kind(&parts)) && find(&parts, CODEC_ID).is_some() {
            entries.push(parts);
        }
    }
    Ok(entries)
}

fn kind(parts: &[Element<'_>]) -> u64 {
    find(parts, TRACK_TYPE).map_or(0, number)
}

fn named(parts: &[Element<'_>]) -> Codec {
    let id = find(parts, CODEC_ID).unwrap_or_default();
    codec::named(id, find(parts, CODEC_PRIVATE).unwrap_or_default())
}

/// The number of the first picture's track and the way its blocks are divided into units, if they may hold a message
/// about the rotation. A rotation in the track itself takes precedence.
pub(super) fn messages(entries: &[Vec<Element<'_>>]) -> Option<(u64, Units)> {
    let parts = entries.iter().find(|parts| kind(parts) == PICTURE)?;
    let settings = children(find(parts, VIDEO)?).ok()?;
    if find(&settings, PROJECTION).is_some() {
        return None;
    }
    let units = parameters(parts, &named(parts))?.units?;
    Some((find(parts, TRACK_NUMBER).map(number)?, units))
}

/// Describes all tracks; `message` is the rotation of the first picture, if a message gave one.
pub(super) fn read(
    entries: &[Vec<Element<'_>>],
    mut message: Option<u16>,
    found: &mut Tracks,
) -> Result<(), Refusal> {
    for (index, parts) in (0..).zip(entries) {
        let selector = Selector::Index(index);
        let kind = kind(parts);
        if kind == CAPTIONS && !is_encrypted(parts)? {
            let codec = text::in_matroska(find(parts, CODEC_ID).unwrap_or_default());
            found.text(selector, codec, label(parts));
        }
        if !matches!(kind, PICTURE | SOUND) {
            continue;
        }
        if is_encrypted(parts)? {
            return Err(Refusal::Encrypted);
        }
        let codec = named(parts);
        if kind == PICTURE {
            let codec = layered(parts, codec)?;
            let mut shape = picture(parts, &codec)?;
            if let (Some(shape), Some(rotation)) = (&mut shape, message.take()) {
                shape.rotation = rotation;
            }
            found.picture(selector, codec, shape);
        } else {
            let (channels, sample_rate) = sound(parts)?;
            found.labelled_sound((selector, label(parts)), codec, channels, sample_rate);
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

/// Returns what the file says of a track to people. A track without a language is in English by RFC 9559, but browsers
/// and others write none because they know none.
fn label(parts: &[Element<'_>]) -> Label {
    let language = find(parts, LANGUAGE_BCP47).or_else(|| find(parts, LANGUAGE));
    Label::of(language, find(parts, NAME))
}

/// Tells whether the content is encrypted. The only other encoding, compression, is fine.
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

/// Returns the codec of a picture, which may be in Dolby Vision.
/// <https://www.matroska.org/technical/codec_specs.html#block-addition-mappings>
fn layered(parts: &[Element<'_>], codec: Codec) -> Result<Codec, Refusal> {
    let types = dolby_vision::BOXES.map(u32::from_be_bytes).map(u64::from);
    for mapping in parts
        .iter()
        .filter(|part| part.id == BLOCK_ADDITION_MAPPING)
    {
        let mapping = children(mapping.body)?;
        let is_ours = find(&mapping, BLOCK_ADD_ID_TYPE).map(number);
        if is_ours.is_some_and(|kind| types.contains(&kind))
            && let Some(record) = find(&mapping, BLOCK_ADD_ID_EXTRA_DATA)
        {
            return Ok(dolby_vision::with_record(codec, record));
        }
    }
    Ok(codec)
}

/// Reads the shape of a picture. The coded size overrides the track's; the pixel shape is the track's.
fn picture(parts: &[Element<'_>], codec: &Codec) -> Result<Option<Shape>, Refusal> {
    let coded = parameters(parts, codec).and_then(|found| found.picture);
    let Some(settings) = find(parts, VIDEO) else {
        return Ok(None);
    };
    let settings = children(settings)?;
    let pixels = |id| find(&settings, id).and_then(|body| u32::try_from(number(body)).ok());
    let described = (
        pixels(PIXEL_WIDTH).unwrap_or(0),
        pixels(PIXEL_HEIGHT).unwrap_or(0),
    );
    let shown = (pixels(DISPLAY_WIDTH), pixels(DISPLAY_HEIGHT));
    // Unit 0 is pixels, 1 centimetres, 2 inches, 3 a ratio: all of them give a shape.
    let pixel = match (shown, pixels(DISPLAY_UNIT)) {
        ((Some(width), Some(height)), None | Some(0..=3)) => shape(described, (width, height)),
        (_, None | Some(0..=3)) => (1, 1),
        (_, Some(_)) => coded.and_then(|picture| picture.pixel).unwrap_or((1, 1)),
    };
    let rotation = match find(&settings, PROJECTION) {
        Some(projection) => turned(&children(projection)?),
        None => 0,
    };
    let nanoseconds = find(parts, DEFAULT_DURATION).map(number);
    let frames_per_1000_s = nanoseconds
        .and_then(|each| 1_000_000_000_000_u64.checked_div(each))
        .and_then(|rate| u32::try_from(rate).ok())
        .filter(|rate| *rate > 0);
    Ok(Some(Shape {
        stored: stored(described, coded, codec),
        pixel,
        rotation,
        frames_per_1000_s,
    }))
}

/// Reads the codec's own header.
fn parameters(parts: &[Element<'_>], codec: &Codec) -> Option<Parameters> {
    let private = find(parts, CODEC_PRIVATE)?;
    match codec {
        // Microsoft's header has another one inside.
        _ if find(parts, CODEC_ID)?.starts_with(b"V_MS/") => None,
        Ok("h264") => Some(parameters::avc(private)),
        Ok("hevc") => Some(parameters::hevc(private)),
        Ok("av1") => Some(parameters::av1(private)),
        Ok("mpeg4") => Some(parameters::mpeg4(private)),
        Ok(_) | Err(_) => None,
    }
}

/// The rotation of a picture; Matroska counts counter-clockwise, from -180 to 180 degrees.
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

fn sound(parts: &[Element<'_>]) -> Result<(Option<u16>, Option<u32>), Refusal> {
    let settings = children(find(parts, AUDIO).unwrap_or_default())?;
    let channels = find(&settings, CHANNELS).map_or(1, number);
    let rate = find(&settings, SAMPLING_FREQUENCY)
        .and_then(float)
        .unwrap_or(8000.0);
    let rate = std::time::Duration::try_from_secs_f64(rate).map_or(0, |rate| rate.as_secs());
    Ok((u16::try_from(channels).ok(), u32::try_from(rate).ok()))
}
