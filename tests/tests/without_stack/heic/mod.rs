//! Tests HEIC with FFmpeg as its decoder: what libheif wrote is compared with what libheif reads, and damaged files and a
//! decoder that fails each end in a verdict.

mod hostile;
mod platform;

use std::path::PathBuf;

use dozo_codecs::Encoding;
use dozo_codecs::convert::{Foreign, convert, facts};
use dozo_hevc::Ffmpeg;
use dozo_tests::clips;
use image::RgbaImage;

fn decoder() -> Ffmpeg {
    Ffmpeg {
        program: clips::ffmpeg(),
    }
}

fn folder() -> PathBuf {
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../codecs/tests/converted/cases"
    )
    .into()
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn samples() -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".heic"))
        .collect();
    names.sort();
    assert!(names.len() > 15);
    names
}

/// Returns the mean difference of all channels.
fn distance(one: &RgbaImage, other: &RgbaImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let pairs = one.as_raw().iter().zip(other.as_raw());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.as_raw().len() as f64
}

/// A JPEG of quality 92 is made of each, or a PNG of the one with alpha.
#[test]
fn each_picture_is_as_libheif_shows_it() {
    for name in samples() {
        let file = sample(&name);
        let made = convert(Foreign::Heic, &file, Some(&decoder()))
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let wanted = if name == "alpha.heic" {
            Encoding::Png
        } else {
            Encoding::Jpeg
        };
        assert_eq!(made.encoding, wanted, "{name}");
        let found = image::load_from_memory(&made.bytes).unwrap().into_rgba8();
        let shown = sample(&format!("{name}.png"));
        let shown = image::load_from_memory(&shown).unwrap().into_rgba8();
        let distance = distance(&found, &shown);
        assert!(distance < 2.0, "{name}: {distance}");
        let facts = facts(Foreign::Heic, &file).unwrap();
        assert_eq!((facts.width, facts.height), found.dimensions(), "{name}");
    }
}

#[test]
fn the_same_file_gives_the_same_original() {
    let file = sample("icc.heic");
    let first = convert(Foreign::Heic, &file, Some(&decoder())).unwrap();
    let second = convert(Foreign::Heic, &file, Some(&decoder())).unwrap();
    assert_eq!(first, second);
    // Its profile is kept.
    assert!(
        first
            .bytes
            .windows(12)
            .any(|bytes| bytes == b"ICC_PROFILE\0")
    );
}

/// Without code points in the container, those in the coded pictures count: of another matrix, and of a limited range.
#[test]
fn the_coding_says_what_the_container_does_not() {
    for name in [
        "full-601.heic",
        "full-709.heic",
        "limited-601.heic",
        "limited-709.heic",
    ] {
        let mut file = sample(name);
        let place = file
            .windows(8)
            .position(|bytes| bytes == b"colrnclx")
            .unwrap();
        file[place..place + 4].copy_from_slice(b"free");
        let made = convert(Foreign::Heic, &file, Some(&decoder())).unwrap();
        let found = image::load_from_memory(&made.bytes).unwrap().into_rgba8();
        let shown = image::load_from_memory(&sample(&format!("{name}.png"))).unwrap();
        let distance = distance(&found, &shown.into_rgba8());
        assert!(distance < 2.0, "{name}: {distance}");
    }
}
