//! Compares the encoder with libjpeg (as close to the page in as many bytes) and with the exact arithmetic, for each
//! coefficient.

use image::ImageFormat;
use mozjpeg::{ColorSpace, Compress};
use proptest::prelude::*;

use super::encode;
use super::transform::{Block, Quantizer, SIDE};
use crate::render::RenderError;
use crate::render::raster::{Raster, Samples};

struct Page {
    width: u32,
    height: u32,
    stride: usize,
    pixels: Vec<u8>,
}

impl Page {
    /// Puts three bytes that are not pixels between its rows.
    fn new(width: u32, height: u32, grey: impl Fn(u32, u32) -> u8) -> Self {
        let stride = width as usize + 3;
        let mut pixels = vec![77; stride * height as usize];
        for (y, row) in (0..).zip(pixels.chunks_exact_mut(stride)) {
            for (x, pixel) in (0..width).zip(row) {
                *pixel = grey(x, y);
            }
        }
        Self {
            width,
            height,
            stride,
            pixels,
        }
    }

    fn raster(&self) -> Raster<'_> {
        Raster {
            width: self.width,
            height: self.height,
            samples: Samples::Grey,
            stride: self.stride,
            pixels: &self.pixels,
        }
    }

    fn rows(&self) -> impl Iterator<Item = &[u8]> {
        let rows = self.pixels.chunks_exact(self.stride);
        rows.map(|row| &row[..self.width as usize])
    }

    fn by_libjpeg(&self, quality: u8) -> Vec<u8> {
        let mut encoder = Compress::new(ColorSpace::JCS_GRAYSCALE);
        encoder.set_fastest_defaults();
        encoder.set_size(self.width as usize, self.height as usize);
        encoder.set_quality(f32::from(quality));
        encoder.set_optimize_coding(false);
        let mut started = encoder.start_compress(Vec::new()).unwrap();
        for row in self.rows() {
            started.write_scanlines(row).unwrap();
        }
        started.finish().unwrap()
    }

    /// Returns the sum of the squared differences between a file's pixels and the page's.
    fn distance(&self, file: &[u8]) -> f64 {
        let picture = image::load_from_memory_with_format(file, ImageFormat::Jpeg).unwrap();
        let grey = picture.as_luma8().expect("one component");
        assert_eq!((grey.width(), grey.height()), (self.width, self.height));
        let pixels = self.rows().flatten().zip(grey.as_raw());
        pixels.map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum()
    }
}

/// Encodes a page, and checks that the file differs from it by no more than rounding to the steps can cause: the
/// transform keeps squares, so a block is off by at most half a step in each coefficient, and half a grey level in each
/// decoded pixel. Also checks the size against libjpeg's.
fn assert_sound(page: &Page, quality: u8) {
    let file = encode(&page.raster(), quality).unwrap();
    let steps = Quantizer::new(quality)
        .steps
        .map(|step| f64::from(step) / 2.0);
    let rounding: f64 = steps.iter().map(|half| half * half).sum();
    let blocks = page.width.div_ceil(8) * page.height.div_ceil(8);
    let (far, limit) = (page.distance(&file), f64::from(blocks) * (rounding + 64.0));
    assert!(far <= limit, "{far} of {limit} at quality {quality}");
    let (ours, theirs) = (file.len() as f64, page.by_libjpeg(quality).len() as f64);
    assert!(
        (ours - theirs).abs() <= theirs * 0.02 + 16.0,
        "{ours} and {theirs} bytes at quality {quality}"
    );
}

/// Tiles of 16 pixels: a letter's edges, a gradient and noise, with blank paper between them.
fn printed(x: u32, y: u32) -> u8 {
    match (x / 16 + y / 16) % 4 {
        0 => 255,
        1 => u8::from(x.wrapping_mul(y) % 7 > 2) * 255,
        2 => (x * 3 + y) as u8,
        _ => {
            (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503).rotate_left(7)).to_le_bytes()[2]
        }
    }
}

#[test]
fn a_page_is_as_near_as_libjpeg_makes_it() {
    let page = Page::new(333, 517, printed);
    for quality in [25, 49, 50, 75, 85, 95, 100] {
        assert_sound(&page, quality);
        let ours = page.distance(&encode(&page.raster(), quality).unwrap());
        let theirs = page.distance(&page.by_libjpeg(quality));
        assert!(
            ours <= theirs * 1.01 + 500.0,
            "{ours} and {theirs} at quality {quality}"
        );
    }
}

#[test]
fn the_largest_coefficients_and_differences_have_codes() {
    // These are the columns and rows of the transform itself: no 8-bit samples give larger coefficients.
    let wave = |frequency: u32| {
        move |at: u32| {
            (f64::from((2 * at + 1) * frequency) * std::f64::consts::PI / 16.0).cos() >= 0.0
        }
    };
    for (across, down) in (0..8).flat_map(|across| (0..8).map(move |down| (across, down))) {
        let page = Page::new(16, 16, |x, y| {
            u8::from(wave(across)(x) == wave(down)(y)) * 255
        });
        for quality in [50, 100] {
            assert_sound(&page, quality);
        }
    }
    let chess = Page::new(64, 64, |x, y| u8::from((x / 8 + y / 8) % 2 == 0) * 255);
    assert_sound(&chess, 100);
}

#[test]
fn each_grey_alone_is_its_coefficient() {
    for grey in 0..=255 {
        let page = Page::new(9, 9, |_, _| grey);
        assert_sound(&page, 85);
        assert_sound(&page, 100);
    }
}

#[test]
fn paper_is_a_few_bits_a_block() {
    let page = Page::new(1_240, 1_754, |_, _| 255);
    let file = encode(&page.raster(), 85).unwrap();
    // That is 6 bits for each of 155 × 220 blocks, plus the headers.
    assert!(file.len() < 155 * 220 * 6 / 8 + 400, "{}", file.len());
}

#[test]
fn sides_that_a_jpeg_cannot_tell_are_refused() {
    for (width, height) in [(65_501, 1), (1, 65_501), (0, 1), (1, 0)] {
        let page = Page::new(width, height, |_, _| 255);
        let refused = encode(&page.raster(), 85);
        assert!(
            matches!(refused, Err(RenderError::Unsupported(_))),
            "{width} × {height}"
        );
    }
    assert_sound(&Page::new(65_500, 1, printed), 85);
    assert_sound(&Page::new(1, 65_500, printed), 85);
}

/// Computes A.3.3 exactly as written there, and then A.3.4.
fn quantized(block: &Block, steps: &[u8; 64]) -> [f64; 64] {
    let cosine = |at: usize, frequency: usize| {
        ((2 * at + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0).cos()
    };
    let scale = |frequency| if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
    std::array::from_fn(|place| {
        let (v, u) = (place / SIDE, place % SIDE);
        let samples = (0..64).map(|at| {
            let (y, x) = (at / SIDE, at % SIDE);
            (f64::from(block[y][x]) - 128.0) * cosine(x, u) * cosine(y, v)
        });
        scale(u) * scale(v) / 4.0 * samples.sum::<f64>() / f64::from(steps[place])
    })
}

proptest! {
    #[test]
    fn a_coefficient_is_the_nearest_step(
        block in prop::array::uniform8(prop::array::uniform8(any::<u8>())),
        quality in 1_u8..=100,
    ) {
        let quantizer = Quantizer::new(quality);
        let columns = quantizer.transform(&block);
        for (place, exact) in quantized(&block, &quantizer.steps).into_iter().enumerate() {
            let made = f64::from(columns[place % SIDE * SIDE + place / SIDE]);
            prop_assert!((made - exact).abs() <= 0.500_5, "{made} for {exact} at {place}");
        }
    }

    #[test]
    fn any_page_is_coded_as_it_is(
        width in 1_u32..70,
        height in 1_u32..70,
        quality in 25_u8..=100,
        greys in prop::collection::vec(any::<u8>(), 1..400),
        repeats in 1_u32..90,
    ) {
        let page = Page::new(width, height, |x, y| {
            greys[((y * width + x) / repeats) as usize % greys.len()]
        });
        assert_sound(&page, quality);
    }
}
