//! Reads the tables of a transport stream: its programmes and their streams. ISO/IEC 13818-1, 2.4.4.

use std::collections::BTreeMap;

use super::Packet;
use crate::codec::mpegts::{self, Kind};
use crate::cut::Cut;
use crate::{Label, Selector};

/// The maximum number of programmes; a file with more is a whole broadcast.
const MAX_PROGRAMMES: usize = 64;

/// The maximum length of a section with its head, in bytes.
const MAX_SECTION: usize = 1_024;

/// A stream of a programme.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub(super) pid: u16,
    /// The stream type number in the table.
    pub(super) number: u8,
    pub(super) kind: Kind,
    pub(super) selector: Selector,
    pub(super) label: Label,
}

/// The streams that are played together.
#[derive(Debug, Clone, Default)]
pub(super) struct Programme {
    /// The streams in the order of the table, which is FFmpeg's order.
    pub(super) streams: Vec<Stream>,
}

impl Programme {
    pub(super) fn has(&self, pid: u16) -> bool {
        self.streams.iter().any(|stream| stream.pid == pid)
    }
}

/// The tables read so far.
#[derive(Default)]
pub(super) struct Tables {
    /// The packet ids of the programme tables.
    places: Vec<u16>,
    /// Incomplete sections by packet id.
    pending: BTreeMap<u16, Vec<u8>>,
    /// The programmes by the packet id of their table.
    programmes: BTreeMap<u16, Programme>,
}

impl Tables {
    /// The first programme that has streams.
    pub(super) fn first(mut self) -> Programme {
        let place = self
            .places
            .iter()
            .find(|place| self.programmes.contains_key(place));
        place
            .copied()
            .and_then(|place| self.programmes.remove(&place))
            .unwrap_or_default()
    }

    pub(super) fn learn(&mut self, packet: &Packet<'_>) {
        let is_list = packet.pid == 0 && self.places.is_empty();
        let is_table =
            self.places.contains(&packet.pid) && !self.programmes.contains_key(&packet.pid);
        if !is_list && !is_table {
            return;
        }
        let Some(section) = self.collect(packet) else {
            return;
        };
        if is_list {
            self.places = association(&section).unwrap_or_default();
        } else if let Some(programme) = map(&section, self.places.len() == 1)
            && !programme.streams.is_empty()
        {
            self.programmes.insert(packet.pid, programme);
        }
    }

    /// Returns a section once all its packets are there, without its head of 8 bytes and its checksum.
    fn collect(&mut self, packet: &Packet<'_>) -> Option<Vec<u8>> {
        let pending = self.pending.entry(packet.pid).or_default();
        if packet.starts {
            let mut cut = Cut(packet.body);
            let pointer = usize::from(cut.u8()?);
            cut.skip(pointer)?;
            pending.clear();
            pending.extend_from_slice(cut.0);
        } else if pending.is_empty() || pending.len() > MAX_SECTION {
            return None;
        } else {
            pending.extend_from_slice(packet.body);
        }
        let mut cut = Cut(pending);
        cut.u8()?;
        let length = usize::from(cut.be16()? & 0x0FFF);
        let section = cut.take(length)?;
        let body = section.get(5..section.len().checked_sub(4)?)?.to_vec();
        self.pending.remove(&packet.pid);
        Some(body)
    }
}

/// Reads the packet ids of the programme tables.
fn association(section: &[u8]) -> Option<Vec<u16>> {
    let mut cut = Cut(section);
    let mut places = Vec::new();
    while let (Some(programme), Some(pid)) = (cut.be16(), cut.be16()) {
        if programme != 0 && places.len() < MAX_PROGRAMMES {
            places.push(pid & 0x1FFF);
        }
    }
    (!places.is_empty()).then_some(places)
}

fn map(section: &[u8], is_only: bool) -> Option<Programme> {
    let mut cut = Cut(section);
    cut.skip(2)?;
    let info = usize::from(cut.be16()? & 0x0FFF);
    let is_disc = mpegts::is(cut.take(info)?, b"HDMV");
    let mut programme = Programme::default();
    let mut index = 0_u16;
    while let (Some(number), Some(pid), Some(length)) = (cut.u8(), cut.be16(), cut.be16()) {
        let pid = pid & 0x1FFF;
        let descriptors = cut.take(usize::from(length & 0x0FFF)).unwrap_or_default();
        if programme.has(pid) {
            continue;
        }
        let kind = mpegts::kind(number, descriptors, is_disc);
        // TrueHD on a disc contains AC-3: FFmpeg makes two streams of it, with the same packet id.
        let is_double = is_disc && kind == Kind::Sound(Ok("truehd"));
        let selector = if is_double && is_only {
            Selector::Index(index)
        } else {
            Selector::Packet(pid)
        };
        index = index.saturating_add(if is_double { 2 } else { 1 });
        programme.streams.push(Stream {
            pid,
            number,
            kind,
            selector,
            label: Label::of(mpegts::language(descriptors), None),
        });
    }
    Some(programme)
}
