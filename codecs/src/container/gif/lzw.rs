//! Finds the end of a frame's image data (GIF89a, Appendix F). Decoders stop at the end code, or when they have all
//! pixels, and skip the rest of the sub-blocks. The lengths of the codes' strings are enough to find that point, so no
//! pixel is decoded.

#![allow(
    clippy::indexing_slicing,
    reason = "an inner loop over a table of 4,096 entries, with codes of 12 bits"
)]

/// The most codes in a table, as a code has at most 12 bits.
const MOST_CODES: usize = 4096;

/// Takes the data of a frame byte by byte, and detects when they are complete.
pub(super) struct Codes {
    /// The number of pixels in each code's string.
    lengths: [u16; MOST_CODES],
    /// The code that empties the table. The code after it (`clear + 1`) ends the data.
    clear: usize,
    /// The code that will be defined next.
    next: usize,
    width: u32,
    before: Option<usize>,
    /// The number of pixels still missing.
    pixels: u64,
    bits: u32,
    count: u32,
    /// The bit state after the last pixel's code: the bits left over, and the width of the next code.
    full: Option<(u32, u32)>,
}

/// The effect of one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The data are not ended; more may follow.
    Open,
    /// The end code ends in this byte.
    Ended,
    /// The byte completes a code that is not defined yet, or that comes after the last pixel.
    Broken,
}

impl Codes {
    /// Starts a frame of `pixels` pixels with root codes of `root_bits` bits. Returns `None` if that is not 1 to 11.
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

    /// Returns whether the codes so far give every pixel.
    pub(super) fn has_all(&self) -> bool {
        self.full.is_some()
    }

    /// Returns the number of bits of the last byte that no code has used.
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
            // No pixel is left for this code.
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

    /// Returns the bytes that replace `last`, the byte that completed the last pixel: the bits of its codes, then the
    /// end code.
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
