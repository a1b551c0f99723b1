//! MPEG transport streams: packets of 188 bytes. ISO/IEC 13818-1, 2.4.
//!
//! The streams are told by the first tables, the picture's size by the first sequence header, how long it plays by the
//! first and the last time stamps.

use std::collections::BTreeMap;

use crate::cut::Cut;
use crate::describe::{milliseconds, rate};
use crate::reader::{Reader, Source};
use crate::{Audio, Container, DAMAGED, Description, Refusal, Stop, Video, sps};

/// What is looked at of the beginning, in bytes: tables come several times a second.
const HEAD: u64 = 2 << 20;

/// And of the end.
const TAIL: u64 = 1 << 20;

/// What is kept of the video stream to find its header in.
const KEPT: usize = 256 << 10;

/// Ticks of a time stamp a second; they have 33 bits.
const TICKS: u64 = 90_000;

/// Where packets lie: the first, and how far apart they are.
#[derive(Clone, Copy)]
struct Grid {
    first: usize,
    step: usize,
}

struct Packet<'a> {
    pid: u16,
    starts: bool,
    body: &'a [u8],
}

#[derive(Default)]
struct Programme {
    tables: Option<u16>,
    /// By packet id.
    streams: BTreeMap<u16, &'static str>,
}

pub(super) async fn read<S: Source>(
    file: &mut Reader<'_, S>,
) -> Result<Description, Stop<S::Error>> {
    let head = file.some(0, HEAD).await?;
    let grid = grid(&head).ok_or(DAMAGED)?;
    let mut programme = Programme::default();
    for packet in packets(&head, grid) {
        let Ok(packet) = packet else { continue };
        programme.learn(&packet);
    }
    if packets(&head, grid)
        .any(|packet| packet.is_err_and(|scrambled| programme.streams.contains_key(&scrambled)))
    {
        return Err(Refusal::Encrypted.into());
    }
    let (_, tail) = file.tail(TAIL).await?;
    let tail_grid = grid_anywhere(&tail, grid.step);
    Ok(describe(&programme, &head, grid, &tail, tail_grid))
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

/// The packets of a piece; of a scrambled one only whose it is.
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

impl Programme {
    fn learn(&mut self, packet: &Packet<'_>) {
        if !packet.starts {
            return;
        }
        if packet.pid == 0 && self.tables.is_none() {
            self.tables = association(packet.body);
        } else if Some(packet.pid) == self.tables && self.streams.is_empty() {
            self.streams = map(packet.body).unwrap_or_default();
        }
    }

    fn of(&self, wanted: impl Fn(&str) -> bool) -> Option<(u16, &'static str)> {
        self.streams
            .iter()
            .find(|(_, codec)| wanted(codec))
            .map(|(pid, codec)| (*pid, *codec))
    }
}

/// A section behind its pointer, without its head of 8 bytes and its checksum.
fn section(body: &[u8]) -> Option<&[u8]> {
    let mut cut = Cut(body);
    let pointer = usize::from(cut.u8()?);
    cut.skip(pointer)?;
    cut.u8()?;
    let length = usize::from(cut.be16()? & 0x0FFF);
    let section = cut.0.get(..length.min(cut.0.len()))?;
    section.get(5..section.len().checked_sub(4)?)
}

/// Where the first programme's table is.
fn association(body: &[u8]) -> Option<u16> {
    let mut cut = Cut(section(body)?);
    while let (Some(programme), Some(pid)) = (cut.be16(), cut.be16()) {
        if programme != 0 {
            return Some(pid & 0x1FFF);
        }
    }
    None
}

fn map(body: &[u8]) -> Option<BTreeMap<u16, &'static str>> {
    let mut cut = Cut(section(body)?);
    cut.skip(2)?;
    let info = usize::from(cut.be16()? & 0x0FFF);
    cut.skip(info)?;
    let mut streams = BTreeMap::new();
    while let (Some(kind), Some(pid), Some(length)) = (cut.u8(), cut.be16(), cut.be16()) {
        let descriptors = cut.take(usize::from(length & 0x0FFF)).unwrap_or_default();
        if let Some(codec) = codec(kind, descriptors) {
            streams.insert(pid & 0x1FFF, codec);
        }
    }
    Some(streams)
}

/// Table 2-34, and what registered descriptors say of private streams.
fn codec(kind: u8, descriptors: &[u8]) -> Option<&'static str> {
    let says = |name: &[u8]| descriptors.windows(name.len()).any(|window| window == name);
    Some(match kind {
        0x01 => "mpeg1video",
        0x02 => "mpeg2video",
        0x03 | 0x04 => "mp2",
        0x0F => "aac",
        0x10 => "mpeg4",
        0x11 => "aac_latm",
        0x1B => "h264",
        0x24 => "hevc",
        0x81 => "ac3",
        0x87 => "eac3",
        0x06 if says(b"Opus") => "opus",
        0x06 if says(b"AC-3") || descriptors.first() == Some(&0x6A) => "ac3",
        0x06 if says(b"EAC3") || descriptors.first() == Some(&0x7A) => "eac3",
        0x06 if says(b"HEVC") => "hevc",
        _ => return None,
    })
}

fn is_video(codec: &str) -> bool {
    matches!(
        codec,
        "mpeg1video" | "mpeg2video" | "mpeg4" | "h264" | "hevc"
    )
}

fn describe(
    programme: &Programme,
    head: &[u8],
    grid: Grid,
    tail: &[u8],
    tail_grid: Option<Grid>,
) -> Description {
    let mut found = Description::new(Container::MpegTs);
    let codecs = programme.streams.values();
    for codec in codecs.filter(|codec| !is_video(codec)).take(32) {
        found.audio.push(Audio {
            codec,
            channels: None,
            sample_rate: None,
        });
    }
    let early = stamps(head, grid, programme);
    let late = tail_grid.map(|grid| stamps(tail, grid, programme));
    let video = programme.of(is_video);
    let ticks = played(&early, &late.unwrap_or_default(), video.map(|(pid, _)| pid));
    found.duration_ms = ticks.and_then(|ticks| milliseconds(ticks, TICKS));
    if let Some((pid, codec)) = video {
        let picture = sps::find(codec, &elementary(head, grid, pid));
        found.video = picture.map(|picture| {
            let mut video = Video::displayed(codec, picture.size, picture.pixel, 0);
            let interval = early.get(&pid).and_then(|stamps| interval(stamps));
            video.frames_per_1000_s = interval.and_then(|ticks| rate(1, ticks, TICKS));
            video
        });
    }
    found
}

/// Presentation times by packet id.
type Stamps = BTreeMap<u16, Vec<u64>>;

/// From the first time stamp to the end of what the last one is for.
fn played(early: &Stamps, late: &Stamps, video: Option<u16>) -> Option<u64> {
    let first = early.values().filter_map(|stamps| stamps.first());
    let start = earliest(first.copied())?;
    let ends = late.iter().filter_map(|(pid, stamps)| {
        // A packet of sound holds some frames, the last one fewer: of pictures, each has its own.
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
            && programme.streams.contains_key(&packet.pid)
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

/// From one time stamp to another, over the end of their range.
fn since(start: u64, stamp: u64) -> u64 {
    let ticks = stamp.wrapping_sub(start) & 0x1_FFFF_FFFF;
    // More than half of the range is before, not after.
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

/// How long a picture lasts, on average; of sound, a packet.
fn interval(stamps: &[u64]) -> Option<u64> {
    let start = earliest(stamps.iter().copied())?;
    let last = stamps.iter().map(|stamp| since(start, *stamp)).max()?;
    let count = u64::try_from(stamps.len()).ok()?.checked_sub(1)?;
    last.checked_div(count).filter(|ticks| *ticks > 0)
}

/// What a stream carries, from its first packet on.
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
