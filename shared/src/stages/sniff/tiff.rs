//! TIFF, and camera raw photos written as TIFF, told apart by their first directory (TIFF 6.0, section 2).
//!
//! Many programs write the directory at the end of the file. Where only the beginning is known, such a file is taken for a
//! TIFF, and is looked at again once it was read.

use super::known::{Foreign, raw};

/// The most directory entries that are read. Cameras write 20 to 60.
const MAX_ENTRIES: usize = 128;

const SUBFILE_TYPE: u16 = 0x00FE;
const PHOTOMETRIC: u16 = 0x0106;
const MAKE: u16 = 0x010F;
const SUB_DIRECTORIES: u16 = 0x014A;
const DNG_VERSION: u16 = 0xC612;

const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;

/// The meanings of samples that are a sensor's: in a pattern of colours, or one of each colour a pixel (DNG 1.7,
/// chapter 4).
const SENSORS: [u32; 2] = [32_803, 34_892];

/// The manufacturers' names as they stand in the `Make` tag, and their raw formats.
const MAKERS: &[(&str, Foreign)] = &[
    ("NIKON", raw("a Nikon raw photo (NEF)")),
    ("SONY", raw("a Sony raw photo (ARW)")),
    ("PENTAX", raw("a Pentax raw photo (PEF)")),
    ("RICOH", raw("a Pentax raw photo (PEF)")),
    ("SAMSUNG", raw("a Samsung raw photo (SRW)")),
    ("Hasselblad", raw("a Hasselblad raw photo (3FR)")),
    ("Phase One", raw("a Phase One raw photo (IIQ)")),
    ("Canon", raw("a Canon raw photo (CR2)")),
    ("EASTMAN KODAK", raw("a Kodak raw photo (DCR)")),
];

/// Returns whether a file begins as TIFF, with places of 32 bits or of 64 (BigTIFF).
pub(super) fn is_tiff(head: &[u8]) -> bool {
    matches!(
        head,
        [b'I', b'I', b'*' | b'+', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..]
    )
}

/// Names a camera's raw photo that begins as TIFF.
pub(super) fn raw_photo(head: &[u8]) -> Option<Foreign> {
    let is_little = match head {
        [b'I', b'I', b'*', 0, ..] => true,
        [b'M', b'M', 0, b'*', ..] => false,
        _ => return None,
    };
    if head.get(8..10) == Some(b"CR") {
        return Some(raw("a Canon raw photo (CR2)"));
    }
    Directory::first(head, is_little)?.raw_photo()
}

struct Directory<'a> {
    head: &'a [u8],
    is_little: bool,
    entries: &'a [[u8; 12]],
}

impl<'a> Directory<'a> {
    fn first(head: &'a [u8], is_little: bool) -> Option<Self> {
        let none = Self {
            head,
            is_little,
            entries: &[],
        };
        let start = usize::try_from(none.long(head.get(4..8)?)?).ok()?;
        let (count, rest) = head.get(start..)?.split_at_checked(2)?;
        let count = usize::from(none.short(count)?).min(MAX_ENTRIES);
        let (entries, _) = rest.as_chunks::<12>();
        let entries = entries.get(..count.min(entries.len()))?;
        Some(Self { entries, ..none })
    }

    fn raw_photo(&self) -> Option<Foreign> {
        if self.entry(DNG_VERSION).is_some() {
            return Some(raw("a raw photo (DNG)"));
        }
        // A photo developed from a raw one names the camera too, but has its picture in the first directory, even if there
        // are others below it. Of a raw photo that is a smaller version, or the samples of a sensor.
        let is_small = self.number(SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1);
        let is_raw = is_small
            || self
                .number(PHOTOMETRIC)
                .is_some_and(|of| SENSORS.contains(&of));
        let maker = self
            .maker()
            .filter(|_| is_raw && self.entry(SUB_DIRECTORIES).is_some())?;
        let known = MAKERS
            .iter()
            .find(|(name, _)| maker.starts_with(name.as_bytes()));
        Some(known.map_or(raw("a raw photo of a camera"), |(_, foreign)| *foreign))
    }

    fn maker(&self) -> Option<&'a [u8]> {
        let entry = self.entry(MAKE)?;
        (self.short(entry.get(2..4)?)? == ASCII).then_some(())?;
        let length = usize::try_from(self.long(entry.get(4..8)?)?).ok()?;
        let start = usize::try_from(self.long(entry.get(8..12)?)?).ok()?;
        self.head.get(start..start.checked_add(length)?)
    }

    /// Returns the number of a tag that has one.
    fn number(&self, tag: u16) -> Option<u32> {
        let entry = self.entry(tag)?;
        match self.short(entry.get(2..4)?)? {
            SHORT => self.short(entry.get(8..10)?).map(u32::from),
            LONG => self.long(entry.get(8..12)?),
            _ => None,
        }
    }

    fn entry(&self, tag: u16) -> Option<&'a [u8; 12]> {
        let is_it = |entry: &&[u8; 12]| entry.get(..2).and_then(|tag| self.short(tag)) == Some(tag);
        self.entries.iter().find(is_it)
    }

    fn short(&self, bytes: &[u8]) -> Option<u16> {
        let bytes = bytes.try_into().ok()?;
        Some(if self.is_little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    fn long(&self, bytes: &[u8]) -> Option<u32> {
        let bytes = bytes.try_into().ok()?;
        Some(if self.is_little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{
        DNG_VERSION, MAKE, PHOTOMETRIC, SUB_DIRECTORIES, SUBFILE_TYPE, is_tiff, raw_photo,
    };

    /// A TIFF with one directory of these tags, each pointing at the maker's name.
    fn file(tags: &[u16], maker: &str, is_little: bool) -> Vec<u8> {
        let short = |value: u16| {
            if is_little {
                value.to_le_bytes()
            } else {
                value.to_be_bytes()
            }
        };
        let long = |value: u32| {
            if is_little {
                value.to_le_bytes()
            } else {
                value.to_be_bytes()
            }
        };
        let mut out = if is_little {
            b"II*\0".to_vec()
        } else {
            b"MM\0*".to_vec()
        };
        out.extend(long(8));
        out.extend(short(u16::try_from(tags.len()).unwrap()));
        let behind = 8 + 2 + 12 * tags.len() + 4;
        for tag in tags {
            out.extend(short(*tag));
            // A smaller version of another picture, or samples of a sensor.
            let number = match *tag {
                SUBFILE_TYPE => Some(1),
                PHOTOMETRIC => Some(32_803),
                _ => None,
            };
            if let Some(number) = number {
                out.extend(short(3));
                out.extend(long(1));
                out.extend(short(number));
                out.extend([0; 2]);
                continue;
            }
            out.extend(short(2));
            out.extend(long(u32::try_from(maker.len()).unwrap()));
            out.extend(long(u32::try_from(behind).unwrap()));
        }
        out.extend([0; 4]);
        out.extend(maker.as_bytes());
        out
    }

    #[test]
    fn the_first_directory_tells_a_raw_photo_from_a_tiff() {
        for is_little in [true, false] {
            for (tags, maker, name) in [
                (&[][..], "", None),
                (&[MAKE], "NIKON CORPORATION\0", None),
                // A developed photo of a program that puts smaller versions below it.
                (&[MAKE, SUB_DIRECTORIES], "NIKON CORPORATION\0", None),
                (
                    &[SUBFILE_TYPE, MAKE, SUB_DIRECTORIES],
                    "NIKON CORPORATION\0",
                    Some("a Nikon raw photo (NEF)"),
                ),
                (
                    &[PHOTOMETRIC, MAKE, SUB_DIRECTORIES],
                    "SONY\0",
                    Some("a Sony raw photo (ARW)"),
                ),
                (
                    &[SUBFILE_TYPE, MAKE, SUB_DIRECTORIES],
                    "Nobody\0",
                    Some("a raw photo of a camera"),
                ),
                (&[MAKE, DNG_VERSION], "Apple\0", Some("a raw photo (DNG)")),
            ] {
                let file = file(tags, maker, is_little);
                let found = raw_photo(&file).map(|foreign| foreign.name);
                assert!(is_tiff(&file));
                assert_eq!(found, name, "{tags:?} {maker} {is_little}");
            }
        }
        assert_eq!(
            raw_photo(b"II*\0\x10\0\0\0CR\x02\0").unwrap().name,
            "a Canon raw photo (CR2)"
        );
        for (head, is_one) in [
            (&b"II*\0\0\0\x10\0"[..], true),
            (b"MM\0*", true),
            (b"MM\0+\0\x08\0\0", true),
            (b"BM", false),
        ] {
            assert_eq!(raw_photo(head), None);
            assert_eq!(is_tiff(head), is_one);
        }
    }
}
