//! BMP: how it begins.

/// Returns whether a file begins as BMP. Two letters are little, so the size of the header behind them has to be one of
/// those that exist, from OS/2's to version 5 (BITMAPV5HEADER).
pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(b"BM")
        && matches!(
            head.get(14..18),
            Some([12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0])
        )
}
