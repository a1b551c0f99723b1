//! Writes boxes.

use super::boxes::Kind;

/// Returns a box.
pub(super) fn boxed(kind: Kind, content: &[&[u8]]) -> Option<Vec<u8>> {
    let length = content.iter().map(|part| part.len()).sum::<usize>();
    let mut out = Vec::with_capacity(length.checked_add(8)?);
    out.extend(u32::try_from(length.checked_add(8)?).ok()?.to_be_bytes());
    out.extend(kind);
    for part in content {
        out.extend_from_slice(part);
    }
    Some(out)
}

/// Returns a box with version and flags.
pub(super) fn full(kind: Kind, version: u8, flags: u8, content: &[&[u8]]) -> Option<Vec<u8>> {
    let fields = [version, 0, 0, flags];
    let all: Vec<&[u8]> = std::iter::once(&fields[..])
        .chain(content.iter().copied())
        .collect();
    boxed(kind, &all)
}

/// Returns `hdlr` for a handler of this kind, without a name (ISO/IEC 14496-12, 8.4.3).
pub(super) fn handler(kind: Kind) -> Option<Vec<u8>> {
    full(*b"hdlr", 0, 0, &[&[0; 4], &kind, &[0; 13]])
}

/// Returns `ftyp` with these brands, of which the first is the major one.
pub(super) fn brands(brands: &[Kind]) -> Option<Vec<u8>> {
    let major = brands.first()?;
    boxed(*b"ftyp", &[major, &[0; 4], &brands.concat()])
}

pub(super) fn be16(number: usize) -> Option<[u8; 2]> {
    Some(u16::try_from(number).ok()?.to_be_bytes())
}

pub(super) fn be32(number: usize) -> Option<[u8; 4]> {
    Some(u32::try_from(number).ok()?.to_be_bytes())
}
