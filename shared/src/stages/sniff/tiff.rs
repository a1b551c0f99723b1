//! TIFF, and camera raw photos written as TIFF, told apart by their first directory (TIFF 6.0, section 2).

use super::known::{Foreign, picture, raw};

/// The most directory entries that are read. Cameras write 20 to 60.
const MAX_ENTRIES: usize = 128;

const MAKE: u16 = 0x010F;
const SUB_DIRECTORIES: u16 = 0x014A;
const DNG_VERSION: u16 = 0xC612;

const ASCII: u16 = 2;

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

/// Names a file that begins as TIFF.
pub(super) fn named(head: &[u8]) -> Option<Foreign> {
    let is_little = match head {
        [b'I', b'I', b'*', 0, ..] => true,
        [b'M', b'M', 0, b'*', ..] => false,
        _ => return None,
    };
    if head.get(8..10) == Some(b"CR") {
        return Some(raw("a Canon raw photo (CR2)"));
    }
    let directory = Directory::first(head, is_little);
    // Many programs write the directory at the end of the file, beyond the bytes that are read.
    Some(
        directory.map_or(picture("a TIFF or raw camera image"), |directory| {
            directory.named()
        }),
    )
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

    fn named(&self) -> Foreign {
        if self.entry(DNG_VERSION).is_some() {
            return raw("a raw photo (DNG)");
        }
        // A photo developed from a raw one names the camera too, but has its picture in the first directory.
        let maker = self
            .maker()
            .filter(|_| self.entry(SUB_DIRECTORIES).is_some());
        let Some(maker) = maker else {
            return picture("a TIFF image");
        };
        let known = MAKERS
            .iter()
            .find(|(name, _)| maker.starts_with(name.as_bytes()));
        known.map_or(raw("a raw photo of a camera"), |(_, foreign)| *foreign)
    }

    fn maker(&self) -> Option<&'a [u8]> {
        let entry = self.entry(MAKE)?;
        (self.short(entry.get(2..4)?)? == ASCII).then_some(())?;
        let length = usize::try_from(self.long(entry.get(4..8)?)?).ok()?;
        let start = usize::try_from(self.long(entry.get(8..12)?)?).ok()?;
        self.head.get(start..start.checked_add(length)?)
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
    use super::{DNG_VERSION, MAKE, SUB_DIRECTORIES, named};

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
                (&[][..], "", "a TIFF image"),
                (&[MAKE], "NIKON CORPORATION\0", "a TIFF image"),
                (
                    &[MAKE, SUB_DIRECTORIES],
                    "NIKON CORPORATION\0",
                    "a Nikon raw photo (NEF)",
                ),
                (&[MAKE, SUB_DIRECTORIES], "SONY\0", "a Sony raw photo (ARW)"),
                (
                    &[MAKE, SUB_DIRECTORIES],
                    "Nobody\0",
                    "a raw photo of a camera",
                ),
                (&[MAKE, DNG_VERSION], "Apple\0", "a raw photo (DNG)"),
            ] {
                let found = named(&file(tags, maker, is_little)).unwrap().name;
                assert_eq!(found, name, "{tags:?} {maker} {is_little}");
            }
        }
        assert_eq!(
            named(b"II*\0\x10\0\0\0CR\x02\0").unwrap().name,
            "a Canon raw photo (CR2)"
        );
        assert_eq!(
            named(b"II*\0\0\0\x10\0").unwrap().name,
            "a TIFF or raw camera image"
        );
        assert_eq!(named(b"MM\0*").unwrap().name, "a TIFF or raw camera image");
        assert_eq!(named(b"BM"), None);
    }
}
