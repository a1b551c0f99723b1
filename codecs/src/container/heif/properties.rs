//! The properties of items (`iprp`, ISO/IEC 14496-12, 8.11.14; the properties: ISO/IEC 23008-12, 6.5).

use std::collections::BTreeMap;

use super::boxes::{Fields, Id, Kind, MAX_ITEMS, Part, malformed};
use crate::{Damage, Variant};

/// The names of what a channel for alpha is (ISO/IEC 23000-22, 7.3.5.2; ISO/IEC 23008-12, B.2.4).
const ALPHA: [&[u8]; 2] = [ALPHA_NAME, b"urn:mpeg:hevc:2015:auxid:1"];

/// The name that is written.
pub(super) const ALPHA_NAME: &[u8] = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha";

/// The association of an item with a property.
#[derive(Debug, Clone, Copy)]
struct Association {
    /// The number of the property, counted from 1; 0 is none.
    index: usize,
    is_essential: bool,
}

/// A property.
#[derive(Debug, Clone)]
pub(super) enum Property<'a> {
    /// `ispe`: pixels across and down, before any transformation.
    Size(u32, u32),
    /// `pixi`: the most bits of a channel.
    Bits(u8),
    /// `colr` of the kind `nclx`.
    Nclx(Nclx),
    /// `colr` with an ICC profile.
    Icc(&'a [u8]),
    /// `auxC`: whether the item is an alpha channel; otherwise it is something else beside a picture.
    Auxiliary(bool),
    /// `av1C`, `hvcC`: what a decoder has to know before the first byte.
    Config(Kind, &'a [u8]),
    /// `irot`: quarter turns, anti-clockwise.
    Turn(u8),
    /// `imir`: whether left and right are exchanged; otherwise top and bottom are.
    Mirror(bool),
    /// `clap`: the part that is shown.
    Crop(Crop),
    /// `a1op`: the operating point of AV1 that is decoded.
    OperatingPoint(u8),
    /// `lsel`: the layer that is shown.
    Layer(u16),
    /// A property that changes nothing for us: pixel aspect ratio, light levels, sizes of layers.
    Harmless,
    /// A property that is not known.
    Unknown,
}

impl<'a> Property<'a> {
    pub(super) fn bits(&self) -> Option<u8> {
        if let Self::Bits(bits) = self {
            Some(*bits)
        } else {
            None
        }
    }

    pub(super) fn nclx(&self) -> Option<Nclx> {
        if let Self::Nclx(nclx) = self {
            Some(*nclx)
        } else {
            None
        }
    }

    pub(super) fn icc(&self) -> Option<&'a [u8]> {
        if let Self::Icc(icc) = self {
            Some(icc)
        } else {
            None
        }
    }
}

/// Code points of ITU-T H.273.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nclx {
    pub(crate) primaries: u16,
    pub(crate) transfer: u16,
    pub(crate) matrix: u16,
    pub(crate) is_full_range: bool,
}

/// A part of a picture: its size, and how far its centre lies from the picture's. Each is a fraction, of a numerator
/// and a denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crop {
    pub(super) width: (u32, u32),
    pub(super) height: (u32, u32),
    pub(super) right: (i32, u32),
    pub(super) down: (i32, u32),
}

/// The properties of a file.
pub(super) struct Properties<'a> {
    /// In the order in which items count them from 1.
    all: Vec<Property<'a>>,
    of: BTreeMap<Id, Vec<Association>>,
}

impl<'a> Properties<'a> {
    pub(super) fn read(iprp: &Part<'a>) -> Result<Self, Damage> {
        let mut read = Self {
            all: Vec::new(),
            of: BTreeMap::new(),
        };
        for part in iprp.parts(0)? {
            match &part.kind {
                b"ipco" if read.all.is_empty() => {
                    let all = part.parts(0)?;
                    read.all = all.iter().map(property).collect::<Result<_, _>>()?;
                }
                b"ipma" => read.associate(&part)?,
                _ => {}
            }
        }
        Ok(read)
    }

    fn associate(&mut self, ipma: &Part<'_>) -> Result<(), Damage> {
        let (version, flags, mut fields) = ipma.versioned()?;
        for _ in 0..fields.u32()? {
            let id = fields.id(version > 0)?;
            let count = fields.u8()?;
            let mut associations = Vec::with_capacity(count.into());
            for _ in 0..count {
                let (word, mark) = if flags & 1 != 0 {
                    (fields.u16()?, 0x8000)
                } else {
                    (fields.u8()?.into(), 0x80)
                };
                associations.push(Association {
                    index: usize::from(word & !mark),
                    is_essential: word & mark != 0,
                });
            }
            if self.of.insert(id, associations).is_some() || self.of.len() > MAX_ITEMS {
                return Err(malformed(
                    "too many items, or one whose properties are there twice",
                ));
            }
        }
        Ok(())
    }

    /// Returns an item's properties, in the order in which it names them.
    ///
    /// # Errors
    /// [`Damage::Unsupported`] if the item cannot be shown rightly without one that is not known (ISO/IEC 14496-12,
    /// 8.11.14.1).
    pub(super) fn of(&self, id: Id) -> Result<Vec<&Property<'a>>, Damage> {
        let mut found = Vec::new();
        for association in self.of.get(&id).into_iter().flatten() {
            let index = association.index.checked_sub(1);
            let property = index.and_then(|index| self.all.get(index));
            match property {
                None | Some(Property::Unknown) if association.is_essential => {
                    return Err(Damage::Unsupported(Variant::HeifProperty));
                }
                property => found.extend(property),
            }
        }
        Ok(found)
    }
}

fn property<'a>(part: &Part<'a>) -> Result<Property<'a>, Damage> {
    let mut plain = Fields::of(part.content);
    let full = || part.versioned().map(|(_, _, fields)| fields);
    Ok(match &part.kind {
        b"ispe" => {
            let mut fields = full()?;
            Property::Size(fields.u32()?, fields.u32()?)
        }
        b"pixi" => {
            let mut fields = full()?;
            let channels = usize::from(fields.u8()?);
            let bits = fields.take(channels)?.iter().max();
            Property::Bits(bits.copied().unwrap_or(0))
        }
        b"colr" => colour(plain)?,
        b"auxC" => Property::Auxiliary(is_alpha(full()?.rest())),
        b"av1C" | b"hvcC" => Property::Config(part.kind, part.content),
        b"irot" => Property::Turn(plain.u8()? & 3),
        // ISO/IEC 23008-12:2022, 6.5.12: axis 1 exchanges left and right, as EXIF's orientation 2.
        b"imir" => Property::Mirror(plain.u8()? & 1 == 1),
        b"clap" => Property::Crop(crop(plain)?),
        b"a1op" => Property::OperatingPoint(plain.u8()?),
        b"lsel" => Property::Layer(plain.u16()?),
        b"pasp" | b"clli" | b"mdcv" | b"cclv" | b"amve" | b"a1lx" => Property::Harmless,
        _ => Property::Unknown,
    })
}

/// Reads `colr` (ISO/IEC 14496-12, 12.1.5).
pub(super) fn colour(mut fields: Fields<'_>) -> Result<Property<'_>, Damage> {
    Ok(match &fields.kind()? {
        b"nclx" => Property::Nclx(Nclx {
            primaries: fields.u16()?,
            transfer: fields.u16()?,
            matrix: fields.u16()?,
            is_full_range: fields.u8()? & 0x80 != 0,
        }),
        b"prof" | b"rICC" => Property::Icc(fields.rest()),
        _ => Property::Unknown,
    })
}

/// Returns whether the name, which a zero ends, is one of an alpha channel.
pub(super) fn is_alpha(fields: &[u8]) -> bool {
    let name = fields.split(|byte| *byte == 0).next().unwrap_or_default();
    ALPHA.contains(&name)
}

fn crop(mut fields: Fields<'_>) -> Result<Crop, Damage> {
    let mut number = || fields.u32();
    Ok(Crop {
        width: (number()?, number()?),
        height: (number()?, number()?),
        right: (number()?.cast_signed(), number()?),
        down: (number()?.cast_signed(), number()?),
    })
}
