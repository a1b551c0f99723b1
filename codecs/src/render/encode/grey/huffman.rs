//! Writes coefficients as bits (ITU-T T.81, F.1.2), with the luminance codes of annex K.3.
//!
//! A symbol is a code, which gives the number of zeros before a coefficient and its number of bits, followed by those
//! bits. For small coefficients, both are in one table, so that a coefficient takes one look-up.

use super::transform::{SIDE, ZIGZAG};

/// The number of codes with 1, 2, 3 … 16 bits, and the symbols in the order of their codes.
type Table = ([u8; 16], &'static [u8]);

/// Table K.3.
pub(super) const DC: Table = (
    [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
);

/// Table K.5: the upper half of a symbol is the run of zeros, the lower half the size.
#[rustfmt::skip]
pub(super) const AC: Table = (
    [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
    &[
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
        0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
        0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
        0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
        0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
        0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
        0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
        0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
        0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    ],
);

/// The end of a block: no coefficient is left.
pub(super) const EOB: u8 = 0x00;

/// A run of sixteen zeros.
const ZRL: u8 = 0xf0;

/// The maximum number of bytes for a block: 20 bits for the DC coefficient, 26 for each other one, and the bytes that
/// [`Bits::put`] writes beyond.
pub(super) const BLOCK_BYTES: usize = 256;

/// Coefficients of `-NEAR..NEAR` are coded by one look-up. On a dense page of text, four percent are 64 or larger.
const NEAR: i16 = 128;
const SPAN: usize = 2 * NEAR as usize;

/// The bits of a symbol, and their number.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Code {
    bits: u32,
    length: u32,
}

impl Code {
    /// Appends a value of this many bits to the code; negative values are stored by their complement (F.1.2.1).
    #[inline(always)]
    fn with(self, value: i16, size: u32) -> Self {
        let complement = i32::from(value) - i32::from(value < 0);
        Self {
            bits: self.bits << size | complement as u32 & ((1 << size) - 1),
            length: self.length + size,
        }
    }
}

/// The number of bits of a value.
#[inline(always)]
fn size(value: i16) -> u32 {
    u16::BITS - value.unsigned_abs().leading_zeros()
}

/// All codes in tables.
pub(super) struct Codes {
    dc: [Code; 256],
    ac: [Code; 256],
    /// For each run of zeros and coefficient: the bits of the symbol, shifted up by 8, and their number in the lowest
    /// 8.
    near: Box<[u32; 16 * SPAN]>,
    /// For each column and each set of its coefficients that are not 0 (one bit each): the same set with its bits in
    /// scan order.
    places: Box<[[u64; 256]; SIDE]>,
}

impl Codes {
    pub(super) fn new() -> Self {
        let ac = codes(AC);
        let mut near = Box::new([0; 16 * SPAN]);
        for (place, entry) in near.iter_mut().enumerate() {
            let (run, value) = (place / SPAN, (place % SPAN) as i16 - NEAR);
            if value != 0 {
                let size = size(value);
                let code = ac[run << 4 | size as usize].with(value, size);
                *entry = code.bits << 8 | code.length;
            }
        }
        let mut places = Box::new([[0; 256]; SIDE]);
        for (bit, place) in ZIGZAG.iter().map(|place| usize::from(*place)).enumerate() {
            let (row, column) = (place / SIDE, place % SIDE);
            for (set, order) in places[column].iter_mut().enumerate() {
                *order |= (set as u64 >> row & 1) << bit;
            }
        }
        Self {
            dc: codes(DC),
            ac,
            near,
            places,
        }
    }

    /// The code for a difference to the previous DC coefficient.
    #[inline(always)]
    pub(super) fn dc(&self, difference: i16) -> Code {
        let size = size(difference);
        self.dc[size as usize].with(difference, size)
    }

    /// The code of a symbol, without the bits of a value.
    #[inline(always)]
    pub(super) fn ac(&self, symbol: u8) -> Code {
        self.ac[usize::from(symbol)]
    }

    /// Writes all coefficients of a block except the first. They are stored column by column.
    #[inline(always)]
    pub(super) fn write_ac(&self, coefficients: &[i16; 64], bits: &mut Bits, coded: &mut [u8]) {
        let mut left = self.not_zero(coefficients) & !1;
        let mut next = 1;
        while left != 0 {
            // At most two symbols are pushed between two calls of `put`.
            bits.put(coded);
            self.push_next(coefficients, &mut left, &mut next, bits, coded);
            if left != 0 {
                self.push_next(coefficients, &mut left, &mut next, bits, coded);
            }
        }
        bits.put(coded);
        if next < 64 {
            bits.push(self.ac(EOB));
            bits.put(coded);
        }
    }

    #[inline(always)]
    fn push_next(
        &self,
        coefficients: &[i16; 64],
        left: &mut u64,
        next: &mut u32,
        bits: &mut Bits,
        coded: &mut [u8],
    ) {
        let place = left.trailing_zeros();
        *left &= *left - 1;
        let mut run = place - *next;
        *next = place + 1;
        while run > 15 {
            bits.put(coded);
            bits.push(self.ac(ZRL));
            bits.put(coded);
            run -= 16;
        }
        let value = coefficients[usize::from(COLUMNWISE[place as usize & 63])];
        let near = (i32::from(value) + i32::from(NEAR)) as usize;
        if near < SPAN {
            let entry = self.near[(run as usize & 15) * SPAN + near];
            bits.push(Code {
                bits: entry >> 8,
                length: entry & 0xff,
            });
        } else {
            let size = size(value);
            bits.push(self.ac[(run << 4 | size) as usize & 0xff].with(value, size));
        }
    }

    /// One bit for each coefficient that is not 0, in scan order.
    #[inline(always)]
    fn not_zero(&self, coefficients: &[i16; 64]) -> u64 {
        let mut flags = [0; 64];
        for (flag, coefficient) in flags.iter_mut().zip(coefficients) {
            *flag = u8::from(*coefficient != 0);
        }
        let (columns, _) = flags.as_chunks::<SIDE>();
        columns
            .iter()
            .zip(&*self.places)
            .fold(0, |order, (flags, places)| {
                // Gather the lowest bits of eight bytes in the uppermost byte.
                let gathered = u64::from_le_bytes(*flags).wrapping_mul(0x0102_0408_1020_4080) >> 56;
                order | places[gathered as usize & 0xff]
            })
    }
}

/// [`ZIGZAG`] for coefficients that are stored column by column.
const COLUMNWISE: [u8; 64] = {
    let mut places = [0; 64];
    let mut at = 0;
    while at < places.len() {
        places[at] = ZIGZAG[at] % 8 * 8 + ZIGZAG[at] / 8;
        at += 1;
    }
    places
};

/// Assigns codes to symbols (Annex C).
fn codes((counts, symbols): Table) -> [Code; 256] {
    let mut codes = [Code::default(); 256];
    let mut symbols = symbols.iter();
    let mut bits = 0;
    for (length, count) in (1..).zip(counts) {
        for symbol in symbols.by_ref().take(usize::from(count)) {
            codes[usize::from(*symbol)] = Code { bits, length };
            bits += 1;
        }
        bits <<= 1;
    }
    codes
}

/// Collects bits into bytes.
#[derive(Default)]
pub(super) struct Bits {
    /// The bits; the lowest `waiting` of them are not written yet.
    word: u64,
    /// The number of bits that are not written yet.
    waiting: u32,
    /// The number of bytes written.
    at: usize,
}

impl Bits {
    /// Adds a symbol of at most 27 bits; two fit after each [`put`](Self::put).
    #[inline(always)]
    pub(super) fn push(&mut self, code: Code) {
        self.word = self.word << (code.length & 63) | u64::from(code.bits);
        self.waiting += code.length;
    }

    /// Writes all whole bytes, and leaves less than a byte waiting. It always stores eight bytes, and the next call
    /// overwrites the unused ones: that is faster than a branch.
    #[inline(always)]
    pub(super) fn put(&mut self, coded: &mut [u8]) {
        let bytes = (self.word << ((64 - self.waiting) & 63)).to_be_bytes();
        coded[self.at..][..bytes.len()].copy_from_slice(&bytes);
        self.at += self.waiting as usize / 8;
        self.waiting %= 8;
    }

    /// Fills the last byte with ones (F.1.2.3).
    pub(super) fn end(&mut self, coded: &mut [u8]) {
        let length = (8 - self.waiting) % 8;
        self.push(Code {
            bits: (1 << length) - 1,
            length,
        });
        self.put(coded);
    }

    /// Moves the written bytes into the file with a zero after each 0xFF (B.1.1.5), and starts again.
    pub(super) fn stuff(&mut self, coded: &[u8], file: &mut Vec<u8>) {
        let mut rest = &coded[..std::mem::take(&mut self.at)];
        while let Some(place) = memchr::memchr(0xff, rest) {
            let (stuffed, after) = rest.split_at(place + 1);
            file.extend_from_slice(stuffed);
            file.push(0);
            rest = after;
        }
        file.extend_from_slice(rest);
    }
}
