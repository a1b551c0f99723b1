//! Reads Matroska and WebM: elements in elements. RFC 8794 and RFC 9559.
//!
//! `Info` and `Tracks` are read whole. Clusters are not, with two exceptions: the first one, if it may hold a message
//! about the rotation, and the last one, if the writer did not note the duration (browsers do not).

use crate::cut::Cut;
use crate::reader::{Reader, Source};
use crate::tracks::Tracks;
use crate::{Container, DAMAGED, Description, Stop};

mod first;
mod tail;
mod tracks;

/// The maximum number of elements at the top of a segment.
const MAX_ELEMENTS: usize = 512;

/// The maximum number of elements in one that is read whole.
const MAX_CHILDREN: usize = 4_096;

const EBML: u64 = 0x1A45_DFA3;
const DOC_TYPE: u64 = 0x4282;
const SEGMENT: u64 = 0x1853_8067;
const SEEK_HEAD: u64 = 0x114D_9B74;
const SEEK: u64 = 0x4DBB;
const SEEK_ID: u64 = 0x53AB;
const SEEK_POSITION: u64 = 0x53AC;
const INFO: u64 = 0x1549_A966;
const TIMESTAMP_SCALE: u64 = 0x2AD7B1;
const DURATION: u64 = 0x4489;
const TRACKS: u64 = 0x1654_AE6B;
const CLUSTER: u64 = 0x1F43_B675;

/// The maximum length of `Tracks` or `Info` in bytes.
const MAX_WHOLE: u64 = 1 << 20;

/// An element inside one that is read whole.
pub(super) struct Element<'a> {
    pub(super) id: u64,
    pub(super) body: &'a [u8],
}

/// The head of an element: its id, the length of the head, and the length of the content if it is known.
struct Head {
    id: u64,
    bytes: u64,
    content: Option<u64>,
}

#[derive(Default)]
struct Found {
    info: Option<Vec<u8>>,
    tracks: Option<Vec<u8>>,
    /// The offset of the first cluster's content.
    cluster: Option<u64>,
    /// Ids with their positions from the start of the segment's content.
    seeks: Vec<(u64, u64)>,
}

pub(super) async fn read<S: Source>(
    file: &mut Reader<'_, S>,
) -> Result<Description, Stop<S::Error>> {
    let ebml = head(file, 0).await?;
    let content = ebml
        .content
        .filter(|bytes| ebml.id == EBML && *bytes <= 4096);
    let header = file.all(ebml.bytes, content.ok_or(DAMAGED)?).await?;
    let doc_type = children(&header)?
        .into_iter()
        .find(|element| element.id == DOC_TYPE);
    let container = match doc_type.map(|element| element.body) {
        Some(b"webm") => Container::Webm,
        Some(b"matroska") => Container::Matroska,
        Some(_) | None => return Err(DAMAGED.into()),
    };
    let at = ebml.bytes.saturating_add(content.unwrap_or(0));
    let segment = head(file, at).await?;
    if segment.id != SEGMENT {
        return Err(DAMAGED.into());
    }
    let start = at.saturating_add(segment.bytes);
    let end = segment
        .content
        .map_or(file.bytes(), |bytes| start.saturating_add(bytes));
    if end > file.bytes() {
        return Err(DAMAGED.into());
    }
    let found = headers(file, start, end).await?;
    describe(file, container, &found).await
}

/// Reads the elements before the first cluster, and those after it that the seek head points at.
async fn headers<S: Source>(
    file: &mut Reader<'_, S>,
    start: u64,
    end: u64,
) -> Result<Found, Stop<S::Error>> {
    let mut found = Found::default();
    let mut at = start;
    for _ in 0..MAX_ELEMENTS {
        if at >= end {
            break;
        }
        let element = head(file, at).await?;
        let body = at.saturating_add(element.bytes);
        if element.id == CLUSTER {
            found.cluster = Some(body);
            break;
        }
        let bytes = element.content.ok_or(DAMAGED)?;
        keep(file, &mut found, element.id, body, bytes).await?;
        at = body.saturating_add(bytes);
    }
    for (id, position) in found.seeks.clone() {
        let is_missing =
            (id == INFO && found.info.is_none()) || (id == TRACKS && found.tracks.is_none());
        let at = start.saturating_add(position);
        if is_missing && at < end {
            let element = head(file, at).await?;
            if element.id == id {
                let body = at.saturating_add(element.bytes);
                keep(file, &mut found, id, body, element.content.ok_or(DAMAGED)?).await?;
            }
        }
    }
    Ok(found)
}

async fn keep<S: Source>(
    file: &mut Reader<'_, S>,
    found: &mut Found,
    id: u64,
    body: u64,
    bytes: u64,
) -> Result<(), Stop<S::Error>> {
    if !matches!(id, INFO | TRACKS | SEEK_HEAD) {
        return Ok(());
    }
    if bytes > MAX_WHOLE {
        return Err(DAMAGED.into());
    }
    let content = file.all(body, bytes).await?;
    match id {
        INFO => found.info = Some(content),
        TRACKS => found.tracks = Some(content),
        _ => {
            for seek in children(&content)?
                .into_iter()
                .filter(|element| element.id == SEEK)
            {
                let parts = children(seek.body)?;
                let part = |id| {
                    parts
                        .iter()
                        .find(|part| part.id == id)
                        .map(|part| number(part.body))
                };
                if let (Some(id), Some(position)) = (part(SEEK_ID), part(SEEK_POSITION)) {
                    found.seeks.push((id, position));
                }
            }
        }
    }
    Ok(())
}

async fn describe<S: Source>(
    file: &mut Reader<'_, S>,
    container: Container,
    found: &Found,
) -> Result<Description, Stop<S::Error>> {
    let entries = tracks::entries(found.tracks.as_deref().ok_or(DAMAGED)?)?;
    let message = match (tracks::messages(&entries), found.cluster) {
        (Some((track, units)), Some(cluster)) => {
            let block = first::block(file, cluster, track).await?;
            block.and_then(|block| units.orientation(&block))
        }
        _ => None,
    };
    let mut streams = Tracks::default();
    tracks::read(&entries, message, &mut streams)?;
    let info = children(found.info.as_deref().ok_or(DAMAGED)?)?;
    let scale = info.iter().find(|element| element.id == TIMESTAMP_SCALE);
    let scale = scale.map_or(1_000_000, |element| number(element.body));
    let noted = info.iter().find(|element| element.id == DURATION);
    let ticks = match noted.and_then(|element| whole_number(element.body)) {
        Some(ticks) => Some(ticks),
        None => tail::last_timestamp(file).await?,
    };
    let duration_ms = ticks.and_then(|ticks| {
        let nanoseconds = u128::from(ticks) * u128::from(scale);
        u64::try_from(nanoseconds / 1_000_000).ok()
    });
    Ok(streams.described(container, duration_ms)?)
}

async fn head<S: Source>(file: &mut Reader<'_, S>, at: u64) -> Result<Head, Stop<S::Error>> {
    let bytes = file.some(at, 12).await?;
    let mut cut = Cut(&bytes);
    let (id, content) = split(&mut cut).ok_or(DAMAGED)?;
    let read = bytes.len().saturating_sub(cut.0.len());
    Ok(Head {
        id,
        bytes: u64::try_from(read).unwrap_or(u64::MAX),
        content,
    })
}

/// Splits the content of an element into its elements.
pub(super) fn children(body: &[u8]) -> Result<Vec<Element<'_>>, crate::Refusal> {
    let mut found = Vec::new();
    let mut cut = Cut(body);
    while !cut.0.is_empty() {
        let (id, content) = split(&mut cut).ok_or(DAMAGED)?;
        let bytes = content.and_then(|bytes| usize::try_from(bytes).ok());
        let body = cut.take(bytes.ok_or(DAMAGED)?).ok_or(DAMAGED)?;
        if found.len() > MAX_CHILDREN {
            return Err(DAMAGED);
        }
        found.push(Element { id, body });
    }
    Ok(found)
}

/// Reads the id of an element, with its marker, and the length of its content. A length of all ones means unknown.
pub(super) fn split(cut: &mut Cut<'_>) -> Option<(u64, Option<u64>)> {
    let (id, _) = variable(cut, 4)?;
    let (length, bits) = variable(cut, 8)?;
    let mask = (1_u64 << bits) - 1;
    let length = length & mask;
    Some((id, Some(length).filter(|length| *length != mask)))
}

/// Reads a number of variable length (RFC 8794, 4), with its marker, and the number of its value bits.
fn variable(cut: &mut Cut<'_>, longest: u32) -> Option<(u64, u32)> {
    let first = cut.u8()?;
    let bytes = first.leading_zeros() + 1;
    if bytes > longest {
        return None;
    }
    let mut number = u64::from(first);
    for _ in 1..bytes {
        number = number << 8 | u64::from(cut.u8()?);
    }
    Some((number, bytes * 7))
}

/// Reads an unsigned integer of up to 8 bytes.
pub(super) fn number(body: &[u8]) -> u64 {
    body.iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Reads a float of 4 or 8 bytes.
pub(super) fn float(body: &[u8]) -> Option<f64> {
    match body.len() {
        4 => Some(f64::from(f32::from_be_bytes(body.try_into().ok()?))),
        8 => Some(f64::from_be_bytes(body.try_into().ok()?)),
        _ => None,
    }
}

/// Reads a float as a count, rounded down; `None` if it is invalid or zero.
fn whole_number(body: &[u8]) -> Option<u64> {
    let seconds = std::time::Duration::try_from_secs_f64(float(body)?).ok()?;
    Some(seconds.as_secs()).filter(|ticks| *ticks > 0)
}
