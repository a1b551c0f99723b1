use std::io::{BufRead, Read};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use moxcms::ColorProfile;
use mozjpeg::{ColorSpace, Compress};

use super::super::super::picture::Layout;
use super::super::super::{Budget, Output, Recipe, Rect, RenderError, render, render_coming};
use super::coarse::agreement::{jpeg_paths_agree, largest};
use super::{coarse, plain};
use crate::{Damage, Encoding, header};

/// Neither side is a multiple of 8 or 16.
const SIDES: (u16, u16) = (421, 307);

const SAMPLINGS: [SamplingFactor; 4] = [
    SamplingFactor::R_4_4_4,
    SamplingFactor::R_4_2_2,
    SamplingFactor::R_4_2_0,
    SamplingFactor::R_4_4_0,
];

fn budget() -> Budget {
    Budget {
        pixels: 100_000_000,
        frames: 1,
        output_pixels: 16_000_000,
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

/// An RGB picture with slopes, a texture and an edge.
fn photo() -> Vec<u8> {
    let (width, height) = (u32::from(SIDES.0), u32::from(SIDES.1));
    let at = |x: u32, y: u32| {
        let (x, y) = (f64::from(x), f64::from(y));
        let wave = (x / 23.0).sin() * (y / 31.0).cos();
        let texture = ((x * 12.9898 + y * 78.233).sin() * 43_758.545).fract() * 12.0;
        let edge = if x + 2.0 * y > 500.0 { 40.0 } else { 0.0 };
        [
            90.0 + 50.0 * wave + edge + texture,
            110.0 + 0.15 * x + edge + texture,
            130.0 - 40.0 * wave + 0.1 * y + texture,
        ]
        .map(|value| value.clamp(0.0, 255.0) as u8)
    };
    (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| at(x, y)))
        .collect()
}

struct How {
    sampling: SamplingFactor,
    quality: u8,
    is_progressive: bool,
    restart: u16,
}

fn encoded(how: &How) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, how.quality);
    encoder.set_sampling_factor(how.sampling);
    encoder.set_progressive(how.is_progressive);
    encoder.set_restart_interval(how.restart);
    encoder
        .encode(&photo(), SIDES.0, SIDES.1, ColorType::Rgb)
        .unwrap();
    file
}

/// Encodes with libjpeg, whose progressive files send DC coefficients in two scans.
fn by_libjpeg(is_progressive: bool, is_grey: bool) -> Vec<u8> {
    let space = if is_grey {
        ColorSpace::JCS_GRAYSCALE
    } else {
        ColorSpace::JCS_RGB
    };
    let mut encoder = Compress::new(space);
    encoder.set_fastest_defaults();
    if is_progressive {
        encoder.set_progressive_mode();
    }
    encoder.set_size(SIDES.0.into(), SIDES.1.into());
    encoder.set_quality(80.0);
    let mut started = encoder.start_compress(Vec::new()).unwrap();
    let photo = photo();
    let pixels = if is_grey {
        photo.iter().step_by(3).copied().collect()
    } else {
        photo
    };
    started.write_scanlines(&pixels).unwrap();
    started.finish().unwrap()
}

fn every_kind() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for sampling in SAMPLINGS {
        for quality in [30, 60, 85, 98] {
            for is_progressive in [false, true] {
                for restart in [0, 1, 7] {
                    let how = How {
                        sampling,
                        quality,
                        is_progressive,
                        restart,
                    };
                    let name = format!(
                        "{sampling:?}, quality {quality}, progressive {is_progressive}, restart {restart}"
                    );
                    files.push((name, encoded(&how)));
                }
            }
        }
    }
    for is_progressive in [false, true] {
        for is_grey in [false, true] {
            let name = format!("libjpeg's, progressive {is_progressive}, grey {is_grey}");
            files.push((name, by_libjpeg(is_progressive, is_grey)));
        }
    }
    files
}

/// Returns the PSNR of two pictures of 8-bit samples, in decibels.
fn psnr(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len());
    let squares: f64 = one
        .iter()
        .zip(other)
        .map(|(one, other)| f64::from(one.abs_diff(*other)).powi(2))
        .sum();
    10.0 * (255.0_f64.powi(2) * one.len() as f64 / squares.max(1.0)).log10()
}

/// A xorshift generator.
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state as usize
}

#[test]
fn the_picture_of_the_dc_coefficients_is_that_of_libjpeg() {
    for (name, file) in every_kind() {
        let mut view = largest(&file).unwrap();
        let parts = [
            view.crop,
            // This crop is aligned to no grid.
            Rect {
                x: 37,
                y: 53,
                width: 301,
                height: 203,
            },
        ];
        for crop in parts {
            view.crop = crop;
            for divisor in [10, 17, 40] {
                view.width = crop.width / divisor;
                view.height = crop.height / divisor;
                let coarse = coarse::decode(&file, &view, &budget()).unwrap();
                let coarse = coarse
                    .unwrap_or_else(|| panic!("{name}: not taken"))
                    .picture;
                let plain = plain::decode(&mut file.as_slice(), &view, NonZeroU32::MIN, &budget())
                    .unwrap()
                    .picture;
                assert_eq!((coarse.width, coarse.height), (plain.width, plain.height));
                assert!(coarse.layout == plain.layout, "{name}");
                let decibels = psnr(&coarse.pixels, &plain.pixels);
                assert!(decibels >= 42.0, "{name}: {decibels:.1} dB at 1/{divisor}");
            }
        }
        jpeg_paths_agree(&file);
    }
}

#[test]
fn the_beginning_of_a_progressive_file_is_enough() {
    for (name, file) in every_kind() {
        let mut view = largest(&file).unwrap();
        (view.width, view.height) = (view.crop.width / 17, view.crop.height / 17);
        let whole = coarse::decode(&file, &view, &budget()).unwrap().unwrap();
        // The shortest beginning that gives a picture gives the same one as the whole.
        let (mut least, mut most) = (0, file.len());
        while least + 1 < most {
            let half = usize::midpoint(least, most);
            match coarse::decode(&file[..half], &view, &budget()).unwrap() {
                Some(decoded) => {
                    assert!(decoded.picture.pixels == whole.picture.pixels, "{name}");
                    most = half;
                }
                None => least = half,
            }
        }
        let is_progressive = name.contains("progressive true");
        // The end of a scan shows only by the EOI or segment that follows it.
        assert_eq!(
            most + 2 < file.len(),
            is_progressive,
            "{name}: {most} of {}",
            file.len()
        );
    }
}

#[test]
fn what_is_too_coarse_or_rare_is_left_to_libjpeg() {
    let decoded = |file: &[u8], divisor: u32| {
        let mut view = largest(file).unwrap();
        view.width = view.crop.width / divisor;
        view.height = view.crop.height / divisor;
        coarse::decode(file, &view, &budget()).unwrap()
    };
    let usual = by_libjpeg(false, false);
    assert!(decoded(&usual, 9).is_some_and(|decoded| decoded.picture.layout == Layout::Rgb));
    assert!(decoded(&usual, 8).is_none(), "less than 8 × 9/8");
    let how = How {
        sampling: SamplingFactor::R_4_1_1,
        quality: 80,
        is_progressive: false,
        restart: 0,
    };
    assert!(decoded(&encoded(&how), 10).is_none(), "4:1:1");
    let mut cmyk = Vec::new();
    let pixels: Vec<u8> = photo()
        .chunks_exact(3)
        .flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 9])
        .collect();
    Encoder::new(&mut cmyk, 80)
        .encode(&pixels, SIDES.0, SIDES.1, ColorType::Cmyk)
        .unwrap();
    assert!(decoded(&cmyk, 10).is_none(), "CMYK");
}

#[test]
fn a_damaged_file_is_taken_only_if_libjpeg_takes_it() {
    let mut state = 0x9E37_79B9_7F4A_7C15;
    let mut taken = [0, 0];
    for (_, file) in every_kind().into_iter().step_by(5) {
        for round in 0..60 {
            let mut damaged = file.clone();
            if round % 3 == 0 {
                // Cut the file in the middle, and end it as if it were whole.
                damaged.truncate(2 + random(&mut state) % (file.len() - 2));
                damaged.extend([0xFF, 0xD9]);
            } else {
                for _ in 0..round / 6 + 1 {
                    let at = random(&mut state) % damaged.len();
                    damaged[at] ^= 1 << (random(&mut state) % 8);
                }
            }
            jpeg_paths_agree(&damaged);
            let view = largest(&damaged);
            let is_taken = view.is_some_and(|view| {
                matches!(coarse::decode(&damaged, &view, &budget()), Ok(Some(_)))
            });
            taken[usize::from(is_taken)] += 1;
        }
    }
    assert!(taken[0] > 100 && taken[1] > 100, "both happen: {taken:?}");
}

/// A file that comes in pieces, the next one last.
struct Pieces<'a>(Vec<&'a [u8]>);

impl<'a> Pieces<'a> {
    fn of(file: &'a [u8], bytes: usize) -> Self {
        Self(file.chunks(bytes).rev().collect())
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.fill_buf()?.read(into)?;
        self.consume(bytes);
        Ok(bytes)
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        while self.0.last().is_some_and(|piece| piece.is_empty()) {
            self.0.pop();
        }
        Ok(self.0.last().copied().unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        if let Some(piece) = self.0.last_mut() {
            *piece = &piece[bytes..];
        }
    }
}

fn at_width(file: &[u8], width: u32) -> Recipe {
    let header = header::read(Encoding::Jpeg, file).unwrap();
    let height = (header.height * width).div_ceil(header.width);
    Recipe::whole(&header, (width, height), Output::Png)
}

#[test]
fn a_file_that_comes_in_pieces_gives_the_same_picture() {
    // A fifth of them has each property with each value.
    for (name, file) in every_kind().into_iter().step_by(5) {
        for width in [u32::from(SIDES.0), 200, 100] {
            let recipe = at_width(&file, width);
            assert!(!recipe.is_coarse());
            let whole = render(Encoding::Jpeg, &file, &recipe, &budget()).unwrap();
            for bytes in [1, 1_000, file.len()] {
                let came = render_coming(Pieces::of(&file, bytes), &recipe, &budget()).unwrap();
                assert!(came == whole, "{name}, to {width}, in pieces of {bytes}");
            }
        }
    }
}

/// A turn and a profile in two segments, which change every pixel.
fn told_how_to_be_shown(file: &[u8]) -> Vec<u8> {
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let (first, second) = profile.split_at(profile.len() / 2);
    let mut shown = file[..2].to_vec();
    for (marker, name, content) in [
        (0xE1, exif.as_slice(), [].as_slice()),
        (0xE2, b"ICC_PROFILE\0\x01\x02", first),
        (0xE2, b"ICC_PROFILE\0\x02\x02", second),
    ] {
        let length = u16::try_from(2 + name.len() + content.len()).unwrap();
        shown.extend([0xFF, marker]);
        shown.extend(length.to_be_bytes());
        shown.extend([name, content].concat());
    }
    shown.extend(&file[2..]);
    shown
}

#[test]
fn turn_and_profile_may_come_in_pieces() {
    let plain = by_libjpeg(false, false);
    let file = told_how_to_be_shown(&plain);
    let recipe = at_width(&file, 200);
    let whole = render(Encoding::Jpeg, &file, &recipe, &budget()).unwrap();
    assert_ne!(
        whole,
        render(Encoding::Jpeg, &plain, &at_width(&plain, 200), &budget()).unwrap()
    );
    for bytes in [1, 30, 200, 1_000] {
        let came = render_coming(Pieces::of(&file, bytes), &recipe, &budget()).unwrap();
        assert!(came == whole, "in pieces of {bytes}");
    }
}

#[test]
fn no_more_of_a_file_is_read_than_its_part_needs() {
    let file = by_libjpeg(false, false);
    let mut recipe = at_width(&file, SIDES.0.into());
    (recipe.crop.height, recipe.height) = (40, 40);
    let mut pieces = Pieces::of(&file, 1_000);
    render_coming(&mut pieces, &recipe, &budget()).unwrap();
    assert!(pieces.0.len() > file.len() / 2_000, "{}", pieces.0.len());
}

#[test]
fn a_file_that_ends_early_is_damaged_wherever_that_is() {
    let file = by_libjpeg(false, false);
    let recipe = at_width(&file, 200);
    for end in (0..file.len() - 100).step_by(97) {
        let came = render_coming(Pieces::of(&file[..end], 500), &recipe, &budget());
        assert!(matches!(came, Err(RenderError::Damage(_))), "cut at {end}");
    }
}

#[test]
fn an_opening_without_an_end_is_no_picture() {
    let comments = [0xFF, 0xFE, 0, 2].repeat(1 << 20);
    let file = [[0xFF, 0xD8].as_slice(), &comments].concat();
    let recipe = at_width(&by_libjpeg(false, false), 200);
    // If it were looked at anew with each piece, that would take minutes.
    let came = render_coming(Pieces::of(&file, 100), &recipe, &budget());
    assert!(matches!(came, Err(RenderError::Damage(Damage::Truncated))));
}
