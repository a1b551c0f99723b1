//! Finds the end of a zlib stream (RFC 1950) within the bytes reserved for it. Readers stop there and skip the rest.

use std::io::Write;

use flate2::{Compression, Decompress, FlushDecompress, Status, write::ZlibEncoder};

/// The number of bytes inflated at a time.
const PIECE: usize = 64 << 10;

/// The lengths of the header before the compressed data, and of the checksum after them.
const HEADER: usize = 2;
const TRAILER: usize = 4;

/// The result of following a stream through all of its pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The stream ends with a checksum.
    Clean {
        /// The length of the stream in the pieces, in bytes.
        bytes: u64,
        /// The number of bytes that it inflates to.
        given: u64,
    },
    /// All wanted bytes are there, but the stream goes on, is damaged after them, or has no end.
    Loose,
    /// Some of the wanted bytes are missing.
    Short,
}

/// Follows a stream that should inflate to a number of bytes within `wanted`, and passes them to `sink`.
pub(super) fn follow<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    wanted: std::ops::RangeInclusive<u64>,
    mut sink: impl FnMut(&[u8]),
) -> Outcome {
    let mut inflate = Decompress::new(false);
    let mut buffer = vec![0; PIECE];
    let mut header = Vec::new();
    // The number of trailer bytes found, once the data have ended.
    let mut trailer: Option<usize> = None;
    let given = |inflate: &Decompress| inflate.total_out();
    let otherwise = |inflate: &Decompress| {
        if given(inflate) < *wanted.start() {
            Outcome::Short
        } else {
            Outcome::Loose
        }
    };
    for mut piece in pieces {
        while header.len() < HEADER {
            let Some((byte, rest)) = piece.split_first() else {
                break;
            };
            header.push(*byte);
            piece = rest;
        }
        if header.len() == HEADER && !is_zlib(&header) {
            return Outcome::Short;
        }
        while trailer.is_none() && !piece.is_empty() {
            let (read, written) = (inflate.total_in(), inflate.total_out());
            let status = inflate.decompress(piece, &mut buffer, FlushDecompress::None);
            let count = |after: u64, before: u64| usize::try_from(after - before).unwrap_or(0);
            let produced = count(inflate.total_out(), written);
            sink(buffer.get(..produced).unwrap_or_default());
            let consumed = count(inflate.total_in(), read);
            piece = piece.get(consumed..).unwrap_or_default();
            match status {
                _ if given(&inflate) > *wanted.end() => return Outcome::Loose,
                Ok(Status::StreamEnd) => trailer = Some(0),
                Ok(Status::Ok | Status::BufError) if produced > 0 || consumed > 0 => {}
                Ok(Status::Ok | Status::BufError) | Err(_) => return otherwise(&inflate),
            }
        }
        if let Some(there) = &mut trailer {
            *there = there.saturating_add(piece.len()).min(TRAILER);
            if *there == TRAILER {
                break;
            }
        }
    }
    let bytes = inflate.total_in().saturating_add(6);
    match (trailer, otherwise(&inflate)) {
        (Some(TRAILER), Outcome::Loose) => Outcome::Clean {
            bytes,
            given: inflate.total_out(),
        },
        (_, outcome) => outcome,
    }
}

/// Checks a zlib header (RFC 1950, 2.2): deflate, no dictionary, a multiple of 31.
fn is_zlib(header: &[u8]) -> bool {
    matches!(header, [method, flags] if method & 15 == 8
        && flags & 0x20 == 0
        && u16::from_be_bytes([*method, *flags]).is_multiple_of(31))
}

/// Compresses anew the first `bytes` bytes that a stream inflates to.
pub(super) fn again<'a>(pieces: impl Iterator<Item = &'a [u8]>, bytes: u64) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let (mut left, mut is_written) = (bytes, true);
    let _loose = follow(pieces, bytes..=bytes, |data| {
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
        let (wanted, _) = data.split_at(count);
        is_written &= encoder.write_all(wanted).is_ok();
        left = left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
    });
    (is_written && left == 0).then(|| encoder.finish().ok())?
}
