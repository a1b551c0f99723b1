//! Keeps track of the tables that scans refer to (ITU-T T.81, B.2.4), and of which ones they use: a table that no scan
//! uses may hold anything.

use super::parts::{DHT, DQT, DRI};

/// A scan's header (B.2.3).
pub(super) struct Scan {
    pub(super) parts: Vec<ScanPart>,
    /// The first and the last coefficient of the scan.
    pub(super) first: u8,
    pub(super) last: u8,
    /// The successive approximation bits: the lowest bit known before this scan (0 if it is the first), and the lowest
    /// bit that it gives.
    pub(super) high: u8,
    pub(super) low: u8,
}

pub(super) struct ScanPart {
    pub(super) component: u8,
    pub(super) dc: u8,
    pub(super) ac: u8,
}

impl Scan {
    /// Reads the content of SOS. A sequential file has all of each coefficient in one scan, whatever the header says:
    /// there are files with zeroes there, and decoders accept them.
    pub(super) fn read(content: &[u8], is_progressive: bool) -> Option<Self> {
        let (count, rest) = content.split_first()?;
        let (parts, rest) = rest.split_at_checked(usize::from(*count) * 2)?;
        let &[first, last, both] = rest else {
            return None;
        };
        let (first, last, both) = match is_progressive {
            true => (first, last, both),
            false => (0, 63, 0),
        };
        let parts = parts.as_chunks::<2>().0.iter();
        Some(Self {
            parts: parts
                .map(|[component, both]| ScanPart {
                    component: *component,
                    dc: both >> 4,
                    ac: both & 15,
                })
                .collect(),
            first,
            last,
            high: both >> 4,
            low: both & 15,
        })
    }

    /// Returns whether the scan needs tables for DC and for AC coefficients. A refining bit of a DC coefficient has no
    /// code.
    pub(super) fn wants(&self) -> (bool, bool) {
        (self.first == 0 && self.high == 0, self.last > 0)
    }
}

/// A table's position among all tables of the file, and its definition.
type Numbered<'a> = Option<(usize, &'a [u8])>;

/// The tables defined so far.
#[derive(Default)]
pub(super) struct Tables<'a> {
    quantization: [Numbered<'a>; 4],
    dc: [Numbered<'a>; 4],
    ac: [Numbered<'a>; 4],
    /// The number of MCUs between two restarts; 0 means that there are none.
    pub(super) restart: u16,
    /// For each table, in the order of the file, whether a scan uses it.
    used: Vec<bool>,
    /// The components whose quantization table is fixed, because their first scan was seen. Decoders fix it at the same
    /// point.
    latched: Vec<u8>,
}

impl<'a> Tables<'a> {
    /// Reads DQT, DHT or DRI. Returns `None` if it is malformed.
    pub(super) fn define(&mut self, marker: u8, content: &'a [u8]) -> Option<()> {
        if marker == DRI {
            self.restart = u16::from_be_bytes(content.try_into().ok()?);
            return Some(());
        }
        for table in split(marker, content)? {
            let (head, definition) = table.split_first()?;
            let places = match (marker, head >> 4) {
                (DQT, _) => &mut self.quantization,
                (_, 0) => &mut self.dc,
                _ => &mut self.ac,
            };
            *places.get_mut(usize::from(head & 15))? = Some((self.used.len(), definition));
            self.used.push(false);
        }
        Some(())
    }

    /// Marks the tables that a scan uses. `quantization` holds the number of each component's quantization table.
    pub(super) fn mark(&mut self, scan: &Scan, quantization: &[(u8, u8)]) {
        let (wants_dc, wants_ac) = scan.wants();
        let at = |places: &[Numbered<'_>; 4], number: u8| {
            places
                .get(usize::from(number))
                .copied()
                .flatten()
                .map(|(number, _)| number)
        };
        let mut numbers = Vec::new();
        for part in &scan.parts {
            if !self.latched.contains(&part.component) {
                self.latched.push(part.component);
                let own = quantization.iter().find(|(id, _)| *id == part.component);
                numbers.extend(own.and_then(|(_, table)| at(&self.quantization, *table)));
            }
            numbers.extend(at(&self.dc, part.dc).filter(|_| wants_dc));
            numbers.extend(at(&self.ac, part.ac).filter(|_| wants_ac));
        }
        for number in numbers {
            if let Some(used) = self.used.get_mut(number) {
                *used = true;
            }
        }
    }

    /// Returns for each table, in the order of the file, whether a scan uses it.
    pub(super) fn into_used(self) -> Vec<bool> {
        self.used
    }

    pub(super) fn dc(&self, number: u8) -> Option<&'a [u8]> {
        self.dc
            .get(usize::from(number))
            .copied()?
            .map(|(_, definition)| definition)
    }

    pub(super) fn ac(&self, number: u8) -> Option<&'a [u8]> {
        self.ac
            .get(usize::from(number))
            .copied()?
            .map(|(_, definition)| definition)
    }
}

/// Splits the content of a DQT or DHT into its tables, each with its leading byte, which holds the table's number.
/// Returns `None` if it is malformed.
pub(super) fn split(marker: u8, mut content: &[u8]) -> Option<Vec<&[u8]>> {
    let mut tables = Vec::new();
    while let Some(head) = content.first() {
        let length = match (marker, head >> 4) {
            (DQT, 0) => 65,
            (DQT, 1) => 129,
            (DHT, 0 | 1) => {
                let counts = content.get(1..17)?.iter();
                17 + counts.map(|count| usize::from(*count)).sum::<usize>()
            }
            _ => return None,
        };
        let (table, rest) = content.split_at_checked(length)?;
        (head & 15 < 4).then_some(())?;
        tables.push(table);
        content = rest;
    }
    Some(tables)
}
