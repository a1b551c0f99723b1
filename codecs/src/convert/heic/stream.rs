//! Writes the coded tiles of a picture as one byte stream for a decoder (ITU-T H.265, annex B): parameter sets, and the
//! units of each tile.

use std::io::Write;

use super::super::numbers::index;
use super::super::{ConvertError, malformed};
use super::config::Config;
use crate::Damage;
use crate::container::heif::{Canvas, Tile};

const START: [u8; 4] = [0, 0, 0, 1];

/// The unit that ends a sequence. With it, a decoder gives each picture before it begins with the next.
const END_OF_SEQUENCE: [u8; 2] = [36 << 1, 1];

/// How often, on average, each byte of the file may be decoded. Equal tiles are stored once, but those are small.
const MAX_OVERLAP: usize = 4;

/// The most units of all tiles. Encoders write one to some dozens for each.
const MAX_UNITS: usize = 65_536;

/// The most units of a tile that are empty. They cost a look, and are none of a picture.
const MAX_EMPTY: usize = 8;

/// The coded tiles of a picture.
pub(super) struct Stream<'a> {
    /// The configuration of all tiles.
    pub(super) config: Config<'a>,
    tiles: Vec<(Config<'a>, Vec<&'a [u8]>)>,
}

impl<'a> Stream<'a> {
    /// Finds the units of all tiles, which must be of one format.
    pub(super) fn of(file: &'a [u8], canvas: &Canvas<'a>) -> Result<Self, ConvertError> {
        let mut tiles: Vec<(Config<'a>, Vec<&'a [u8]>)> = Vec::new();
        let (mut bytes, mut left) = (0_usize, MAX_UNITS);
        for tile in &canvas.tiles {
            let config = Config::read(tile.config)?;
            let before = tiles.last().map(|(config, _)| &config.parameter_sets);
            // Those of the tile before are not written again.
            let of_sets = if before == Some(&config.parameter_sets) {
                0
            } else {
                lengths(config.parameter_sets.iter().map(|set| set.len()))
            };
            bytes = bytes
                .saturating_add(of_sets)
                .saturating_add(lengths(tile.ranges.iter().map(ExactSizeIterator::len)));
            if bytes > file.len().saturating_mul(MAX_OVERLAP) {
                return Err(malformed("tiles that lie over one another"));
            }
            let units = units(file, tile, config.length_bytes, left)?;
            left -= units.len();
            tiles.push((config, units));
        }
        let (config, _) = tiles.first().ok_or(Damage::Truncated)?;
        let config = config.clone();
        let is_one = |(other, _): &(Config<'_>, _)| {
            (other.sampling, other.bits) == (config.sampling, config.bits)
        };
        if !tiles.iter().all(is_one) {
            return Err(malformed("tiles of different formats"));
        }
        Ok(Self { config, tiles })
    }

    pub(super) fn write(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let mut before: Option<&[&[u8]]> = None;
        for (config, units) in &self.tiles {
            let sets = config.parameter_sets.as_slice();
            let sets_needed = if before == Some(sets) { &[][..] } else { sets };
            before = Some(sets);
            for unit in sets_needed.iter().chain(units) {
                to.write_all(&START)?;
                to.write_all(unit)?;
            }
            to.write_all(&START)?;
            to.write_all(&END_OF_SEQUENCE)?;
        }
        Ok(())
    }
}

fn lengths(of: impl Iterator<Item = usize>) -> usize {
    of.fold(0, usize::saturating_add)
}

/// Splits the bytes of a tile into its units, and leaves out those that are no picture: messages, and other layers.
fn units<'a>(
    file: &'a [u8],
    tile: &Tile<'a>,
    length_bytes: usize,
    most: usize,
) -> Result<Vec<&'a [u8]>, ConvertError> {
    // A unit may not lie in two ranges; writers put an item into one.
    let (mut units, mut empty) = (Vec::new(), 0);
    for range in &tile.ranges {
        let mut rest = file.get(range.clone()).ok_or(Damage::Truncated)?;
        while !rest.is_empty() {
            let (length, behind) = rest
                .split_at_checked(length_bytes)
                .ok_or(Damage::Truncated)?;
            let length = length
                .iter()
                .fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
            let (unit, behind) = behind
                .split_at_checked(index(length))
                .ok_or(Damage::Truncated)?;
            rest = behind;
            empty += usize::from(unit.is_empty());
            if is_picture(unit) {
                units.push(unit);
            }
            if units.len() > most || empty > MAX_EMPTY {
                return Err(malformed("more units than pictures have"));
            }
        }
    }
    if units.is_empty() {
        return Err(Damage::Truncated.into());
    }
    Ok(units)
}

/// Returns whether a unit is a part of a picture or a parameter set, of the base layer (ITU-T H.265, 7.4.2.2).
fn is_picture(unit: &[u8]) -> bool {
    let [first, second, ..] = unit else {
        return false;
    };
    let (kind, layer) = (first >> 1 & 0x3F, (first & 1) << 5 | second >> 3);
    layer == 0 && matches!(kind, 0..=34)
}
