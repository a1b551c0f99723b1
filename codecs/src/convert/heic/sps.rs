//! Reads what a sequence's parameter set says of colours (ITU-T H.265, 7.3.2.2 and annex E). It stands behind almost all
//! other fields, so those are read too; nothing of them is kept.

use crate::container::heif::Nclx;

/// The kind of unit that is a sequence's parameter set.
const SPS: u8 = 33;

/// The most bytes of a set that are read. Those of encoders have some dozens.
const MAX_BYTES: usize = 4_096;

/// The most pictures that a picture may refer to (`sps_max_dec_pic_buffering_minus1`).
const MAX_REFERENCES: u32 = 16;

/// Returns the code points in a unit, or `None` if it is no such set, says nothing of colours, or cannot be read.
pub(super) fn colours(unit: &[u8]) -> Option<Nclx> {
    let (header, content) = unit.split_first_chunk::<2>()?;
    let [first, _] = header;
    (first >> 1 & 0x3F == SPS).then_some(())?;
    let plain = without_emulation(content.get(..MAX_BYTES).unwrap_or(content));
    let mut bits = Bits {
        bytes: &plain,
        at: 0,
    };
    before_usability(&mut bits)?;
    // The aspect ratio of a sample; 255 is one with its own numbers.
    if bits.flag()? && bits.take(8)? == 255 {
        bits.skip(32);
    }
    if bits.flag()? {
        bits.skip(1);
    }
    bits.flag()?.then_some(())?;
    bits.skip(3);
    let is_full_range = bits.flag()?;
    let is_described = bits.flag()?;
    let mut code = || {
        if is_described {
            bits.take(8).and_then(|code| u16::try_from(code).ok())
        } else {
            Some(2)
        }
    };
    Some(Nclx {
        primaries: code()?,
        transfer: code()?,
        matrix: code()?,
        is_full_range,
    })
}

/// Takes out the bytes that keep a unit from looking like the start of another one (7.4.2).
fn without_emulation(unit: &[u8]) -> Vec<u8> {
    let (mut plain, mut zeros) = (Vec::with_capacity(unit.len()), 0);
    for byte in unit {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        plain.push(*byte);
    }
    plain
}

/// Reads all that stands before the information about usability; `None` if there is none.
fn before_usability(bits: &mut Bits<'_>) -> Option<()> {
    bits.skip(4);
    let layers = bits.take(3)?;
    bits.skip(1);
    profile_and_level(bits, layers)?;
    bits.number()?;
    if bits.number()? == 3 {
        bits.skip(1);
    }
    bits.numbers(2)?;
    if bits.flag()? {
        bits.numbers(4)?;
    }
    bits.numbers(2)?;
    let order_bits = bits.number()?.checked_add(4).filter(|bits| *bits <= 16)?;
    let told = if bits.flag()? { layers + 1 } else { 1 };
    bits.numbers(told * 3)?;
    bits.numbers(6)?;
    if bits.flag()? && bits.flag()? {
        scaling(bits)?;
    }
    bits.skip(2);
    if bits.flag()? {
        bits.skip(8);
        bits.numbers(2)?;
        bits.skip(1);
    }
    references(bits)?;
    if bits.flag()? {
        let count = bits.number()?.min(32);
        bits.skip(count * (order_bits + 1));
    }
    bits.skip(2);
    bits.flag()?.then_some(())
}

/// Reads profile, tier and level (7.3.3).
fn profile_and_level(bits: &mut Bits<'_>, layers: u32) -> Option<()> {
    bits.skip(96);
    if layers == 0 {
        return Some(());
    }
    let mut length = 0;
    for layer in 0..8 {
        let (has_profile, has_level) = (bits.flag()?, bits.flag()?);
        if layer < layers {
            length += if has_profile { 88 } else { 0 } + if has_level { 8 } else { 0 };
        }
    }
    bits.skip(length);
    Some(())
}

/// Reads lists of scaling factors (7.3.4).
fn scaling(bits: &mut Bits<'_>) -> Option<()> {
    for size in 0..4_u32 {
        let lists = if size == 3 { 2 } else { 6 };
        for _ in 0..lists {
            if bits.flag()? {
                let count = 64.min(1 << (4 + size * 2)) + u32::from(size > 1);
                bits.numbers(count)?;
            } else {
                bits.number()?;
            }
        }
    }
    Some(())
}

/// Reads the sets of short-term references (7.3.7).
fn references(bits: &mut Bits<'_>) -> Option<()> {
    let sets = bits.number()?;
    (sets <= 64).then_some(())?;
    let mut count = 0_u32;
    for set in 0..sets {
        if set > 0 && bits.flag()? {
            bits.skip(1);
            bits.number()?;
            let before = count;
            count = 0;
            for _ in 0..=before {
                // What is not used may still be kept.
                if bits.flag()? || bits.flag()? {
                    count += 1;
                }
            }
        } else {
            count = bits.number()?.checked_add(bits.number()?)?;
            (count <= MAX_REFERENCES).then_some(())?;
            for _ in 0..count {
                bits.number()?;
                bits.skip(1);
            }
        }
    }
    Some(())
}

/// Bits from the top of each byte on.
struct Bits<'a> {
    bytes: &'a [u8],
    at: u32,
}

impl Bits<'_> {
    fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(usize::try_from(self.at / 8).ok()?)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at = self.at.saturating_add(1);
        Some(bit == 1)
    }

    fn skip(&mut self, count: u32) {
        self.at = self.at.saturating_add(count);
    }

    /// Reads at most 32 bits.
    fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0_u32, |number, _| {
            Some(number << 1 | u32::from(self.flag()?))
        })
    }

    /// Reads a number coded by Exp-Golomb, ue(v) (9.2).
    fn number(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            (zeros < 32).then_some(())?;
        }
        let rest = self.take(zeros)?;
        ((1_u32 << zeros) - 1).checked_add(rest)
    }

    fn numbers(&mut self, count: u32) -> Option<()> {
        (0..count).try_for_each(|_| self.number().map(drop))
    }
}
