//! The keys of thumbnails that were made ahead: one for each preset, density and format, whatever the preset says.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::vocabulary::iiif::OutputFormat;
use crate::vocabulary::preset::{Density, FORMATS, PresetName};

/// The last part of the key of a thumbnail, such as `3f9c0a5b1d2e4f60.webp`: the beginning of the SHA-256 of the preset's
/// name and the density, and the format. Two names with the same key are harmless: each thumbnail says what it was made
/// by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumb {
    name: [u8; Self::BYTES],
    format: OutputFormat,
}

impl Thumb {
    /// The bytes of the digest that are kept.
    const BYTES: usize = 8;

    /// Returns the key of a preset's thumbnail in a density and a format.
    #[must_use]
    pub fn new(preset: &PresetName, density: Density, format: OutputFormat) -> Self {
        let digest = Sha256::digest(format!("{preset}/{}", density.get()));
        let mut name = [0; Self::BYTES];
        name.iter_mut()
            .zip(digest)
            .for_each(|(byte, of)| *byte = of);
        Self { name, format }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let (digits, extension) = text.split_once('.')?;
        let format = FORMATS
            .into_iter()
            .find(|format| format.extension() == extension)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digits.len() != 2 * Self::BYTES || !digits.bytes().all(is_digit) {
            return None;
        }
        let name = u64::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self { name, format })
    }
}

impl fmt::Display for Thumb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.name {
            write!(f, "{byte:02x}")?;
        }
        write!(f, ".{}", self.format.extension())
    }
}
