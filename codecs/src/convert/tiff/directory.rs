//! Reads the directories of a TIFF: lists of tags with numbers, which may lie anywhere in the file. Nothing is copied, and
//! nothing beyond the file's end is believed. Sources: TIFF 6.0, section 2, and for files with 64-bit places
//! <https://www.awaresystems.be/imaging/tiff/bigtiff.html>

use std::collections::HashSet;

use super::super::numbers::{Order, index};

/// The most tags of a directory that are looked at. Writers use 10 to 60.
const MAX_TAGS: usize = 1_024;

/// The most directories that are counted.
const MAX_DIRECTORIES: usize = 4_096;

const SUBFILE_TYPE: u16 = 254;

/// Marks in [`SUBFILE_TYPE`] of a picture that belongs to another: a smaller version, or a mask.
const REDUCED_OR_MASK: u64 = 1 | 4;

/// A TIFF file.
#[derive(Clone, Copy)]
pub(super) struct File<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) order: Order,
    /// Whether places and counts have 64 bits.
    is_big: bool,
}

/// A directory's tags.
#[derive(Clone, Copy)]
pub(super) struct Directory<'a> {
    pub(super) file: File<'a>,
    entries: &'a [u8],
}

/// The numbers of a tag.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    order: Order,
    kind: Kind,
    /// The bytes of all numbers.
    pub(super) bytes: &'a [u8],
}

#[derive(Clone, Copy)]
enum Kind {
    Byte,
    Short,
    Long,
    Long8,
}

impl Kind {
    fn bytes(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Short => 2,
            Self::Long => 4,
            Self::Long8 => 8,
        }
    }
}

impl<'a> File<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let (order, is_big) = match bytes.first_chunk()? {
            b"II*\0" => (Order::Little, false),
            b"MM\0*" => (Order::Big, false),
            b"II+\0" => (Order::Little, true),
            b"MM\0+" => (Order::Big, true),
            _ => return None,
        };
        Some(Self {
            bytes,
            order,
            is_big,
        })
    }

    /// Returns the first picture that is none of another, and the number of all of those.
    pub(super) fn pictures(self) -> Option<(Directory<'a>, u32)> {
        let mut next = if self.is_big {
            self.order.u64(self.bytes, 8)?
        } else {
            self.order.u32(self.bytes, 4)?.into()
        };
        let (mut first, mut any, mut count) = (None, None, 0_u32);
        let mut seen = HashSet::new();
        // A chain may lead back to a directory that was seen.
        while next != 0 && seen.len() < MAX_DIRECTORIES && seen.insert(next) {
            let Some((directory, behind)) = self.directory(next) else {
                break;
            };
            any = any.or(Some(directory));
            if directory.number(SUBFILE_TYPE).unwrap_or(0) & REDUCED_OR_MASK == 0 {
                first = first.or(Some(directory));
                count += 1;
            }
            next = behind.unwrap_or(0);
        }
        Some((first.or(any)?, count.max(1)))
    }

    /// Reads a directory, and the place of the next one.
    fn directory(self, place: u64) -> Option<(Directory<'a>, Option<u64>)> {
        let rest = self.bytes.get(index(place)..)?;
        let (count, head): (usize, usize) = if self.is_big {
            (index(self.order.u64(rest, 0)?), 8)
        } else {
            (usize::from(self.order.u16(rest, 0)?), 2)
        };
        let length = count.checked_mul(self.entry_bytes())?;
        let entries = rest.get(head..head.checked_add(length)?)?;
        let behind = head + length;
        let next = if self.is_big {
            self.order.u64(rest, behind)
        } else {
            self.order.u32(rest, behind).map(u64::from)
        };
        let directory = Directory {
            file: self,
            entries,
        };
        Some((directory, next))
    }

    fn entry_bytes(self) -> usize {
        if self.is_big { 20 } else { 12 }
    }
}

impl<'a> Directory<'a> {
    /// Returns the numbers of a tag, if all of them lie within the file.
    pub(super) fn field(&self, tag: u16) -> Option<Field<'a>> {
        let File {
            bytes,
            order,
            is_big,
        } = self.file;
        let entry = self
            .entries
            .chunks_exact(self.file.entry_bytes())
            .take(MAX_TAGS)
            .find(|entry| order.u16(entry, 0) == Some(tag))?;
        let kind = match order.u16(entry, 2)? {
            // Bytes, text, and bytes without a meaning.
            1 | 2 | 7 => Kind::Byte,
            3 => Kind::Short,
            4 | 13 => Kind::Long,
            16 | 18 => Kind::Long8,
            _ => return None,
        };
        let (count, value) = if is_big {
            (order.u64(entry, 4)?, entry.get(12..)?)
        } else {
            (order.u32(entry, 4)?.into(), entry.get(8..)?)
        };
        let length = index(count).checked_mul(kind.bytes())?;
        let bytes = match value.get(..length) {
            Some(inline) => inline,
            None => {
                let place = if is_big {
                    order.u64(value, 0)?
                } else {
                    order.u32(value, 0)?.into()
                };
                let start = index(place);
                bytes.get(start..start.checked_add(length)?)?
            }
        };
        Some(Field { order, kind, bytes })
    }

    /// Returns the first number of a tag.
    pub(super) fn number(&self, tag: u16) -> Option<u64> {
        self.field(tag)?.get(0)
    }
}

impl Field<'_> {
    pub(super) fn len(&self) -> usize {
        self.bytes.len() / self.kind.bytes()
    }

    pub(super) fn get(&self, place: usize) -> Option<u64> {
        let at = place.checked_mul(self.kind.bytes())?;
        match self.kind {
            Kind::Byte => self.bytes.get(at).copied().map(u64::from),
            Kind::Short => self.order.u16(self.bytes, at).map(u64::from),
            Kind::Long => self.order.u32(self.bytes, at).map(u64::from),
            Kind::Long8 => self.order.u64(self.bytes, at),
        }
    }
}
