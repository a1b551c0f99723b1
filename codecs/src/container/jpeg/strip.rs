//! Writes a JPEG file anew from what is needed to show it: its colour markers (JFIF, Adobe), its orientation, its
//! colour profile, the tables that its scans use, its frame, and its scans up to their last block.

use super::super::{Walk, icc};
use super::parts::{
    APP0, APP1, APP2, APP14, APP15, COM, DAC, DHT, DNL, DQT, DRI, EOI, Part, SOF0, SOF2, SOI, SOS,
    is_frame, next,
};
use super::scan::Progress;
use super::tables::{Scan, Tables, split};

/// More bytes than the orientation and EOI take.
const ADDED: usize = 128;

/// The start of an APP2 segment with a piece of the profile; the piece's number and the count follow (ICC.1:2010, B.4).
const PROFILE: &[u8] = b"ICC_PROFILE\0";

/// The most bytes of a profile that fit into one segment.
const MOST_OF_PROFILE: usize = 65_519;

/// The facts gathered from all segments before anything is written.
#[derive(Default)]
struct Plan<'a> {
    /// The version, units and densities from the last JFIF segment (T.871, 10.1).
    jfif: Option<[u8; 7]>,
    /// The transform from the last Adobe segment (Adobe Technical Note 5116, 18).
    adobe: Option<u8>,
    profile: Vec<&'a [u8]>,
    /// The frame's marker, and the content of its segment.
    frame: Option<(u8, &'a [u8])>,
    /// For each table, in the order of the file, whether a scan uses it.
    used: Vec<bool>,
}

/// Returns `None` if the file is malformed, or if its end and some of its pixels are missing.
pub(in super::super) fn strip(walk: &mut Walk<'_>, exif: Option<&[u8]>) -> Option<Vec<u8>> {
    let plan = Plan::of(walk.rest)?;
    let mut out = Vec::with_capacity(walk.rest.len().saturating_add(ADDED));
    out.extend([0xFF, SOI]);
    plan.write_head(exif, &mut out)?;
    copy(walk.rest, &plan.used, &mut out)?;
    out.extend([0xFF, EOI]);
    Some(out)
}

/// Returns the position at which the data of the last scan end, if all pixels are there and only EOI is missing.
pub(in super::super) fn end_of_pixels(bytes: &[u8]) -> Option<usize> {
    let mut walk = Walk { rest: bytes };
    walk.take(2)?;
    let is_ended =
        std::iter::from_fn(|| next(&mut walk)).any(|(_, part)| matches!(part, Part::End));
    (!is_ended).then_some(())?;
    let plan = Plan::of(bytes)?;
    copy(bytes, &plan.used, &mut Vec::new())
}

impl<'a> Plan<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut walk = Walk { rest: bytes };
        walk.take(2)?;
        let mut plan = Self::default();
        let mut tables = Tables::default();
        let mut has_scan = false;
        while let Some((_, part)) = next(&mut walk) {
            let (marker, content) = match part {
                Part::Segment { marker, content } => (marker, content),
                Part::Bare => continue,
                Part::End => break,
            };
            match marker {
                SOS => {
                    let (frame, specified) = plan.frame?;
                    let scan = Scan::read(content, frame == SOF2)?;
                    tables.mark(&scan, &quantization(specified));
                    has_scan = true;
                }
                DQT | DHT | DRI => tables.define(marker, content)?,
                APP0 | APP2 | APP14 if !has_scan => plan.application(marker, content),
                APP0..=APP15 | COM | DNL | DAC => {}
                _ if is_frame(marker) && plan.frame.is_none() => {
                    plan.frame = Some((marker, content))
                }
                // A marker that no browser shows, or garbage after the pixels of a file whose end is missing.
                _ if has_scan => break,
                _ => return None,
            }
        }
        plan.used = tables.into_used();
        has_scan.then_some(plan)
    }

    fn application(&mut self, marker: u8, content: &'a [u8]) {
        match marker {
            APP0 => {
                // The last two of these bytes are the sides of a thumbnail.
                let fields = content.strip_prefix(b"JFIF\0");
                let fields = fields.and_then(<[u8]>::first_chunk::<9>);
                if let Some([fields @ .., _, _]) = fields {
                    self.jfif = Some(*fields);
                }
            }
            APP14 => {
                // A version and two words of flags, which no reader uses, follow the name.
                let fields = content.strip_prefix(b"Adobe");
                self.adobe = fields
                    .and_then(|fields| fields.get(6).copied())
                    .or(self.adobe);
            }
            _ => self.profile.extend(content.strip_prefix(PROFILE)),
        }
    }

    /// Writes what precedes the tables. JFIF has to be the first segment (T.871, 10.1), so the orientation comes right
    /// after it.
    fn write_head(&self, exif: Option<&[u8]>, out: &mut Vec<u8>) -> Option<()> {
        if let Some(fields) = self.jfif {
            segment(out, APP0, &[b"JFIF\0", fields.as_slice(), &[0, 0]].concat())?;
        }
        if let Some(tiff) = exif {
            segment(out, APP1, &[b"Exif\0\0", tiff].concat())?;
        }
        if let Some(profile) = self.profile() {
            let pieces = icc::whole(&profile)?.chunks(MOST_OF_PROFILE);
            let count = u8::try_from(pieces.len()).ok()?;
            for (number, piece) in (1..=count).zip(pieces) {
                segment(out, APP2, &[PROFILE, &[number, count], piece].concat())?;
            }
        }
        if let Some(transform) = self.adobe {
            segment(
                out,
                APP14,
                &[b"Adobe\0\x64\0\0\0\0", [transform].as_slice()].concat(),
            )?;
        }
        Some(())
    }

    /// Puts the profile together as libjpeg, and thus browsers, do: all pieces must agree on their count, and each must
    /// be there exactly once.
    fn profile(&self) -> Option<Vec<u8>> {
        let count = self.profile.first()?.get(1)?;
        let mut pieces = Vec::new();
        for piece in &self.profile {
            let ([number, of], content) = piece.split_first_chunk::<2>()?;
            (of == count).then_some(())?;
            pieces.push((*number, content));
        }
        pieces.sort_by_key(|(number, _)| *number);
        let numbers = pieces.iter().map(|(number, _)| *number);
        numbers.eq(1..=*count).then_some(())?;
        let whole: Vec<u8> = pieces
            .iter()
            .flat_map(|(_, content)| *content)
            .copied()
            .collect();
        icc::whole(&whole)?;
        Some(whole)
    }
}

/// Returns each component's id with the number of its quantization table, read from the content of the frame's segment.
fn quantization(frame: &[u8]) -> Vec<(u8, u8)> {
    let specified = frame.get(6..).unwrap_or_default().as_chunks::<3>().0;
    specified
        .iter()
        .map(|[id, _, table]| (*id, *table))
        .collect()
}

/// Copies tables, frame and scans, and returns the position at which the last scan ends. Returns `None` if the end of
/// the file is missing and some pixels with it.
fn copy(bytes: &[u8], used: &[bool], out: &mut Vec<u8>) -> Option<usize> {
    let mut walk = Walk { rest: bytes };
    walk.take(2)?;
    let mut tables = Tables::default();
    let mut used = used.iter().copied();
    let mut progress: Option<Progress> = None;
    let mut scan: Option<Scan> = None;
    let mut has_frame = false;
    let mut is_progressive = false;
    let mut end = 0;
    loop {
        let before = walk.rest;
        let found = next(&mut walk);
        if let Some(scan) = scan.take() {
            let coded = match &found {
                Some((coded, _)) => coded,
                None => before,
            };
            let data = progress
                .as_mut()
                .and_then(|progress| progress.follow(&scan, &tables, coded));
            end = bytes.len().checked_sub(before.len())?;
            if let Some(data) = data {
                data.pieces
                    .iter()
                    .for_each(|piece| out.extend_from_slice(piece));
                end = end.checked_add(data.end)?;
            } else {
                // The scan is damaged, or of a kind that is not followed. A decoder finds out which.
                progress = None;
                out.extend_from_slice(coded);
            }
        }
        let is_complete = progress.as_ref().is_some_and(Progress::is_complete);
        let (marker, content) = match found {
            Some((_, Part::End)) => return Some(end),
            Some((_, Part::Bare)) => continue,
            Some((_, Part::Segment { marker, content })) => (marker, content),
            None => return is_complete.then_some(end),
        };
        match marker {
            SOS => {
                scan = Scan::read(content, is_progressive);
                segment(out, marker, content)?;
            }
            DQT | DHT => {
                tables.define(marker, content)?;
                let mut wanted = split(marker, content)?;
                wanted.retain(|_| used.next().unwrap_or(false));
                if !wanted.is_empty() {
                    segment(out, marker, &wanted.concat())?;
                }
            }
            DRI => {
                tables.define(marker, content)?;
                segment(out, marker, content)?;
            }
            DAC => segment(out, marker, content)?,
            APP0..=APP15 | COM | DNL => {}
            _ if is_frame(marker) && !has_frame => {
                has_frame = true;
                is_progressive = marker == SOF2;
                progress = (SOF0..=SOF2)
                    .contains(&marker)
                    .then(|| Progress::new(is_progressive, content))
                    .flatten();
                segment(out, marker, content)?;
            }
            _ => return is_complete.then_some(end),
        }
    }
}

fn segment(out: &mut Vec<u8>, marker: u8, content: &[u8]) -> Option<()> {
    let length = u16::try_from(content.len().checked_add(2)?).ok()?;
    out.extend([0xFF, marker]);
    out.extend(length.to_be_bytes());
    out.extend_from_slice(content);
    Some(())
}
