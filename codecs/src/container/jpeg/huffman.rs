//! Huffman codes (ITU-T T.81, Annexes C and F.2.2.3), and a reader of the bits that they are made of.

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "an inner loop: tables of fixed size with indices made of as many bits, positions that are compared with a length"
)]

/// The number of bits in the first look-up.
const SHORT: u32 = 9;

/// A Huffman table as the file defines it.
pub(super) struct Codes {
    /// The length and symbol of the code, indexed by the next bits; a length of 0 means that the code is longer.
    short: Vec<(u8, u8)>,
    /// Indexed by length − 1: the first code that is too large for that length, left-aligned in 16 bits; 0 if there is
    /// none.
    ends: [u32; 16],
    /// Indexed by length − 1: the number to add to a code to get the index of its symbol.
    offsets: [i32; 16],
    symbols: Vec<u8>,
}

impl Codes {
    /// Builds the table from the counts by length and the symbols by code. Returns `None` if a length has more codes
    /// than fit.
    pub(super) fn new(definition: &[u8]) -> Option<Self> {
        let (counts, symbols) = definition.split_first_chunk::<16>()?;
        let mut codes = Self {
            short: vec![(0, 0); 1 << SHORT],
            ends: [0; 16],
            offsets: [0; 16],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut place) = (0_u32, 0_u32);
        for (index, count) in counts.iter().enumerate() {
            let length = index as u32 + 1;
            codes.offsets[index] = place as i32 - code as i32;
            code += u32::from(*count);
            place += u32::from(*count);
            if *count > 0 {
                (code <= 1 << length).then_some(())?;
                codes.ends[index] = code << (16 - length);
            }
            code <<= 1;
        }
        (symbols.len() == place as usize).then_some(())?;
        for index in 0..codes.short.len() {
            if let Some((length, symbol)) = codes.long((index as u32) << (16 - SHORT))
                && length <= SHORT
            {
                codes.short[index] = (length as u8, symbol);
            }
        }
        Some(codes)
    }

    fn long(&self, bits: u32) -> Option<(u32, u8)> {
        let index = self.ends.iter().position(|end| bits < *end)?;
        let length = index as u32 + 1;
        let code = (bits >> (16 - length)) as i32;
        let symbol = usize::try_from(code + self.offsets[index]).ok()?;
        Some((length, *self.symbols.get(symbol)?))
    }
}

/// Reads the bits of a scan, one restart interval at a time.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// The index of the byte that is loaded next.
    at: usize,
    /// The next bits, left-aligned, with zeros after the end of the interval.
    word: u64,
    /// The number of these bits that come from the file.
    count: i32,
    /// Whether the interval's bytes are all loaded: a marker or the end of the data is next.
    is_all: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            word: 0,
            count: 0,
            is_all: false,
        }
    }

    /// Fills the word to at least 32 bits, with zeros after the end of the interval.
    #[inline]
    fn load(&mut self) {
        while self.count <= 56 && !self.is_all {
            match self.data.get(self.at) {
                Some(0xFF) if self.data.get(self.at + 1) == Some(&0) => {
                    self.put(0xFF);
                    self.at += 2;
                }
                None | Some(0xFF) => self.is_all = true,
                Some(byte) => {
                    self.put(*byte);
                    self.at += 1;
                }
            }
        }
    }

    #[inline]
    fn put(&mut self, byte: u8) {
        self.word |= u64::from(byte) << (56 - self.count);
        self.count += 8;
    }

    /// Skips up to 16 bits. Returns `None` if the interval has fewer.
    #[inline]
    pub(super) fn skip(&mut self, bits: u32) -> Option<()> {
        if self.count < bits as i32 {
            self.load();
        }
        self.word <<= bits;
        self.count -= bits as i32;
        (self.count >= 0).then_some(())
    }

    /// Reads up to 16 bits as a number.
    #[inline]
    pub(super) fn number(&mut self, bits: u32) -> Option<u32> {
        if self.count < bits as i32 {
            self.load();
        }
        // Shift twice, because a shift by 64 is not allowed.
        let number = ((self.word >> 1) >> (63 - bits)) as u32;
        self.skip(bits)?;
        Some(number)
    }

    /// Reads the next symbol.
    #[inline]
    pub(super) fn symbol(&mut self, codes: &Codes) -> Option<u8> {
        if self.count < 32 {
            self.load();
        }
        let (length, symbol) = codes.short[(self.word >> (64 - SHORT)) as usize];
        if length > 0 {
            self.skip(length.into())?;
            return Some(symbol);
        }
        let (length, symbol) = codes.long((self.word >> 48) as u32)?;
        self.skip(length)?;
        Some(symbol)
    }

    /// Returns the position after the byte from which the last bit was taken.
    pub(super) fn end(&self) -> usize {
        let mut end = self.at;
        for _ in 0..self.count / 8 {
            end -= 1;
            // A 0xFF byte takes two bytes because of stuffing; no other 0xFF occurs within an interval.
            if end > 0 && self.data[end] == 0 && self.data[end - 1] == 0xFF {
                end -= 1;
            }
        }
        end
    }

    /// Moves to the interval after the restart marker with this number, 0 to 7, skipping any bytes before the marker.
    pub(super) fn restart(&mut self, number: u8) -> Option<()> {
        let mut at = self.end();
        loop {
            at += memchr::memchr(0xFF, self.data.get(at..)?)?;
            match self.data.get(at + 1)? {
                0x00 => at += 2,
                0xFF => at += 1,
                marker => {
                    (*marker == 0xD0 | number).then_some(())?;
                    break;
                }
            }
        }
        (self.at, self.word, self.count, self.is_all) = (at + 2, 0, 0, false);
        Some(())
    }
}
