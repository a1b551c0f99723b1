//! The locations of the bytes of items (`iloc`, ISO/IEC 14496-12, 8.11.3).

use std::collections::BTreeMap;
use std::ops::Range;

use super::boxes::{Fields, Id, MAX_ITEMS, Part, malformed};
use crate::{Damage, Variant};

/// The most pieces of all items together. Writers leave items in one piece; what is interleaved has some more.
const MAX_EXTENTS: usize = 16_384;

/// The point from which an item's positions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    File,
    Idat,
    /// Another file, or another item.
    Elsewhere,
}

/// The locations of the items of a file.
pub(super) struct Locations {
    of: BTreeMap<Id, Location>,
    /// The position of the content of `idat` in the file, and its length.
    idat: (usize, usize),
}

/// The location of an item's bytes.
struct Location {
    origin: Origin,
    /// Position and length; a length of 0 is all from there on.
    extents: Vec<(usize, usize)>,
}

impl Locations {
    pub(super) fn read(iloc: &Part<'_>, idat: Option<&Part<'_>>) -> Result<Self, Damage> {
        let (version, _, mut fields) = iloc.versioned()?;
        if version > 2 {
            return Err(malformed("an unknown version of iloc"));
        }
        let sizes = Sizes::read(version, &mut fields)?;
        let mut of = BTreeMap::new();
        let mut left = MAX_EXTENTS;
        for _ in 0..fields.id(version == 2)? {
            let id = fields.id(version == 2)?;
            let location = sizes.location(version, &mut fields, &mut left)?;
            if of.insert(id, location).is_some() || of.len() > MAX_ITEMS {
                return Err(malformed("too many items, or one at two places"));
            }
        }
        let idat = idat.map_or((0, 0), |part| (part.at, part.content.len()));
        Ok(Self { of, idat })
    }

    /// Returns the places of an item's bytes in a file of this length, each within it. Together they are not empty, and
    /// not longer than the file.
    pub(super) fn ranges(&self, id: Id, file: usize) -> Result<Vec<Range<usize>>, Damage> {
        let location = self.of.get(&id);
        let location = location.ok_or_else(|| malformed("an item without a place"))?;
        let (start, length) = match location.origin {
            Origin::File => (0, file),
            Origin::Idat => self.idat,
            Origin::Elsewhere => return Err(Damage::Unsupported(Variant::HeifScattered)),
        };
        let range = |&(at, bytes): &(usize, usize)| {
            let left = length.checked_sub(at)?;
            let bytes = if bytes == 0 { left } else { bytes };
            (bytes <= left).then_some(())?;
            let from = start.checked_add(at)?;
            Some(from..from.checked_add(bytes)?)
        };
        let ranges = location.extents.iter().map(range);
        let ranges: Vec<_> = ranges.collect::<Option<_>>().ok_or(Damage::Truncated)?;
        // More bytes than the file has would be some of them again and again.
        match ranges.iter().map(Range::len).reduce(usize::saturating_add) {
            Some(bytes) if bytes > 0 && bytes <= file => Ok(ranges),
            _ => Err(malformed("an item of no bytes, or of more than there are")),
        }
    }
}

/// The numbers of bytes in which positions are stored.
struct Sizes {
    offset: u8,
    length: u8,
    base: u8,
    index: u8,
}

impl Sizes {
    fn read(version: u8, fields: &mut Fields<'_>) -> Result<Self, Damage> {
        let (first, second) = (fields.u8()?, fields.u8()?);
        Ok(Self {
            offset: first >> 4,
            length: first & 15,
            base: second >> 4,
            index: if version > 0 { second & 15 } else { 0 },
        })
    }

    fn location(
        &self,
        version: u8,
        fields: &mut Fields<'_>,
        left: &mut usize,
    ) -> Result<Location, Damage> {
        let method = if version > 0 { fields.u16()? & 15 } else { 0 };
        let is_here = fields.u16()? == 0;
        let base = fields.length(self.base)?;
        let count = usize::from(fields.u16()?);
        *left = left
            .checked_sub(count)
            .ok_or_else(|| malformed("too many pieces of items"))?;
        let mut extents = Vec::with_capacity(count);
        for _ in 0..count {
            fields.length(self.index)?;
            let start = base.saturating_add(fields.length(self.offset)?);
            extents.push((start, fields.length(self.length)?));
        }
        Ok(Location {
            origin: match (is_here, method) {
                (true, 0) => Origin::File,
                (true, 1) => Origin::Idat,
                _ => Origin::Elsewhere,
            },
            extents,
        })
    }
}
