//! Reads streams that hold objects or a cross-reference table (ISO 32000-1, 7.5.7 and 7.5.8).

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::object::{Dictionary, Lexer, Object};
use super::place::Place;

/// The maximum size of one stream in bytes, both packed and unpacked. A table of a million objects has seven million
/// bytes.
pub(super) const MOST_BYTES: usize = 16 << 20;

pub(super) struct Stream {
    pub(super) dictionary: Dictionary,
    bytes: Vec<u8>,
}

impl Stream {
    /// Unpacks the data. Only `FlateDecode` is supported, or no filter.
    pub(super) fn new(dictionary: Dictionary, data: &[u8]) -> Option<Self> {
        let filter = match dictionary.get("Filter") {
            Some(Object::Array(filters)) if filters.len() <= 1 => filters.first(),
            Some(Object::Array(_)) => return None,
            filter => filter,
        };
        let bytes = match filter.map(Object::name) {
            None => data.to_vec(),
            Some(Some(b"FlateDecode" | b"Fl")) => unpack(&dictionary, data)?,
            Some(_) => return None,
        };
        Some(Self { dictionary, bytes })
    }
}

fn unpack(dictionary: &Dictionary, data: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MOST_BYTES).ok()?;
    // Other readers also keep the bytes that come before an error.
    drop(ZlibDecoder::new(data).take(most).read_to_end(&mut bytes));
    let parameters = match dictionary.get("DecodeParms") {
        Some(Object::Array(all)) => all.first(),
        parameters => parameters,
    };
    let Some(Object::Dictionary(parameters)) = parameters else {
        return Some(bytes);
    };
    match parameters.number("Predictor").unwrap_or(1) {
        1 => Some(bytes),
        10..=15 => {
            let number = |name| parameters.number(name);
            let is_plain =
                number("Colors").unwrap_or(1) == 1 && number("BitsPerComponent").unwrap_or(8) == 8;
            let columns = usize::try_from(number("Columns").unwrap_or(1)).ok()?;
            (is_plain && (1..=64).contains(&columns)).then(|| unpredict(&bytes, columns))
        }
        _ => None,
    }
}

/// Undoes PNG's filters for samples of one byte. Each row names its filter (<https://www.w3.org/TR/png/#9Filters>).
fn unpredict(bytes: &[u8], columns: usize) -> Vec<u8> {
    let mut all = Vec::with_capacity(bytes.len());
    let mut above = vec![0_u8; columns];
    for row in bytes.chunks_exact(columns + 1) {
        let Some((filter, row)) = row.split_first() else {
            break;
        };
        let (mut left, mut corner) = (0_u8, 0_u8);
        for (byte, above) in row.iter().zip(&mut above) {
            let predicted = match filter {
                1 => left,
                2 => *above,
                3 => left.midpoint(*above),
                4 => paeth(left, *above, corner),
                _ => 0,
            };
            corner = *above;
            left = byte.wrapping_add(predicted);
            *above = left;
        }
        all.extend_from_slice(&above);
    }
    all
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, above, corner].map(i16::from);
    let estimate = a + b - c;
    let [from_a, from_b, from_c] = [a, b, c].map(|one| (estimate - one).abs());
    if from_a <= from_b && from_a <= from_c {
        left
    } else if from_b <= from_c {
        above
    } else {
        corner
    }
}

/// A cross-reference table in a stream.
pub(super) struct Table {
    /// Each subsection's first number and number of entries.
    parts: Vec<(u64, u64)>,
    widths: [usize; 3],
    bytes: Vec<u8>,
}

impl Table {
    pub(super) fn new(stream: Stream) -> Option<Self> {
        let numbers = |name| {
            let items = stream.dictionary.get(name)?.array()?;
            items.iter().map(Object::number).collect::<Option<Vec<_>>>()
        };
        let widths = numbers("W")?;
        let width = |at: usize| {
            let width = usize::try_from(*widths.get(at)?).ok()?;
            (width <= 8).then_some(width)
        };
        let widths = [width(0)?, width(1)?, width(2)?];
        let all = || Some(vec![0, stream.dictionary.number("Size")?]);
        let index = numbers("Index").or_else(all)?;
        let parts = index.chunks_exact(2);
        Some(Self {
            parts: parts
                .filter_map(|part| Some((*part.first()?, *part.last()?)))
                .collect(),
            widths,
            bytes: stream.bytes,
        })
    }

    pub(super) fn place(&self, number: u32) -> Option<Place> {
        let (number, mut before) = (u64::from(number), 0_u64);
        for (first, count) in &self.parts {
            if let Some(at) = number.checked_sub(*first).filter(|at| at < count) {
                return self.entry(usize::try_from(before.checked_add(at)?).ok()?);
            }
            before = before.checked_add(*count)?;
        }
        None
    }

    fn entry(&self, at: usize) -> Option<Place> {
        let length: usize = self.widths.iter().sum();
        let mut bytes = self.bytes.get(at.checked_mul(length)?..)?.get(..length)?;
        let mut fields = self.widths.iter().map(|width| {
            let (field, rest) = bytes.split_at_checked(*width).unwrap_or_default();
            bytes = rest;
            field
                .iter()
                .fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
        });
        let (kind, second, third) = (fields.next()?, fields.next()?, fields.next()?);
        // If the first field has no width, all entries are of type 1.
        match (kind, self.widths.first()) {
            (1, _) | (_, Some(0)) => Some(Place::At(second)),
            (2, _) => Some(Place::Within(
                u32::try_from(second).ok()?,
                u32::try_from(third).ok()?,
            )),
            _ => None,
        }
    }
}

/// Reads one of the objects that an object stream holds.
pub(super) fn object_within(stream: &Stream, number: u32, index: u32) -> Option<Object> {
    let first = usize::try_from(stream.dictionary.number("First")?).ok()?;
    let mut header = Lexer::new(stream.bytes.get(..first)?);
    for _ in 0..index {
        header.object()?;
        header.object()?;
    }
    let found = header.object()?.number()?;
    let at = usize::try_from(header.object()?.number()?).ok()?;
    if found != u64::from(number) {
        return None;
    }
    Lexer::new(stream.bytes.get(first.checked_add(at)?..)?).object()
}
