//! Reads BMP, as Windows and OS/2 write it: 1 to 32 bits, runs (RLE4, RLE8), bit fields, top-down, alpha. It refuses JPEG
//! and PNG inside a BMP, which are for printers, and codings that only OS/2 had.

mod header;
mod runs;

use super::canvas::{Canvas, blank};
use super::numbers::{Order, index};
use super::{ConvertError, Facts};
use crate::Damage;
use crate::render::picture::Layout;
use header::{Coding, Header};

/// Reads the size of the picture.
pub(super) fn facts(file: &[u8]) -> Result<Facts, ConvertError> {
    let header = Header::read(file)?;
    Ok(Facts {
        width: header.width,
        height: header.height,
        pictures: 1,
        decoded_pixels: 0,
    })
}

/// Decodes the picture.
pub(super) fn decode(file: &[u8]) -> Result<Canvas, ConvertError> {
    let header = Header::read(file)?;
    let stored = file.get(header.pixels_at..).ok_or(Damage::Truncated)?;
    let (layout, pixels) = match &header.coding {
        Coding::Runs { bits, palette } => {
            let mut pixels = blank(header.width, header.height, Layout::Rgba)?;
            runs::draw(&header, (*bits, palette), stored, &mut pixels)?;
            (Layout::Rgba, pixels)
        }
        Coding::Indexed { bits, palette } => {
            let colour = |index: u8| palette.get(usize::from(index)).copied().unwrap_or_default();
            let row = |stored: &[u8], pixels: &mut [u8]| {
                for (place, pixel) in pixels.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                    *pixel = colour(index_at(stored, *bits, place));
                }
            };
            (Layout::Rgb, rows(&header, Layout::Rgb, stored, row)?)
        }
        Coding::Bgr => {
            let row = |stored: &[u8], pixels: &mut [u8]| {
                let stored = stored.as_chunks::<3>().0;
                for (pixel, [blue, green, red]) in pixels.as_chunks_mut().0.iter_mut().zip(stored) {
                    *pixel = [*red, *green, *blue];
                }
            };
            (Layout::Rgb, rows(&header, Layout::Rgb, stored, row)?)
        }
        Coding::Masked { bits, masks } => masked(&header, *bits, masks, stored)?,
    };
    let mut canvas = Canvas::upright(header.width, header.height, layout, pixels);
    canvas.drop_opaque_alpha();
    Ok(canvas)
}

fn masked(
    header: &Header,
    bits: u8,
    [red, green, blue, alpha]: &[u32; 4],
    stored: &[u8],
) -> Result<(Layout, Vec<u8>), ConvertError> {
    let number = |stored: &[u8], place: usize| {
        if bits == 16 {
            Order::Little.u16(stored, place * 2).map(u32::from)
        } else {
            Order::Little.u32(stored, place * 4)
        }
        .unwrap_or(0)
    };
    if *alpha == 0 {
        let row = |stored: &[u8], pixels: &mut [u8]| {
            for (place, pixel) in pixels.as_chunks_mut().0.iter_mut().enumerate() {
                let value = number(stored, place);
                *pixel = [red, green, blue].map(|mask| part(value, *mask));
            }
        };
        return Ok((Layout::Rgb, rows(header, Layout::Rgb, stored, row)?));
    }
    let row = |stored: &[u8], pixels: &mut [u8]| {
        for (place, pixel) in pixels.as_chunks_mut().0.iter_mut().enumerate() {
            let value = number(stored, place);
            *pixel = [red, green, blue, alpha].map(|mask| part(value, *mask));
        }
    };
    let mut pixels = rows(header, Layout::Rgba, stored, row)?;
    // Writers that leave alpha at zero everywhere did not mean it. Browsers show such a picture opaque.
    if pixels
        .as_chunks::<4>()
        .0
        .iter()
        .all(|[.., alpha]| *alpha == 0)
    {
        for [.., alpha] in pixels.as_chunks_mut::<4>().0 {
            *alpha = 255;
        }
    }
    Ok((Layout::Rgba, pixels))
}

/// Reads rows that all have one length, and are padded to four bytes.
fn rows(
    header: &Header,
    layout: Layout,
    stored: &[u8],
    mut read: impl FnMut(&[u8], &mut [u8]),
) -> Result<Vec<u8>, ConvertError> {
    let (width, height) = (index(header.width), index(header.height));
    let bits = width
        .checked_mul(usize::from(header.bits()))
        .ok_or(Damage::Memory)?;
    let bytes = bits.div_ceil(8);
    let stride = bytes.next_multiple_of(4);
    // The padding of the last row may be missing.
    let needed = stride
        .checked_mul(height - 1)
        .and_then(|before| before.checked_add(bytes));
    if needed.is_none_or(|needed| stored.len() < needed) {
        return Err(Damage::Truncated.into());
    }
    let mut pixels = blank(header.width, header.height, layout)?;
    let lines = pixels.chunks_exact_mut(width * layout.channels());
    for (down, line) in lines.enumerate() {
        let row = if header.is_top_down {
            down
        } else {
            height - 1 - down
        };
        let start = row * stride;
        read(stored.get(start..start + bytes).unwrap_or_default(), line);
    }
    Ok(pixels)
}

fn index_at(stored: &[u8], bits: u8, place: usize) -> u8 {
    let per_byte = usize::from(8 / bits);
    let byte = stored.get(place / per_byte).copied().unwrap_or(0);
    let within = u8::try_from(place % per_byte).unwrap_or(0);
    (byte << (within * bits)) >> (8 - bits)
}

/// Returns the part of a pixel that a mask chooses, scaled to a byte.
fn part(pixel: u32, mask: u32) -> u8 {
    let shift = mask.trailing_zeros().min(31);
    let (value, most) = (u64::from((pixel & mask) >> shift), u64::from(mask >> shift));
    if most == 0 {
        return 0;
    }
    u8::try_from((value * 255 + most / 2) / most).unwrap_or(255)
}
