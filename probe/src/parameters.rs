//! Reads a picture's properties from the codec's own headers in a container: the parameter sets of H.264 and HEVC, the
//! sequence header of AV1, the layer of MPEG-4. The container's size can be wrong; the decoder uses this one.
//!
//! ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1; AV1 Codec ISO Media File Format Binding, 2.3.

use crate::codec::Codec;
use crate::cut::Cut;
use crate::sps;
use crate::stored::Picture;
use crate::{av1, orientation};

/// The properties found in the codec's headers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Parameters {
    /// The size and pixel shape.
    pub(crate) picture: Option<Picture>,
    /// The way samples are divided into units, for codecs whose samples may hold a message.
    pub(crate) units: Option<Units>,
}

/// The way a sample is divided into units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Units {
    pub(crate) codec: &'static str,
    /// The number of bytes of the length before each unit.
    pub(crate) length: usize,
}

impl Units {
    /// The clockwise rotation that a message in this sample tells.
    pub(crate) fn orientation(&self, sample: &[u8]) -> Option<u16> {
        let mut cut = Cut(sample);
        for _ in 0..32 {
            let prefix = cut.take(self.length)?;
            let length = prefix
                .iter()
                .fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
            let unit = cut.0.get(..length.min(cut.0.len()))?;
            if let Some(rotation) = orientation::of_unit(self.codec, unit) {
                return Some(rotation);
            }
            cut.skip(length)?;
        }
        None
    }
}

/// The size of the stored picture. The coded size overrides the container's, with one exception: H.264 codes blocks of
/// 16 pixels, and the container may crop the last ones if the codec's header does not.
pub(crate) fn stored(described: (u32, u32), coded: Option<Picture>, codec: &Codec) -> (u32, u32) {
    let within = |described: u32, coded: u32| {
        described > 0 && described <= coded && described.div_ceil(16) == coded.div_ceil(16)
    };
    match coded.map(|picture| picture.size) {
        Some(coded)
            if *codec == Ok("h264")
                && within(described.0, coded.0)
                && within(described.1, coded.1) =>
        {
            described
        }
        Some(coded) => coded,
        None => described,
    }
}

/// Reads `avcC`.
pub(crate) fn avc(config: &[u8]) -> Parameters {
    let unit = || {
        let mut cut = Cut(config);
        cut.skip(5)?;
        (cut.u8()? & 0x1F > 0).then_some(())?;
        let length = usize::from(cut.be16()?);
        sps::h264(cut.take(length)?.get(1..)?)
    };
    Parameters {
        picture: unit(),
        units: units("h264", config.get(4)),
    }
}

/// Reads `hvcC`.
pub(crate) fn hevc(config: &[u8]) -> Parameters {
    let unit = || {
        let mut cut = Cut(config);
        cut.skip(22)?;
        for _ in 0..cut.u8()? {
            let kind = cut.u8()? & 0x3F;
            for _ in 0..cut.be16()? {
                let length = usize::from(cut.be16()?);
                let unit = cut.take(length)?;
                if kind == 33 {
                    return sps::hevc(unit.get(2..)?);
                }
            }
        }
        None
    };
    Parameters {
        picture: unit(),
        units: units("hevc", config.get(21)),
    }
}

/// Reads `av1C`.
pub(crate) fn av1(config: &[u8]) -> Parameters {
    Parameters {
        picture: config.get(4..).and_then(av1::sequence),
        units: None,
    }
}

/// Reads the header of MPEG-4, which has the same format as in the stream.
pub(crate) fn mpeg4(header: &[u8]) -> Parameters {
    Parameters {
        picture: sps::find("mpeg4", header),
        units: None,
    }
}

fn units(codec: &'static str, flags: Option<&u8>) -> Option<Units> {
    flags.map(|flags| Units {
        codec,
        length: usize::from(flags & 3) + 1,
    })
}
