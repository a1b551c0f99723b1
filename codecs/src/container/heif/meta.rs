//! The `meta` box (ISO/IEC 14496-12, 8.11): the items of a file, where their bytes lie, their properties, and how they
//! refer to one another.

use std::collections::BTreeMap;
use std::ops::Range;

use super::boxes::{Fields, Id, Kind, MAX_ITEMS, Part, malformed};
use super::locations::Locations;
use super::properties::{Properties, Property};
use crate::{Damage, Variant};

/// The most references from one item to another.
const MAX_REFERENCES: usize = 16_384;

/// The parts of a `meta` box that are needed.
pub(super) struct Meta<'a> {
    pub(super) primary: Id,
    pub(super) items: BTreeMap<Id, Item>,
    locations: Locations,
    properties: Properties<'a>,
    references: Vec<Reference>,
}

/// An item.
pub(super) struct Item {
    pub(super) kind: Kind,
    is_protected: bool,
    pub(super) is_hidden: bool,
}

/// A reference from one item to others (8.11.12).
pub(super) struct Reference {
    pub(super) kind: Kind,
    pub(super) from: Id,
    pub(super) to: Vec<Id>,
}

impl<'a> Meta<'a> {
    /// Reads the box. What stands in it twice counts the first time; unknown boxes are passed over.
    pub(super) fn read(meta: &Part<'a>) -> Result<Self, Damage> {
        let parts = meta.parts(4)?;
        let first = |kind: &Kind| parts.iter().find(|part| part.kind == *kind);
        let needed = |kind| first(kind).ok_or_else(|| malformed("a box is missing"));
        let (_, _, mut handler) = needed(b"hdlr")?.versioned()?;
        handler.u32()?;
        if handler.kind()? != *b"pict" {
            return Err(malformed("the items are not pictures"));
        }
        let (version, _, mut fields) = needed(b"pitm")?.versioned()?;
        let primary = fields.id(version > 0)?;
        Ok(Self {
            primary,
            items: items(needed(b"iinf")?)?,
            locations: Locations::read(needed(b"iloc")?, first(b"idat"))?,
            properties: Properties::read(needed(b"iprp")?)?,
            references: first(b"iref").map_or(Ok(Vec::new()), references)?,
        })
    }

    /// Returns the kind of an item that is shown.
    pub(super) fn kind(&self, id: Id) -> Result<Kind, Damage> {
        let item = self.items.get(&id);
        let item = item.ok_or_else(|| malformed("an item is missing"))?;
        if item.is_protected {
            return Err(Damage::Unsupported(Variant::HeifProtected));
        }
        Ok(item.kind)
    }

    /// Returns where an item's bytes lie in a file of this length.
    pub(super) fn ranges(&self, id: Id, file: usize) -> Result<Vec<Range<usize>>, Damage> {
        self.locations.ranges(id, file)
    }

    /// Returns the items that this one is derived from, in their order.
    pub(super) fn sources(&self, id: Id) -> &[Id] {
        let mut derived = self.referring(b"dimg");
        derived
            .find(|reference| reference.from == id)
            .map_or(&[], |reference| reference.to.as_slice())
    }

    /// Returns the references of one kind.
    pub(super) fn referring(&self, kind: &'static Kind) -> impl Iterator<Item = &Reference> {
        let is_kind = move |reference: &&Reference| reference.kind == *kind;
        self.references.iter().filter(is_kind)
    }

    /// Returns an item's properties, in the order in which it names them.
    ///
    /// # Errors
    /// [`Damage::Unsupported`] if the item cannot be shown rightly without one that is not known.
    pub(super) fn properties(&self, id: Id) -> Result<Vec<&Property<'a>>, Damage> {
        self.properties.of(id)
    }
}

/// Reads the kinds of the items (8.11.6).
fn items(iinf: &Part<'_>) -> Result<BTreeMap<Id, Item>, Damage> {
    let (version, _, mut fields) = iinf.versioned()?;
    fields.id(version > 0)?;
    let mut items = BTreeMap::new();
    for part in iinf.parts(if version > 0 { 8 } else { 6 })? {
        if part.kind != *b"infe" {
            continue;
        }
        let (version, flags, mut fields) = part.versioned()?;
        // Versions 0 and 1 have no kind: such an item is no picture.
        let (is_wide, is_typed) = (version > 2, version > 1);
        let id = fields.id(is_wide)?;
        let item = Item {
            is_protected: fields.u16()? != 0,
            is_hidden: flags & 1 != 0,
            kind: if is_typed {
                fields.kind()?
            } else {
                Kind::default()
            },
        };
        if items.insert(id, item).is_some() || items.len() > MAX_ITEMS {
            return Err(malformed("too many items, or two of one number"));
        }
    }
    Ok(items)
}

fn references(iref: &Part<'_>) -> Result<Vec<Reference>, Damage> {
    let (version, _, _) = iref.versioned()?;
    let is_wide = version > 0;
    let mut references = Vec::new();
    let mut left = MAX_REFERENCES;
    for part in iref.parts(4)? {
        let mut fields = Fields::of(part.content);
        let from = fields.id(is_wide)?;
        let count = usize::from(fields.u16()?);
        left = left
            .checked_sub(count)
            .ok_or_else(|| malformed("too many references"))?;
        let to = (0..count).map(|_| fields.id(is_wide));
        references.push(Reference {
            kind: part.kind,
            from,
            to: to.collect::<Result<_, _>>()?,
        });
    }
    Ok(references)
}
