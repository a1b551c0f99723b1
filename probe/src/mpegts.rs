//! Reads MPEG transport streams: packets of 188 bytes. ISO/IEC 13818-1, 2.4.
//!
//! The streams come from the first tables ([`tables`]), the picture's size from the first sequence header, and the
//! duration from the first and last time stamps.

use std::collections::BTreeMap;

use crate::codec::mpegts::Kind;
use crate::cut::Cut;
use crate::describe::{Shape, milliseconds, rate};
use crate::reader::{Reader, Source};
use crate::tracks::Tracks;
use crate::{Container, DAMAGED, Description, Refusal, Stop, orientation, sps};

mod guess;
mod tables;

use tables::{Programme, Tables};

/// The number of bytes at the beginning that are read: tables come several times a second.
const HEAD: u64 = 2 << 20;

/// The number of bytes at the end that are read.
const TAIL: u64 = 1 << 20;

/// The number of bytes kept of a picture stream to find its header: a recording may begin within a group of pictures.
const KEPT: usize = 2 << 20;

/// Ticks per second of a time stamp; time stamps have 33 bits.
const TICKS: u64 = 90_000;

/// The positions of the packets: the offset of the first, and the distance between them.
#[derive(Clone, Copy)]
struct Grid {
    first: usize,
    step: usize,
}

pub(super) struct Packet<'a> {
    pub(super) pid: u16,
    pub(super) starts: bool,
    pub(super) body: &'a [u8],
}

pub(super) async fn read<S: Source>(
    file: &mut Reader<'_, S>,
) -> Result<Description, Stop<S::Error>> {
    let head = file.some(0, HEAD).await?;
    let grid = grid(&head).ok_or(DAMAGED)?;
    let mut tables = Tables::default();
    for packet in packets(&head, grid) {
        let Ok(packet) = packet else { continue };
        tables.learn(&packet);
    }
    let programme = tables.first();
    if packets(&head, grid).any(|packet| packet.is_err_and(|scrambled| programme.has(scrambled))) {
        return Err(Refusal::Encrypted.into());
    }
    let (_, tail) = file.tail(TAIL).await?;
    let tail_grid = grid_anywhere(&tail, grid.step);
    let late = tail_grid.map(|grid| stamps(&tail, grid, &programme));
    Ok(describe(
        &programme,
        &head,
        grid,
        &late.unwrap_or_default(),
    )?)
}

fn grid(head: &[u8]) -> Option<Grid> {
    let grids = [
        Grid {
            first: 0,
            step: 188,
        },
        Grid {
            first: 4,
            step: 192,
        },
    ];
    grids.into_iter().find(|grid| is_on(head, *grid))
}

fn is_on(bytes: &[u8], grid: Grid) -> bool {
    (0..5).all(|packet| bytes.get(grid.first + packet * grid.step) == Some(&0x47))
}

fn grid_anywhere(bytes: &[u8], step: usize) -> Option<Grid> {
    (0..step)
        .map(|first| Grid { first, step })
        .find(|grid| is_on(bytes, *grid))
}

/// The packets in these bytes; for a scrambled one, only its packet id.
fn packets(bytes: &[u8], grid: Grid) -> impl Iterator<Item = Result<Packet<'_>, u16>> {
    let rest = bytes.get(grid.first..).unwrap_or_default();
    rest.chunks(grid.step)
        .filter_map(|chunk| packet(chunk.get(..188)?))
}

fn packet(bytes: &[u8]) -> Option<Result<Packet<'_>, u16>> {
    let mut cut = Cut(bytes);
    let sync = cut.u8()?;
    let flags = cut.be16()?;
    let control = cut.u8()?;
    let pid = flags & 0x1FFF;
    if sync != 0x47 || control & 0x10 == 0 {
        return None;
    }
    if control >> 6 != 0 {
        return Some(Err(pid));
    }
    if control & 0x20 != 0 {
        let length = usize::from(cut.u8()?);
        cut.skip(length)?;
    }
    Some(Ok(Packet {
        pid,
        starts: flags & 0x4000 != 0,
        body: cut.0,
    }))
}

fn describe(
    programme: &Programme,
    head: &[u8],
    grid: Grid,
    late: &Stamps,
) -> Result<Description, Refusal> {
    let mut found = Tracks::default();
    let early = stamps(head, grid, programme);
    let mut shown = None;
    for stream in &programme.streams {
        let kind = match &stream.kind {
            Kind::Other => guess::kind(stream, &elementary(head, grid, stream.pid)),
            kind @ (Kind::Picture(_) | Kind::Sound(_)) => kind.clone(),
        };
        match kind {
            Kind::Picture(codec) => {
                shown = shown.or(Some(stream.pid));
                let shape = codec.as_ref().ok().and_then(|codec| {
                    let interval = early.get(&stream.pid).and_then(|stamps| interval(stamps));
                    shape(codec, &elementary(head, grid, stream.pid), interval)
                });
                found.picture(stream.selector, codec, shape);
            }
            Kind::Sound(codec) => {
                let labelled = (stream.selector, stream.label.clone());
                found.labelled_sound(labelled, codec, None, None);
            }
            Kind::Other => {}
        }
    }
    let ticks = played(&early, late, shown);
    found.described(
        Container::MpegTs,
        ticks.and_then(|ticks| milliseconds(ticks, TICKS)),
    )
}

fn shape(codec: &str, stream: &[u8], interval: Option<u64>) -> Option<Shape> {
    let picture = sps::find(codec, stream)?;
    Some(Shape {
        stored: picture.size,
        pixel: picture.pixel.unwrap_or((1, 1)),
        rotation: orientation::find(codec, stream).unwrap_or(0),
        frames_per_1000_s: interval.and_then(|ticks| rate(1, ticks, TICKS)),
    })
}

/// Presentation times by packet id.
type Stamps = BTreeMap<u16, Vec<u64>>;

/// The ticks from the first time stamp to the end of the last frame.
fn played(early: &Stamps, late: &Stamps, video: Option<u16>) -> Option<u64> {
    let first = early.values().filter_map(|stamps| stamps.first());
    let start = earliest(first.copied())?;
    let ends = late.iter().filter_map(|(pid, stamps)| {
        // A packet of sound holds several frames, and the last one fewer; every picture has its own packet.
        let is_measure = video.is_none_or(|video| video == *pid);
        let interval = early.get(pid).and_then(|stamps| interval(stamps));
        let interval = interval.filter(|_| is_measure).unwrap_or(0);
        let last = stamps.iter().map(|stamp| since(start, *stamp)).max()?;
        Some(last + interval)
    });
    ends.max()
}

/// The presentation times of each stream, in the order of the file.
fn stamps(bytes: &[u8], grid: Grid, programme: &Programme) -> Stamps {
    let mut found = Stamps::new();
    for packet in packets(bytes, grid).flatten() {
        if packet.starts
            && programme.has(packet.pid)
            && let Some(stamp) = presentation(packet.body)
        {
            found.entry(packet.pid).or_default().push(stamp);
        }
    }
    found
}

fn presentation(body: &[u8]) -> Option<u64> {
    let mut cut = Cut(body);
    if cut.array::<3>()? != [0, 0, 1] {
        return None;
    }
    cut.skip(4)?;
    if cut.u8()? & 0x80 == 0 {
        return None;
    }
    cut.skip(1)?;
    let [a, b, c, d, e] = cut.array()?.map(u64::from);
    Some((a >> 1 & 7) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1)
}

/// The ticks from one time stamp to another, with wrap-around.
fn since(start: u64, stamp: u64) -> u64 {
    let ticks = stamp.wrapping_sub(start) & 0x1_FFFF_FFFF;
    // More than half of the range means before, not after.
    if ticks > 0x1_0000_0000 { 0 } else { ticks }
}

fn earliest(stamps: impl Iterator<Item = u64>) -> Option<u64> {
    stamps.reduce(|first, stamp| {
        if since(stamp, first) > 0 {
            stamp
        } else {
            first
        }
    })
}

/// The average duration of a picture, or of a packet of sound, in ticks.
fn interval(stamps: &[u64]) -> Option<u64> {
    let start = earliest(stamps.iter().copied())?;
    let last = stamps.iter().map(|stamp| since(start, *stamp)).max()?;
    let count = u64::try_from(stamps.len()).ok()?.checked_sub(1)?;
    last.checked_div(count).filter(|ticks| *ticks > 0)
}

/// The data of a stream, from its first packet on.
fn elementary(bytes: &[u8], grid: Grid, pid: u16) -> Vec<u8> {
    let mut stream = Vec::new();
    for packet in packets(bytes, grid)
        .flatten()
        .filter(|packet| packet.pid == pid)
    {
        if stream.len() > KEPT {
            break;
        }
        stream.extend_from_slice(packet.body);
    }
    stream
}
