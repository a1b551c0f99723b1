//! Where the data of a frame end (GIF89a, Appendix F). Decoders stop at the end code, or when they have all pixels, and skip
//! what the sub-blocks hold behind that; so it is found without decoding a pixel, from the lengths of the codes' strings.

#![allow(
    clippy::indexing_slicing,
    reason = "an inner loop over a table of 4,096 entries, with codes of 12 bits"
)]

/// Codes are of 12 bits at most.
const MOST_CODES: usize = 4096;

/// Takes the data of a frame byte by byte, and tells when they are complete.
pub(super) struct Codes {
    /// Pixels of each code's string.
    lengths: [u16; MOST_CODES],
    /// The code that empties the table; the next one ends the data.
    clear: usize,
    /// The code that is defined next.
    next: usize,
    width: u32,
    before: Option<usize>,
    /// Pixels that are still to come.
    pixels: u64,
    bits: u32,
    count: u32,
    /// How the bits stood when the last pixel was told: what was left of them, and the width of the code that follows.
    full: Option<(u32, u32)>,
}

/// What a byte did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// More may follow.
    Open,
    /// The end code ends in this byte.
    Ended,
    /// A code that does not exist yet, or has no place.
    Broken,
}

impl Codes {
    /// For so many pixels, and roots of so many bits. Nothing when there are no such roots.
    pub(super) fn new(root_bits: u8, pixels: u64) -> Option<Self> {
        (1..=11).contains(&root_bits).then_some(())?;
        let clear = 1_usize << root_bits;
        Some(Self {
            lengths: [1; MOST_CODES],
            clear,
            next: clear + 2,
            width: u32::from(root_bits) + 1,
            before: None,
            pixels,
            bits: 0,
            count: 0,
            full: (pixels == 0).then_some((8, u32::from(root_bits) + 1)),
        })
    }

    /// Whether every pixel was told.
    pub(super) fn has_all(&self) -> bool {
        self.full.is_some()
    }

    /// Bits of the last byte that no code has taken.
    pub(super) fn left(&self) -> u32 {
        self.count
    }

    pub(super) fn push(&mut self, byte: u8) -> Step {
        self.bits |= u32::from(byte) << self.count;
        self.count += 8;
        while self.count >= self.width {
            let code = usize::try_from(self.bits & ((1 << self.width) - 1)).unwrap_or(0);
            self.bits >>= self.width;
            self.count -= self.width;
            match self.code(code) {
                Step::Open => {}
                done @ (Step::Ended | Step::Broken) => return done,
            }
        }
        Step::Open
    }

    fn code(&mut self, code: usize) -> Step {
        if code == self.clear + 1 {
            return Step::Ended;
        }
        if self.full.is_some() {
            // There is no pixel that it could tell.
            return Step::Broken;
        }
        if code == self.clear {
            self.next = self.clear + 2;
            self.width = self.clear.trailing_zeros() + 1;
            self.before = None;
            return Step::Open;
        }
        let is_new = code == self.next && self.before.is_some() && self.next < MOST_CODES;
        if code >= self.next && !is_new {
            return Step::Broken;
        }
        if let Some(before) = self.before
            && self.next < MOST_CODES
        {
            self.lengths[self.next] = self.lengths[before].saturating_add(1);
            self.next += 1;
            if self.next.is_power_of_two() && self.next < MOST_CODES {
                self.width += 1;
            }
        }
        self.pixels = self.pixels.saturating_sub(self.lengths[code].into());
        self.before = Some(code);
        if self.pixels == 0 {
            self.full = Some((self.count, self.width));
        }
        Step::Open
    }

    /// What stands for `last`, the byte in which the last pixel was told: its codes, and the end code behind them.
    pub(super) fn ending(&self, last: u8) -> Vec<u8> {
        let Some((left, width)) = self.full else {
            return vec![last];
        };
        let used = 8_u32.saturating_sub(left);
        let end = u32::try_from(self.clear + 1).unwrap_or(0);
        let bits = u32::from(last) & ((1 << used) - 1) | end << used;
        let bytes = usize::try_from((used + width).div_ceil(8)).unwrap_or(0);
        bits.to_le_bytes().into_iter().take(bytes).collect()
    }
}
