//! Huffman codes (ITU-T T.81, Annexes C and F.2.2), and look-ups that cover several of them at once.
//!
//! For an AC coefficient, only the length of its code and of its extra bits matters here. So one look-up with the next
//! 13 bits tells how many bits to skip for all the coefficients whose codes lie within them.

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tables have a fixed size that matches the bits of the index; numbers are below 2^16"
)]

/// The number of bits that index a look-up.
pub(super) const WINDOW: u32 = 13;

/// The maximum number of bits that one look-up skips: AC coefficients of 8-bit samples have up to 10 bits (F.1.2.2,
/// table F.2) after codes of up to 16. Two look-ups fit into the 56 bits that are available.
pub(super) const MOST_BITS: u32 = 28;

/// The maximum number of bits of a DC difference (F.1.2.1, table F.1).
const MOST_DC: u8 = 11;

/// The maximum number of bits of an AC coefficient.
const MOST_AC: u8 = 10;

/// A table as a file defines it.
#[derive(Clone)]
pub(super) struct Codes {
    /// For each length − 1: the first code that is too large for it, left-aligned in 16 bits; 0 if there is none.
    ends: [u32; 16],
    /// For each length − 1: the number that turns a code into the index of its symbol.
    offsets: [i32; 16],
    symbols: Vec<u8>,
}

impl Codes {
    /// Builds a table from the number of codes of each length and the symbols in order. `None` if a length has more
    /// codes than possible (C.2; like libjpeg, it refuses a code of only ones).
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut ends = [0; 16];
        let mut offsets = [0; 16];
        let (mut code, mut place) = (0_u32, 0_u32);
        for (index, count) in counts.iter().enumerate() {
            let length = index as u32 + 1;
            offsets[index] = place as i32 - code as i32;
            code += u32::from(*count);
            place += u32::from(*count);
            if *count > 0 {
                (code < 1 << length).then_some(())?;
                ends[index] = code << (16 - length);
            }
            code <<= 1;
        }
        (symbols.len() == place as usize).then(|| Self {
            ends,
            offsets,
            symbols: symbols.to_vec(),
        })
    }

    /// The length and the symbol of the code at the top of 16 bits.
    pub(super) fn find(&self, bits: u32) -> Option<(u32, u8)> {
        let index = self.ends.iter().position(|end| bits < *end)?;
        let length = index as u32 + 1;
        let code = (bits >> (16 - length)) as i32;
        let symbol = usize::try_from(code + self.offsets[index]).ok()?;
        Some((length, *self.symbols.get(symbol)?))
    }
}

/// A table of DC differences: it gives the length of a code and the number of extra bits.
pub(super) struct Dc {
    codes: Codes,
    /// For the next 9 bits: code length and extra bits, or zeros if the code is longer.
    short: Box<[(u8, u8); 1 << 9]>,
}

impl Dc {
    /// Returns `None` if a difference has more bits than 8-bit samples allow.
    pub(super) fn new(codes: Codes) -> Option<Self> {
        codes
            .symbols
            .iter()
            .all(|bits| *bits <= MOST_DC)
            .then_some(())?;
        let mut short = Box::new([(0, 0); 1 << 9]);
        for (index, entry) in short.iter_mut().enumerate() {
            if let Some((length, bits)) = codes.find((index as u32) << 7)
                && length <= 9
            {
                *entry = (length as u8, bits);
            }
        }
        Some(Self { codes, short })
    }

    /// The length of the code at the top of 64 bits, and the number of extra bits after it.
    #[inline]
    pub(super) fn find(&self, bits: u64) -> Option<(u32, u32)> {
        let (length, more) = self.short[(bits >> 55) as usize];
        if length > 0 {
            return Some((u32::from(length), u32::from(more)));
        }
        let (length, more) = self.codes.find((bits >> 48) as u32)?;
        Some((length, u32::from(more)))
    }
}

/// The result of one look-up.
#[derive(Clone, Copy, Default)]
pub(super) struct Skip {
    /// The number of bits to skip, codes and extra bits together; 0 if the look-up does not know.
    pub(super) bits: u8,
    /// The number of coefficients; the end of a block counts as one.
    pub(super) coefficients: u8,
    /// Whether the block ends.
    pub(super) is_last: bool,
}

impl Skip {
    /// Decodes one symbol: a coefficient, with the zeros before it, or the end of a block.
    fn of(length: u32, symbol: u8) -> Option<Self> {
        let (zeros, more) = (symbol >> 4, symbol & 15);
        let (coefficients, is_last) = match (zeros, more) {
            (0, 0) => (1, true),
            (15, 0) | (_, 1..=MOST_AC) => (zeros + 1, false),
            // T.81 does not define these symbols (F.1.2.2.1).
            _ => return None,
        };
        Some(Self {
            bits: length as u8 + more,
            coefficients,
            is_last,
        })
    }
}

/// A table of AC coefficients.
pub(super) struct Ac {
    codes: Codes,
    several: Box<[Skip; 1 << WINDOW]>,
}

impl Ac {
    pub(super) fn new(codes: Codes) -> Self {
        let single: Vec<Option<(u32, Skip)>> = (0..1_u32 << WINDOW)
            .map(|bits| {
                let (length, symbol) = codes.find(bits << (16 - WINDOW))?;
                (length <= WINDOW).then_some(())?;
                Some((length, Skip::of(length, symbol)?))
            })
            .collect();
        let mut several = Box::new([Skip::default(); 1 << WINDOW]);
        for (bits, all) in several.iter_mut().enumerate() {
            while !all.is_last && u32::from(all.bits) < WINDOW {
                let rest = (bits << all.bits) & ((1 << WINDOW) - 1);
                let Some((length, next)) = single[rest] else {
                    break;
                };
                let is_within = u32::from(all.bits) + length <= WINDOW
                    && u32::from(all.bits + next.bits) <= MOST_BITS;
                if !is_within {
                    break;
                }
                all.bits += next.bits;
                all.coefficients += next.coefficients;
                all.is_last = next.is_last;
            }
        }
        Self { codes, several }
    }

    /// Skips the coefficients whose codes are within the top 13 of 64 bits.
    #[inline]
    pub(super) fn several(&self, bits: u64) -> Skip {
        self.several[(bits >> (64 - WINDOW)) as usize]
    }

    /// Skips one coefficient.
    #[cold]
    pub(super) fn one(&self, bits: u64) -> Option<Skip> {
        let (length, symbol) = self.codes.find((bits >> 48) as u32)?;
        Skip::of(length, symbol)
    }
}
