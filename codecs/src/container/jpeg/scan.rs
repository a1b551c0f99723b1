//! Finds the end of a scan's data. Decoders read as many blocks as the frame has, and skip any bytes between the last
//! block and the next marker. So every code is followed, but no coefficient is decoded (ITU-T T.81, F.2.2 and G.1.2).
//!
//! Refining scans of progressive files also need to know which coefficients are not zero: one bit for each.

use super::blocks::{Reader, block_of, first_of_band, more_of_band};
use super::huffman::Codes;
use super::intervals::{Data, Intervals};
use super::tables::{Scan, Tables};

/// The most scans that are followed in a file. Common files have 10, and more than some hundreds cannot mean anything.
const MOST_SCANS: u32 = 500;

/// The most blocks in an MCU (B.2.3).
const MOST_BLOCKS: u32 = 10;

/// Marks a coefficient of which no scan has given a bit.
const UNTOLD: u8 = u8::MAX;

/// A frame of 8-bit samples, and how far its scans have been followed.
pub(super) struct Progress {
    is_progressive: bool,
    width: u32,
    height: u32,
    most: (u32, u32),
    components: Vec<Component>,
    scans: u32,
}

struct Component {
    id: u8,
    across: u32,
    down: u32,
    /// For each coefficient, the number of its lower bits that are still missing.
    untold: [u8; 64],
    /// For each block, a bit set of the coefficients that are not zero. Empty until it is needed.
    filled: Vec<u64>,
}

impl Progress {
    /// Reads the content of SOF0, SOF1 or SOF2. Returns `None` if the scans of such a frame are not followed.
    pub(super) fn new(is_progressive: bool, content: &[u8]) -> Option<Self> {
        let ([8, h0, h1, w0, w1, count @ 1..=4], rest) = content.split_first_chunk::<6>()? else {
            return None;
        };
        let (specified, []) = rest.as_chunks::<3>() else {
            return None;
        };
        let components: Vec<Component> = specified
            .iter()
            .map(|[id, both, _]| Component {
                id: *id,
                across: u32::from(both >> 4),
                down: u32::from(both & 15),
                untold: [UNTOLD; 64],
                filled: Vec::new(),
            })
            .collect();
        let side = |high: &u8, low: &u8| u32::from(u16::from_be_bytes([*high, *low]));
        let (width, height) = (side(w0, w1), side(h0, h1));
        let is_usual = components.iter().all(|component| {
            (1..=4).contains(&component.across) && (1..=4).contains(&component.down)
        });
        let is_fit = components.len() == usize::from(*count) && width > 0 && height > 0;
        (is_usual && is_fit).then_some(())?;
        Some(Self {
            is_progressive,
            width,
            height,
            most: (
                components.iter().map(|component| component.across).max()?,
                components.iter().map(|component| component.down).max()?,
            ),
            components,
            scans: 0,
        })
    }

    /// Returns whether the scans so far give every bit of every coefficient.
    pub(super) fn is_complete(&self) -> bool {
        let mut coefficients = self
            .components
            .iter()
            .flat_map(|component| component.untold);
        coefficients.all(|untold| untold == 0)
    }

    /// Follows a scan through its data. Returns `None` if they are damaged or cut short.
    pub(super) fn follow<'a>(
        &mut self,
        scan: &Scan,
        tables: &Tables<'_>,
        coded: &'a [u8],
    ) -> Option<Data<'a>> {
        self.scans = self
            .scans
            .checked_add(1)
            .filter(|scans| *scans <= MOST_SCANS)?;
        let readers = self.readers(scan, tables)?;
        let data = match readers.as_slice() {
            [only] => self.single(scan, only, tables.restart, coded)?,
            several => self.interleaved(scan, several, tables.restart, coded)?,
        };
        for reader in &readers {
            let component = self.components.get_mut(reader.place)?;
            let told = component
                .untold
                .get_mut(scan.first.into()..=scan.last.into())?;
            told.fill(scan.low);
        }
        Some(data)
    }

    /// Builds the tables of each component in the scan, but only those that it is read with.
    fn readers(&self, scan: &Scan, tables: &Tables<'_>) -> Option<Vec<Reader>> {
        let is_valid = !self.is_progressive
            || scan.first <= scan.last && scan.last < 64 && (scan.first > 0 || scan.last == 0);
        (is_valid && scan.low < 14).then_some(())?;
        (scan.first == 0 || scan.parts.len() == 1).then_some(())?;
        let (wants_dc, wants_ac) = scan.wants();
        let mut chosen = Vec::new();
        for part in &scan.parts {
            let mut places = self.components.iter();
            let place = places.position(|component| component.id == part.component)?;
            let dc = match wants_dc {
                true => Some(Codes::new(tables.dc(part.dc)?)?),
                false => None,
            };
            let ac = match wants_ac {
                true => Some(Codes::new(tables.ac(part.ac)?)?),
                false => None,
            };
            chosen.push(Reader { place, dc, ac });
        }
        (!chosen.is_empty()).then_some(chosen)
    }

    /// Follows a scan of one component block by block (A.2.2). Only blocks that are part of the picture are coded.
    fn single<'a>(
        &mut self,
        scan: &Scan,
        reader: &Reader,
        restart: u16,
        coded: &'a [u8],
    ) -> Option<Data<'a>> {
        let component = self.components.get_mut(reader.place)?;
        let blocks = |side: u32, factor: u32, most: u32| (side * factor).div_ceil(most * 8);
        let across = blocks(self.width, component.across, self.most.0);
        let down = blocks(self.height, component.down, self.most.1);
        let count = usize::try_from(across.checked_mul(down)?).ok()?;
        let is_refined = self.is_progressive && scan.first > 0;
        if is_refined && component.filled.is_empty() {
            component.filled = vec![0; count];
        }
        let mut intervals = Intervals::new(coded, restart);
        let mut run = 0_u32;
        for block in 0..count {
            if intervals.begin()? {
                run = 0;
            }
            let bits = &mut intervals.bits;
            if is_refined {
                let filled = component.filled.get_mut(block)?;
                if scan.high == 0 {
                    if run > 0 {
                        run -= 1;
                    } else {
                        run = first_of_band(bits, reader.ac.as_ref()?, scan, filled)?;
                    }
                } else {
                    run = more_of_band(bits, reader.ac.as_ref()?, scan, filled, run)?;
                }
            } else {
                block_of(bits, reader, scan, self.is_progressive)?;
            }
        }
        intervals.finish()
    }

    /// Follows a scan of several components MCU by MCU (A.2.3).
    fn interleaved<'a>(
        &self,
        scan: &Scan,
        readers: &[Reader],
        restart: u16,
        coded: &'a [u8],
    ) -> Option<Data<'a>> {
        let mut blocks = Vec::new();
        for reader in readers {
            let component = self.components.get(reader.place)?;
            blocks.push((reader, component.across * component.down));
        }
        let all: u32 = blocks.iter().map(|(_, count)| count).sum();
        (all <= MOST_BLOCKS).then_some(())?;
        let across = self.width.div_ceil(8 * self.most.0);
        let down = self.height.div_ceil(8 * self.most.1);
        let mut intervals = Intervals::new(coded, restart);
        for _ in 0..across.checked_mul(down)? {
            intervals.begin()?;
            for (reader, count) in &blocks {
                for _ in 0..*count {
                    block_of(&mut intervals.bits, reader, scan, self.is_progressive)?;
                }
            }
        }
        intervals.finish()
    }
}
