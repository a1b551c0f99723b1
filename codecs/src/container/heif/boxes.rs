//! The boxes that such a file consists of (ISO/IEC 14496-12, 4.2): a length, a kind, a content.

use super::super::Walk;
use crate::Damage;

/// The most boxes beside one another. Files of phones have about sixty, where each tile is an item.
const MAX_BOXES: usize = 8_192;

/// The length of a box's header: 32 bits of length, and its kind.
const HEADER: usize = 8;

/// A kind of box, item, property or reference: four letters.
pub(super) type Kind = [u8; 4];

/// The number of an item in its file.
pub(super) type Id = u32;

/// The most items: 1,024 tiles, as many of alpha, and as much again of what else a file may carry.
pub(super) const MAX_ITEMS: usize = 4_096;

/// A box.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) kind: Kind,
    /// The position of the content in the file.
    pub(super) at: usize,
    pub(super) content: &'a [u8],
}

impl<'a> Part<'a> {
    /// Takes version and flags off the content of a full box (4.2.2).
    pub(super) fn versioned(&self) -> Result<(u8, u32, Fields<'a>), Damage> {
        let mut fields = Fields::of(self.content);
        let word = fields.u32()?;
        let [version, ..] = word.to_be_bytes();
        Ok((version, word & 0x00FF_FFFF, fields))
    }

    /// Returns the boxes in this one, behind so many bytes of fields.
    pub(super) fn parts(&self, fields: usize) -> Result<Vec<Part<'a>>, Damage> {
        let content = self.content.get(fields..).ok_or(Damage::Truncated)?;
        Boxes::new(content, self.at.saturating_add(fields)).collect()
    }
}

/// Walks over boxes beside one another. It ends where none begins any more, and gives an error where one begins and is
/// not there whole.
pub(super) struct Boxes<'a> {
    rest: &'a [u8],
    at: usize,
    left: usize,
}

impl<'a> Boxes<'a> {
    /// Begins with the bytes, which stand at this position in the file.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            rest: bytes,
            at,
            left: MAX_BOXES,
        }
    }

    /// Returns the kind of the next box, whole or not.
    pub(super) fn peek(&self) -> Option<Kind> {
        self.rest.get(4..HEADER)?.first_chunk().copied()
    }

    fn take(&mut self) -> Result<Part<'a>, Damage> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| malformed("too many boxes"))?;
        let mut fields = Fields::of(self.rest);
        let short = fields.u32()?;
        let kind = fields.kind()?;
        let (header, size) = match short {
            // To the end of what it is in.
            0 => (HEADER, self.rest.len()),
            1 => (HEADER + 8, fields.length(8)?),
            short => (HEADER, usize::try_from(short).unwrap_or(usize::MAX)),
        };
        let (whole, rest) = self.rest.split_at_checked(size).ok_or(Damage::Truncated)?;
        let content = whole
            .get(header..)
            .ok_or_else(|| malformed("a box that is shorter than its header"))?;
        let part = Part {
            kind,
            at: self.at.saturating_add(header),
            content,
        };
        self.rest = rest;
        self.at = self.at.saturating_add(size);
        Ok(part)
    }
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<Part<'a>, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.len() < HEADER {
            return None;
        }
        let part = self.take();
        if part.is_err() {
            self.rest = &[];
        }
        Some(part)
    }
}

/// The unread fields of a box.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    walk: Walk<'a>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self {
            walk: Walk { rest: bytes },
        }
    }

    pub(super) fn u8(&mut self) -> Result<u8, Damage> {
        self.walk.byte().ok_or(Damage::Truncated)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Damage> {
        let bytes = self.take(2)?.first_chunk().ok_or(Damage::Truncated)?;
        Ok(u16::from_be_bytes(*bytes))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Damage> {
        self.walk.be32().ok_or(Damage::Truncated)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Damage> {
        let bytes = self.take(8)?.first_chunk().ok_or(Damage::Truncated)?;
        Ok(u64::from_be_bytes(*bytes))
    }

    /// Reads a number of 16 bits, or of 32 if it is wide.
    pub(super) fn id(&mut self, is_wide: bool) -> Result<u32, Damage> {
        if is_wide {
            self.u32()
        } else {
            Ok(self.u16()?.into())
        }
    }

    pub(super) fn kind(&mut self) -> Result<Kind, Damage> {
        let bytes = self.take(4)?.first_chunk().ok_or(Damage::Truncated)?;
        Ok(*bytes)
    }

    /// Reads a length or position of 0, 4 or 8 bytes; of none it is 0.
    pub(super) fn length(&mut self, bytes: u8) -> Result<usize, Damage> {
        let number = match bytes {
            0 => 0,
            4 => u64::from(self.u32()?),
            8 => self.u64()?,
            _ => return Err(malformed("a number of an odd length")),
        };
        // Larger ones lie behind the end of every file, and are found out there.
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Damage> {
        self.walk.take(count).ok_or(Damage::Truncated)
    }

    /// Returns all that is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.walk.rest
    }
}

/// Returns the damage for a file that violates its format in this way.
pub(super) fn malformed(how: &'static str) -> Damage {
    Damage::Malformed(how.into())
}
