//! ICC colour profiles, cut to the length in their header (ICC.1:2022, 7.2). A profile's own texts (description,
//! copyright) stay, as they are part of it: a profile is used whole or not at all.

/// The length of a profile's header, in bytes.
const HEADER: usize = 128;

/// Returns the profile without the bytes after its end, or `None` if it is not a profile, which no reader would use.
pub(super) fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let size = usize::try_from(u32::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    let is_profile = bytes.get(36..40)? == b"acsp" && size >= HEADER && bytes.len() >= HEADER;
    is_profile.then(|| bytes.get(..size).unwrap_or(bytes))
}
