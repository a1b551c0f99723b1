//! Reads small header boxes with durations.

use crate::cut::Cut;

/// Time scale and duration in `mvhd` or `mdhd`. A duration of all ones is unknown and read as 0.
pub(super) fn times(body: &[u8]) -> Option<(u32, u64)> {
    let mut cut = Cut(body);
    let version = cut.be32()? >> 24;
    let (timescale, duration) = if version == 1 {
        cut.skip(16)?;
        (cut.be32()?, cut.be64()?)
    } else {
        cut.skip(8)?;
        let (timescale, duration) = (cut.be32()?, cut.be32()?);
        let duration = if duration == u32::MAX {
            u64::MAX
        } else {
            u64::from(duration)
        };
        (timescale, duration)
    };
    Some((timescale, if duration == u64::MAX { 0 } else { duration }))
}

/// The languages of the Macintosh by their numbers, which QuickTime uses, as codes of ISO 639-2.
/// <https://developer.apple.com/documentation/quicktime-file-format/language_code_values>
const MACINTOSH: &[u8] = b"eng fra deu ita nld swe spa dan por nor heb jpn ara fin ell isl mlt tur hrv zho urd hin tha kor \
    lit pol hun est lav sme fao fas rus zho nld gle sqi ron ces slk slv yid srp mkd bul ukr bel";

/// Reads the language in `mdhd`: three letters of ISO 639-2, each in five bits, or a number of the Macintosh's. `None` if
/// it is neither.
pub(super) fn language(body: &[u8]) -> Option<[u8; 3]> {
    let mut cut = Cut(body);
    let is_long = cut.be32()? >> 24 == 1;
    cut.skip(if is_long { 28 } else { 16 })?;
    let packed = cut.be16()?;
    if packed < 0x400 {
        let letters = MACINTOSH.chunks(4).nth(packed.into())?;
        return letters.first_chunk().copied();
    }
    let letter = |shift: u32| {
        let five = u8::try_from(packed >> shift & 0x1F).ok()?;
        (1..=26).contains(&five).then(|| five + 0x60)
    };
    Some([letter(10)?, letter(5)?, letter(0)?])
}

/// Reads the duration in `mehd`, or the time in `tfdt`, which has the same layout.
pub(super) fn extent(body: &[u8]) -> Option<u64> {
    let mut cut = Cut(body);
    if cut.be32()? >> 24 == 1 {
        cut.be64()
    } else {
        cut.be32().map(u64::from)
    }
}

/// A summary of an edit list, in the movie's time scale.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Edits {
    /// The total duration.
    pub(super) all: u64,
    /// The part of the duration in which nothing is shown.
    pub(super) empty: u64,
    /// The number of edits that show a part of the media.
    pub(super) shown: u64,
}

/// Reads `elst`; `None` if it tells nothing about the duration.
pub(super) fn edits(body: &[u8]) -> Option<Edits> {
    let mut cut = Cut(body);
    let is_long = cut.be32()? >> 24 == 1;
    let mut edits = Edits::default();
    for _ in 0..cut.be32()?.min(4096) {
        let (duration, is_empty) = if is_long {
            (cut.be64()?, cut.be64()? == u64::MAX)
        } else {
            (u64::from(cut.be32()?), cut.be32()? == u32::MAX)
        };
        cut.skip(4)?;
        edits.all = edits.all.checked_add(duration)?;
        if is_empty {
            edits.empty = edits.empty.checked_add(duration)?;
        } else {
            edits.shown += 1;
        }
    }
    Some(edits).filter(|edits| edits.all > edits.empty)
}
