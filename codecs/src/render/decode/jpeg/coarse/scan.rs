//! Decodes the DC coefficients of one scan (ITU-T T.81, B.2.3) into the frame.

use super::bits::Bits;
use super::frame::{Component, Frame};
use super::huffman::{Ac, Dc};
use super::tables::Tables;

/// The maximum number of blocks in an MCU (B.2.3).
const MOST_BLOCKS: u32 = 10;

/// A scan's header, and the tables that it refers to.
pub(super) enum Scan {
    /// Whole blocks, each beginning with its DC coefficient.
    Sequential {
        parts: Vec<(usize, Dc, Ac)>,
        restart: u16,
    },
    /// The upper bits of DC coefficients, from bit `low` (G.1.2.1).
    First {
        parts: Vec<(usize, Dc)>,
        low: u8,
        restart: u16,
    },
    /// Bit `low` of DC coefficients (G.1.2.1.1).
    Refinement {
        parts: Vec<usize>,
        low: u8,
        restart: u16,
    },
    /// AC coefficients, which are not needed.
    Other,
}

impl Scan {
    /// Reads the content of SOS. Returns `None` if it is rare, odd or malformed.
    pub(super) fn read(content: &[u8], frame: &mut Frame, tables: &Tables) -> Option<Self> {
        let (count, rest) = content.split_first()?;
        let (parts, rest) = rest.split_at_checked(usize::from(*count) * 2)?;
        let [first, last, both] = rest.try_into().ok()?;
        let (high, low): (u8, u8) = (both >> 4, both & 15);
        let mut chosen: Vec<(usize, u8, u8)> = Vec::new();
        for [id, numbers] in parts.as_chunks::<2>().0 {
            let place = frame
                .components
                .iter()
                .position(|component| component.id == *id)?;
            // Components must be in the frame's order (B.2.3), and none twice.
            chosen
                .last()
                .is_none_or(|(before, ..)| *before < place)
                .then_some(())?;
            chosen.push((place, numbers >> 4, numbers & 15));
        }
        (!chosen.is_empty()).then_some(())?;
        let restart = tables.restart;
        if frame.is_progressive && first > 0 {
            return Some(Self::Other);
        }
        let is_valid = if frame.is_progressive {
            last == 0 && low <= 13 && (high == 0 || high == low + 1)
        } else {
            [first, last, high, low] == [0, 63, 0, 0]
        };
        is_valid.then_some(())?;
        for (place, ..) in &chosen {
            let component = frame.components.get_mut(*place)?;
            (component.missing == (high > 0).then_some(high)).then_some(())?;
            component.missing = Some(low);
            if high == 0 {
                component.step = tables.step(component.table)?;
                component.allocate()?;
            }
        }
        if high > 0 {
            let parts = chosen.into_iter().map(|(place, ..)| place).collect();
            return Some(Self::Refinement {
                parts,
                low,
                restart,
            });
        }
        if frame.is_progressive {
            let parts = chosen
                .into_iter()
                .map(|(place, dc, _)| Some((place, Dc::new(tables.dc(dc)?.clone())?)))
                .collect::<Option<_>>()?;
            return Some(Self::First {
                parts,
                low,
                restart,
            });
        }
        let parts = chosen
            .into_iter()
            .map(|(place, dc, ac)| {
                Some((
                    place,
                    Dc::new(tables.dc(dc)?.clone())?,
                    Ac::new(tables.ac(ac)?.clone()),
                ))
            })
            .collect::<Option<_>>()?;
        Some(Self::Sequential { parts, restart })
    }

    /// Tells whether only this scan is needed, so that decoding may stop early.
    fn is_only(&self, frame: &Frame) -> bool {
        matches!(self, Self::Sequential { parts, .. } if parts.len() == frame.components.len())
    }

    /// Decodes the scan's data. If nothing after it is needed, it may stop after the row of pixels `rows`. Returns
    /// `None` if the data is damaged or ends too early.
    pub(super) fn decode(&self, frame: &mut Frame, coded: &[u8], rows: u32) -> Option<()> {
        let rows = if self.is_only(frame) {
            rows
        } else {
            frame.height
        };
        let bits = Bits::new(coded);
        match self {
            Self::Sequential { parts, restart } => {
                let places: Vec<usize> = parts.iter().map(|(place, ..)| *place).collect();
                walk(
                    frame,
                    &places,
                    *restart,
                    rows,
                    bits,
                    |bits, part, before, _| {
                        let (_, dc, ac) = parts.get(part)?;
                        *before = before.wrapping_add(bits.difference(dc)?);
                        bits.skip(ac)?;
                        i16::try_from(*before).ok()
                    },
                )
            }
            Self::First {
                parts,
                low,
                restart,
            } => {
                let places: Vec<usize> = parts.iter().map(|(place, _)| *place).collect();
                walk(
                    frame,
                    &places,
                    *restart,
                    rows,
                    bits,
                    |bits, part, before, _| {
                        let (_, dc) = parts.get(part)?;
                        *before = before.wrapping_add(bits.difference(dc)?);
                        i16::try_from(before.checked_mul(1 << low)?).ok()
                    },
                )
            }
            Self::Refinement {
                parts,
                low,
                restart,
            } => walk(frame, parts, *restart, rows, bits, |bits, _, _, so_far| {
                Some(so_far | i16::from(bits.bit()?) << low)
            }),
            Self::Other => Some(()),
        }
    }
}

/// Visits the blocks in the order of A.2: row by row for one component, MCU by MCU for several. `block` gets the bits,
/// the index of the part, the previous coefficient (0 at the start and after a restart), and the value from earlier
/// scans; it returns the block's coefficient.
fn walk(
    frame: &mut Frame,
    places: &[usize],
    restart: u16,
    rows: u32,
    mut bits: Bits<'_>,
    mut block: impl FnMut(&mut Bits<'_>, usize, &mut i32, i16) -> Option<i16>,
) -> Option<()> {
    let (most_across, most_down) = frame.most;
    let is_interleaved = places.len() > 1;
    let (width, height) = (frame.width, frame.height);
    let mut parts: Vec<(usize, &mut Component)> = frame
        .components
        .iter_mut()
        .enumerate()
        .filter(|(place, _)| places.contains(place))
        .map(|(_, component)| component)
        .enumerate()
        .collect();
    let (mcus_across, mcus_down, pixels_down) = match parts.as_slice() {
        [(_, only)] => (only.columns, only.rows, 8 * most_down / only.down),
        _ => (
            width.div_ceil(8 * most_across),
            height.div_ceil(8 * most_down),
            8 * most_down,
        ),
    };
    let blocks: u32 = parts.iter().map(|(_, part)| part.across * part.down).sum();
    (!is_interleaved || blocks <= MOST_BLOCKS).then_some(())?;
    let mut before = [0_i32; 3];
    let (mut done, mut restarts) = (0_u16, 0_u8);
    for y in 0..mcus_down.min(rows.div_ceil(pixels_down)) {
        for x in 0..mcus_across {
            if restart > 0 && done == restart {
                bits.restart(restarts)?;
                restarts = (restarts + 1) % 8;
                (done, before) = (0, [0; 3]);
            }
            done = done.wrapping_add(1);
            bits.prepare();
            for (part, component) in &mut parts {
                let (across, down) = if is_interleaved {
                    (component.across, component.down)
                } else {
                    (1, 1)
                };
                let before = before.get_mut(*part)?;
                for row in 0..down {
                    let start = u64::from(y * down + row) * u64::from(component.stride)
                        + u64::from(x * across);
                    for column in 0..across {
                        let at = usize::try_from(start + u64::from(column)).ok()?;
                        let coefficient = component.dc.get_mut(at)?;
                        *coefficient = block(&mut bits, *part, before, *coefficient)?;
                    }
                }
            }
            bits.is_within().then_some(())?;
        }
    }
    Some(())
}
