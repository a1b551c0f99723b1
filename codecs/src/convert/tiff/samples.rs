//! Unpacks rows of samples of 1 to 32 bits into bytes.

use super::super::numbers::Order;
use super::picture::{Meaning, Stored};

/// Undoes the differences between neighbours (TIFF 6.0, section 14).
pub(super) fn undo_predictor(stored: &Stored<'_>, row: &mut [u8]) {
    let together = stored.samples_together();
    match stored.bits {
        8 => {
            for place in together..row.len() {
                let before = row.get(place - together).copied().unwrap_or(0);
                if let Some(byte) = row.get_mut(place) {
                    *byte = byte.wrapping_add(before);
                }
            }
        }
        16 => add_before::<2>(row, together, |before, now| {
            let sum = read16(stored.order(), before).wrapping_add(read16(stored.order(), now));
            match stored.order() {
                Order::Little => sum.to_le_bytes(),
                Order::Big => sum.to_be_bytes(),
            }
        }),
        32 => add_before::<4>(row, together, |before, now| {
            let sum = read32(stored.order(), before).wrapping_add(read32(stored.order(), now));
            match stored.order() {
                Order::Little => sum.to_le_bytes(),
                Order::Big => sum.to_be_bytes(),
            }
        }),
        _ => {}
    }
}

fn add_before<const BYTES: usize>(
    row: &mut [u8],
    together: usize,
    add: impl Fn([u8; BYTES], [u8; BYTES]) -> [u8; BYTES],
) {
    let (samples, _) = row.as_chunks_mut::<BYTES>();
    for place in together..samples.len() {
        let before = samples.get(place - together).copied();
        if let (Some(before), Some(now)) = (before, samples.get_mut(place)) {
            *now = add(before, *now);
        }
    }
}

/// Unpacks a row: each sample becomes a byte, scaled to 0 to 255; indices of a palette stay as they are.
pub(super) fn unpack(stored: &Stored<'_>, row: &[u8], out: &mut Vec<u8>) {
    out.clear();
    match stored.bits {
        8 => out.extend_from_slice(row),
        16 => out.extend(row.as_chunks().0.iter().map(|bytes| {
            let value = u32::from(read16(stored.order(), *bytes));
            // To the nearest value, as for PNG.
            u8::try_from((value * 255 + 32_895) >> 16).unwrap_or(255)
        })),
        32 => out.extend(
            row.as_chunks()
                .0
                .iter()
                .map(|bytes| u8::try_from(read32(stored.order(), *bytes) >> 24).unwrap_or(255)),
        ),
        bits => {
            let is_index = stored.meaning == Meaning::Palette;
            let most = (1_u32 << bits) - 1;
            let scaled = |value: u32| {
                let value = if is_index {
                    value
                } else {
                    (value * 255 + most / 2) / most
                };
                u8::try_from(value).unwrap_or(255)
            };
            // Bits are taken from the top of each byte on, whatever the order of bytes.
            let (mut held, mut count) = (0_u32, 0);
            for byte in row {
                held = held << 8 | u32::from(*byte);
                count += 8;
                while count >= bits {
                    count -= bits;
                    out.push(scaled(held >> count));
                    held &= (1 << count) - 1;
                }
            }
        }
    }
}

fn read16(order: Order, bytes: [u8; 2]) -> u16 {
    match order {
        Order::Little => u16::from_le_bytes(bytes),
        Order::Big => u16::from_be_bytes(bytes),
    }
}

fn read32(order: Order, bytes: [u8; 4]) -> u32 {
    match order {
        Order::Little => u32::from_le_bytes(bytes),
        Order::Big => u32::from_be_bytes(bytes),
    }
}
