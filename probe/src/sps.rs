//! Finds the picture size in an elementary stream, from sequence headers of H.264, HEVC, MPEG-2, MPEG-4 and VC-1.
//!
//! ITU-T H.264, 7.3.2.1 and E.1; H.265, 7.3.2.2; H.262, 6.2.2.1.

use crate::cut::Bits;
use crate::stored::Picture;
use crate::vc1;

/// The first picture size in a piece of an elementary stream.
pub(crate) fn find(codec: &str, stream: &[u8]) -> Option<Picture> {
    let mut rest = stream;
    while let Some(at) = rest.windows(3).position(|window| window == [0, 0, 1]) {
        rest = rest.get(at + 3..)?;
        let unit = match codec {
            "h264" if rest.first().is_some_and(|kind| kind & 0x1F == 7) => h264(rest.get(1..)?),
            "hevc" if rest.first().is_some_and(|kind| kind >> 1 & 0x3F == 33) => {
                hevc(rest.get(2..)?)
            }
            "mpeg2video" | "mpeg1video" if rest.first() == Some(&0xB3) => mpeg2(rest.get(1..)?),
            "mpeg4" if rest.first().is_some_and(|kind| (0x20..0x30).contains(kind)) => {
                mpeg4(rest.get(1..)?)
            }
            "vc1" if rest.first() == Some(&0x0F) => vc1::sequence(rest.get(1..)?),
            _ => None,
        };
        if unit.is_some() {
            return unit;
        }
    }
    None
}

/// The number of bytes of a unit that are read; an encoder's note about itself may come before other messages.
const MAX_UNIT: usize = 4_096;

/// Removes the bytes that keep a start code from appearing in a unit: the 3 of 0, 0, 3.
pub(crate) fn unescaped(unit: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut zeros = 0;
    for &byte in unit.iter().take(MAX_UNIT) {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        plain.push(byte);
    }
    plain
}

/// Reads a sequence parameter set, without the head of its unit.
pub(crate) fn h264(unit: &[u8]) -> Option<Picture> {
    let unit = unescaped(unit);
    let mut bits = Bits::new(&unit);
    let profile = bits.number(8)?;
    bits.skip(16);
    bits.golomb()?;
    let mut chroma = 1;
    if [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135].contains(&profile) {
        chroma = bits.golomb()?;
        if chroma == 3 {
            bits.skip(1);
        }
        bits.golomb()?;
        bits.golomb()?;
        bits.skip(1);
        if bits.flag()? {
            skip_scaling(&mut bits, if chroma == 3 { 12 } else { 8 })?;
        }
    }
    bits.golomb()?;
    match bits.golomb()? {
        0 => drop(bits.golomb()?),
        1 => {
            bits.skip(1);
            bits.golomb()?;
            bits.golomb()?;
            for _ in 0..bits.golomb()?.min(255) {
                bits.golomb()?;
            }
        }
        _ => {}
    }
    bits.golomb()?;
    bits.skip(1);
    let across = bits.golomb()?.checked_add(1)?.checked_mul(16)?;
    let map = bits.golomb()?.checked_add(1)?.checked_mul(16)?;
    let frames_only = bits.flag()?;
    let down = map.checked_mul(if frames_only { 1 } else { 2 })?;
    if !frames_only {
        bits.skip(1);
    }
    bits.skip(1);
    let (unit_x, unit_y) = match chroma {
        0 | 3 => (1, 1),
        2 => (2, 1),
        _ => (2, 2),
    };
    let unit_y = if frames_only { unit_y } else { unit_y * 2 };
    let size = cropped(&mut bits, (across, down), (unit_x, unit_y))?;
    let pixel = pixel_shape(&mut bits);
    Some(Picture { size, pixel })
}

fn skip_scaling(bits: &mut Bits<'_>, lists: u32) -> Option<()> {
    for list in 0..lists {
        if !bits.flag()? {
            continue;
        }
        let (mut last, mut next) = (8_i64, 8_i64);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                let code = i64::from(bits.golomb()?);
                let delta = if code % 2 == 0 {
                    -(code / 2)
                } else {
                    (code + 1) / 2
                };
                next = (last + delta).rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
    }
    Some(())
}

/// Applies the cropping rectangle, which is in units of chroma samples.
fn cropped(
    bits: &mut Bits<'_>,
    (width, height): (u32, u32),
    (unit_x, unit_y): (u32, u32),
) -> Option<(u32, u32)> {
    if !bits.flag()? {
        return Some((width, height));
    }
    let (left, right) = (bits.golomb()?, bits.golomb()?);
    let (top, bottom) = (bits.golomb()?, bits.golomb()?);
    let x = left.checked_add(right)?.checked_mul(unit_x)?;
    let y = top.checked_add(bottom)?.checked_mul(unit_y)?;
    Some((width.checked_sub(x)?, height.checked_sub(y)?))
}

/// Pixel shapes by number: H.264, table E-1.
const SHAPES: [(u32, u32); 17] = [
    (1, 1),
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];

fn pixel_shape(bits: &mut Bits<'_>) -> Option<(u32, u32)> {
    if !bits.flag()? || !bits.flag()? {
        return None;
    }
    match bits.number(8)? {
        255 => Some((bits.number(16)?, bits.number(16)?)),
        index => SHAPES.get(usize::try_from(index).ok()?).copied(),
    }
}

/// Reads a sequence parameter set, without the head of its unit.
pub(crate) fn hevc(unit: &[u8]) -> Option<Picture> {
    let unit = unescaped(unit);
    let mut bits = Bits::new(&unit);
    bits.skip(4);
    let layers = bits.number(3)?;
    bits.skip(1);
    bits.skip(88);
    bits.skip(8);
    let mut present = Vec::new();
    for _ in 0..layers {
        present.push((bits.flag()?, bits.flag()?));
    }
    if layers > 0 {
        bits.skip(usize::try_from(8 - layers).ok()? * 2);
    }
    for (profile, level) in present {
        bits.skip(if profile { 88 } else { 0 });
        bits.skip(if level { 8 } else { 0 });
    }
    bits.golomb()?;
    let chroma = bits.golomb()?;
    if chroma == 3 {
        bits.skip(1);
    }
    let size = (bits.golomb()?, bits.golomb()?);
    let unit = match chroma {
        1 => (2, 2),
        2 => (2, 1),
        _ => (1, 1),
    };
    let size = cropped(&mut bits, size, unit)?;
    Some(Picture { size, pixel: None })
}

fn mpeg2(header: &[u8]) -> Option<Picture> {
    let mut bits = Bits::new(header);
    let size = (bits.number(12)?, bits.number(12)?);
    // Codes 2 to 4 give the shape of the whole picture.
    let (wide, high) = match bits.number(4)? {
        2 => (4, 3),
        3 => (16, 9),
        4 => (221, 100),
        _ => {
            return Some(Picture { size, pixel: None });
        }
    };
    let pixel = (size.1.checked_mul(wide)?, size.0.checked_mul(high)?);
    Some(Picture {
        size,
        pixel: Some(pixel),
    })
}

/// Reads ISO/IEC 14496-2, 6.2.3: only rectangular layers of the simple profiles.
fn mpeg4(header: &[u8]) -> Option<Picture> {
    let mut bits = Bits::new(header);
    bits.skip(9);
    let mut version = 1;
    if bits.flag()? {
        version = bits.number(4)?;
        bits.skip(3);
    }
    let pixel = match bits.number(4)? {
        15 => (bits.number(8)?, bits.number(8)?),
        index => SHAPES.get(usize::try_from(index).ok()?).copied()?,
    };
    if bits.flag()? {
        bits.skip(3);
        if bits.flag()? {
            bits.skip(79);
        }
    }
    if bits.number(2)? != 0 || version > 2 {
        return None;
    }
    bits.skip(1);
    let resolution = bits.number(16)?;
    bits.skip(1);
    if bits.flag()? {
        let width = u32::BITS - resolution.saturating_sub(1).leading_zeros();
        bits.skip(usize::try_from(width.max(1)).ok()?);
    }
    bits.skip(1);
    let width = bits.number(13)?;
    bits.skip(1);
    let height = bits.number(13)?;
    Some(Picture {
        size: (width, height),
        pixel: Some(pixel),
    })
}
