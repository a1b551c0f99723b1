//! Encodes a page without colours as a baseline JPEG of one component, with the example tables of ITU-T T.81 (annex K).
//! It gives what libjpeg gives for the same quality, in two thirds of the time.
//!
//! Most of a page of text is blank. A block of a single grey is found by comparing its 64 bytes, and costs a few bits
//! that are known beforehand; only the others are transformed ([`transform`]) and coded ([`huffman`]).

#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a pixel loop: lengths are compared once, before it; casts are of numbers whose range is said beside them"
)]

mod huffman;
mod transform;

use std::array;

use multiversion::multiversion;

use super::super::RenderError;
use super::super::raster::Raster;
use huffman::{AC, BLOCK_BYTES, Bits, Codes, DC, EOB};
use transform::{Block, Quantizer, SIDE, ZIGZAG};

/// Encodes a page of one byte per pixel.
pub(super) fn encode(page: &Raster<'_>, quality: u8) -> Result<Vec<u8>, RenderError> {
    let side = |length: u32| match length {
        1..=MAX_SIDE => u16::try_from(length).ok(),
        _ => None,
    };
    let (Some(width), Some(height)) = (side(page.width), side(page.height)) else {
        return Err(RenderError::Unsupported("a JPEG of this size"));
    };
    let quantizer = Quantizer::new(quality);
    let mut file = head(width, height, &quantizer);
    scan(page, &quantizer, &Codes::new(), &mut file);
    file.extend(EOI);
    Ok(file)
}

/// The longest side in pixels. The standard allows 65,535 (B.2.2), but libjpeg reads no more (JPEG_MAX_DIMENSION in
/// jmorecfg.h).
const MAX_SIDE: u32 = 65_500;

const SOI: [u8; 2] = [0xff, 0xd8];
const EOI: [u8; 2] = [0xff, 0xd9];
const DQT: u8 = 0xdb;
const SOF0: u8 = 0xc0;
const DHT: u8 = 0xc4;
const SOS: u8 = 0xda;

/// The APP0 segment: JFIF 1.01 without density or thumbnail.
const APP0: u8 = 0xe0;
const JFIF: [u8; 14] = *b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

/// Returns everything before the scan.
fn head(width: u16, height: u16, quantizer: &Quantizer) -> Vec<u8> {
    let mut file = Vec::from(SOI);
    let mut segment = |marker: u8, content: &[u8]| {
        // The length includes its own two bytes; contents are shorter than 256 bytes.
        let length = (content.len() + 2) as u16;
        file.extend([0xff, marker]);
        file.extend(length.to_be_bytes());
        file.extend(content);
    };
    segment(APP0, &JFIF);
    let steps = ZIGZAG.map(|place| quantizer.steps[usize::from(place)]);
    segment(DQT, &[&[0], steps.as_slice()].concat());
    let ([top, high], [left, low]) = (height.to_be_bytes(), width.to_be_bytes());
    segment(SOF0, &[8, top, high, left, low, 1, 1, 0x11, 0]);
    for (class, (counts, symbols)) in [(0, DC), (0x10, AC)] {
        segment(DHT, &[&[class], counts.as_slice(), symbols].concat());
    }
    segment(SOS, &[1, 1, 0, 0, 63, 0]);
    file
}

/// Writes the coded blocks, row by row. It is also compiled for the instructions of Lambda's processors, which saves a
/// fifth of the time.
// The `multiversion` attribute needs the lifetime to be named.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt"))]
fn scan<'a>(page: &Raster<'a>, quantizer: &Quantizer, codes: &Codes, file: &mut Vec<u8>) {
    let (width, height) = (page.width as usize, page.height as usize);
    let mut coded = vec![0; width.div_ceil(SIDE) * BLOCK_BYTES];
    let mut bits = Bits::default();
    let mut last_dc = 0;
    for top in (0..height).step_by(SIDE) {
        // The last row and the last column are repeated to fill the blocks.
        let lines: [&[u8]; SIDE] = array::from_fn(|y| {
            let line = (top + y).min(height - 1);
            &page.pixels[line * page.stride..][..width]
        });
        let whole = lines.map(|line| &line.as_chunks::<SIDE>().0[..width / SIDE]);
        for column in 0..width.div_ceil(SIDE) {
            let mut block = [[0; SIDE]; SIDE];
            for (row, (whole, line)) in block.iter_mut().zip(whole.iter().zip(lines)) {
                match whole.get(column) {
                    Some(samples) => *row = *samples,
                    None => *row = array::from_fn(|x| line[(column * SIDE + x).min(width - 1)]),
                }
            }
            code(
                &block,
                quantizer,
                codes,
                &mut last_dc,
                &mut bits,
                &mut coded,
            );
        }
        bits.stuff(&coded, file);
    }
    bits.end(&mut coded);
    bits.stuff(&coded, file);
}

#[inline(always)]
fn code(
    block: &Block,
    quantizer: &Quantizer,
    codes: &Codes,
    last_dc: &mut i16,
    bits: &mut Bits,
    coded: &mut [u8],
) {
    let grey = block[0][0];
    let line = u64::from_ne_bytes([grey; SIDE]);
    if block.iter().all(|row| u64::from_ne_bytes(*row) == line) {
        let dc = quantizer.flat[usize::from(grey)];
        bits.push(codes.dc(dc - *last_dc));
        bits.push(codes.ac(EOB));
        bits.put(coded);
        *last_dc = dc;
        return;
    }
    let coefficients = quantizer.transform(block);
    bits.push(codes.dc(coefficients[0] - *last_dc));
    codes.write_ac(&coefficients, bits, coded);
    *last_dc = coefficients[0];
}

#[cfg(test)]
mod tests;
