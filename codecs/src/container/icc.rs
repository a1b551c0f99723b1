//! A colour profile, as long as it says that it is (ICC.1:2022, 7.2). Its own texts (a description, a copyright) stay, as they
//! are part of it: a profile is used whole, or not at all.

/// The bytes of its header.
const HEADER: usize = 128;

/// The profile without what stands behind it; nothing when it is no profile, which no reader uses.
pub(super) fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let size = usize::try_from(u32::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    let is_profile = bytes.get(36..40)? == b"acsp" && size >= HEADER && bytes.len() >= HEADER;
    is_profile.then(|| bytes.get(..size).unwrap_or(bytes))
}
