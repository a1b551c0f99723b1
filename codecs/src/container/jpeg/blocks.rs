//! Skips the codes of a block (ITU-T T.81, F.2.2 and G.1.2), as libjpeg reads them.

use super::huffman::{Bits, Codes};
use super::tables::Scan;

/// A component of a scan, and the tables that its blocks are read with.
pub(super) struct Reader {
    pub(super) place: usize,
    pub(super) dc: Option<Codes>,
    pub(super) ac: Option<Codes>,
}

/// Skips a block of a sequential scan, or of a progressive scan of DC coefficients.
#[inline]
pub(super) fn block_of(
    bits: &mut Bits<'_>,
    reader: &Reader,
    scan: &Scan,
    is_progressive: bool,
) -> Option<()> {
    if scan.high > 0 {
        return bits.skip(1);
    }
    let difference = bits.symbol(reader.dc.as_ref()?)?;
    (difference < 16).then_some(())?;
    bits.skip(difference.into())?;
    if is_progressive {
        return Some(());
    }
    let codes = reader.ac.as_ref()?;
    let mut next = 1;
    while next < 64 {
        let symbol = bits.symbol(codes)?;
        match (symbol >> 4, symbol & 15) {
            (15, 0) => next += 16,
            (_, 0) => break,
            (zeros, more) => {
                bits.skip(more.into())?;
                next += zeros + 1;
            }
        }
    }
    Some(())
}

/// Skips the upper bits of AC coefficients (G.1.2.2). Returns how many of the blocks after this one have none.
#[inline]
pub(super) fn first_of_band(
    bits: &mut Bits<'_>,
    codes: &Codes,
    scan: &Scan,
    filled: &mut u64,
) -> Option<u32> {
    let mut next = scan.first;
    while next <= scan.last {
        let symbol = bits.symbol(codes)?;
        match (symbol >> 4, symbol & 15) {
            (15, 0) => next += 16,
            (zeros, 0) => return Some((1 << zeros) - 1 + bits.number(zeros.into())?),
            (zeros, more) => {
                bits.skip(more.into())?;
                *filled |= 1_u64.checked_shl((next + zeros).into())?;
                next += zeros + 1;
            }
        }
    }
    Some(0)
}

/// Skips one more bit of AC coefficients (G.1.2.3). `run` blocks, including this one, have no new coefficients; returns
/// how many of them are left.
#[inline]
pub(super) fn more_of_band(
    bits: &mut Bits<'_>,
    codes: &Codes,
    scan: &Scan,
    filled: &mut u64,
    mut run: u32,
) -> Option<u32> {
    let mut next = scan.first;
    if run == 0 {
        while next <= scan.last {
            let symbol = bits.symbol(codes)?;
            let (mut zeros, more) = (symbol >> 4, symbol & 15);
            match (zeros, more) {
                (15, 0) => {}
                (_, 0) => {
                    run = (1 << zeros) + bits.number(zeros.into())?;
                    break;
                }
                // The sign of a coefficient that becomes 1 or −1.
                (_, 1) => bits.skip(1)?,
                _ => return None,
            }
            while next <= scan.last {
                if *filled >> next & 1 == 1 {
                    bits.skip(1)?;
                } else if zeros == 0 {
                    break;
                } else {
                    zeros -= 1;
                }
                next += 1;
            }
            if more == 1 {
                *filled |= 1_u64.checked_shl(next.into())?;
            }
            next += 1;
        }
    }
    if run > 0 {
        while next <= scan.last {
            if *filled >> next & 1 == 1 {
                bits.skip(1)?;
            }
            next += 1;
        }
        run -= 1;
    }
    Some(run)
}
