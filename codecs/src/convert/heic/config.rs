//! Reads the decoder's configuration, `hvcC` (ISO/IEC 14496-15, 8.3.3.1).

use super::super::numbers::{Order, index};
use super::super::{ConvertError, malformed};
use super::sps;
use crate::container::heif::Nclx;

/// The bytes before the parameter sets.
const FIXED: usize = 23;

/// The most parameter sets. Encoders write three.
const MAX_SETS: usize = 64;

/// The most bytes of all parameter sets. Those of encoders have some hundred.
const MAX_SET_BYTES: usize = 1 << 16;

/// The units that are parameter sets (ITU-T H.265, 7.4.2.2): of video, of sequences and of pictures. Messages are not needed.
const SETS: std::ops::RangeInclusive<u8> = 32..=34;

/// The samples of colour beside those of brightness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sampling {
    /// None.
    Grey,
    /// One for 2 × 2 pixels.
    Quarter,
    /// One for two pixels beside one another.
    Half,
    /// One for each pixel.
    Full,
}

impl Sampling {
    /// Returns the pixels across and down that share samples of colour; `None` for grey.
    pub(super) fn shared(self) -> Option<(usize, usize)> {
        match self {
            Self::Grey => None,
            Self::Quarter => Some((2, 2)),
            Self::Half => Some((2, 1)),
            Self::Full => Some((1, 1)),
        }
    }
}

/// The facts about coded pictures that are needed before they are decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Config<'a> {
    pub(super) sampling: Sampling,
    /// The bits of a sample, 8 to 12.
    pub(super) bits: u8,
    /// The bytes of the length in front of each unit.
    pub(super) length_bytes: usize,
    pub(super) parameter_sets: Vec<&'a [u8]>,
}

impl<'a> Config<'a> {
    pub(super) fn read(content: &'a [u8]) -> Result<Self, ConvertError> {
        Self::parsed(content)
            .ok_or_else(|| malformed("a decoder's configuration that is cut short"))?
    }

    fn parsed(content: &'a [u8]) -> Option<Result<Self, ConvertError>> {
        let byte = |at: usize| content.get(at).copied();
        let sampling = match byte(16)? & 3 {
            0 => Sampling::Grey,
            1 => Sampling::Quarter,
            2 => Sampling::Half,
            _ => Sampling::Full,
        };
        let bits = 8 + (byte(17)? & 7);
        let of_colours = 8 + (byte(18)? & 7);
        if bits > 12 || (sampling != Sampling::Grey && of_colours != bits) {
            let what = "a HEIC image of an unusual bit depth";
            return Some(Err(ConvertError::Unsupported(what)));
        }
        let mut rest = content.get(FIXED..)?;
        let mut parameter_sets = Vec::new();
        let (mut count_of_all, mut bytes) = (0, 0);
        for _ in 0..byte(22)? {
            let count = Order::Big.u16(rest, 1)?;
            rest = rest.get(3..)?;
            for _ in 0..count {
                let length = index(Order::Big.u16(rest, 0)?);
                let set = rest.get(2..2 + length)?;
                rest = rest.get(2 + length..)?;
                if set
                    .first()
                    .is_some_and(|first| SETS.contains(&(first >> 1 & 0x3F)))
                {
                    parameter_sets.push(set);
                }
                (count_of_all, bytes) = (count_of_all + 1, bytes + length);
                if count_of_all > MAX_SETS || bytes > MAX_SET_BYTES {
                    return Some(Err(malformed("too many parameter sets")));
                }
            }
        }
        Some(Ok(Self {
            sampling,
            bits,
            length_bytes: usize::from(byte(21)? & 3) + 1,
            parameter_sets,
        }))
    }

    /// Returns what the coded pictures say of their colours themselves, if they do.
    pub(super) fn colours(&self) -> Option<Nclx> {
        self.parameter_sets.iter().find_map(|set| sps::colours(set))
    }

    pub(super) fn sample_bytes(&self) -> usize {
        if self.bits > 8 { 2 } else { 1 }
    }

    /// Returns the bytes of all planes of a frame.
    pub(super) fn frame_bytes(&self, width: u32, height: u32) -> Option<usize> {
        let (width, height) = (index(width), index(height));
        let luma = width.checked_mul(height)?;
        let colours = match self.sampling.shared() {
            Some((across, down)) => width
                .div_ceil(across)
                .checked_mul(height.div_ceil(down))?
                .checked_mul(2)?,
            None => 0,
        };
        luma.checked_add(colours)?.checked_mul(self.sample_bytes())
    }
}
