//! Compares what is made of a file with the pixels that it shows.

use std::path::PathBuf;

use dozo_codecs::Encoding;
use dozo_codecs::convert::{Foreign, Made, convert, facts};
use image::RgbaImage;

/// Returns the files with this extension, by name.
pub(crate) fn files(extension: &str) -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/converted/cases");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().unwrap() == extension)
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no files with {extension}");
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

/// Returns the pixels that a file shows, by the program that wrote it.
pub(crate) fn shown(name: &str) -> RgbaImage {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/converted/cases/");
    let file = std::fs::read(format!("{path}{name}.png")).unwrap();
    image::load_from_memory(&file).unwrap().into_rgba8()
}

pub(crate) fn pixels(made: &Made) -> RgbaImage {
    image::load_from_memory(&made.bytes).unwrap().into_rgba8()
}

/// Returns the largest and the mean difference of all channels. Colours of transparent pixels do not count.
pub(crate) fn distance(one: &RgbaImage, other: &RgbaImage) -> (u8, f64) {
    assert_eq!(one.dimensions(), other.dimensions());
    let (mut most, mut sum) = (0, 0_u64);
    for (a, b) in one.pixels().zip(other.pixels()) {
        let counted = if a.0[3] == 0 && b.0[3] == 0 {
            3..4
        } else {
            0..4
        };
        for channel in counted {
            let difference = a.0[channel].abs_diff(b.0[channel]);
            most = most.max(difference);
            sum += u64::from(difference);
        }
    }
    (most, sum as f64 / (one.len() as f64))
}

/// Converts each file twice, and compares: lossless originals differ by at most `most` a channel.
pub(crate) fn compare(foreign: Foreign, extension: &str, most: impl Fn(&str) -> u8) {
    for (name, file) in files(extension) {
        let made =
            convert(foreign, &file, None).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(made, convert(foreign, &file, None).unwrap(), "{name}");
        let (found, shown) = (pixels(&made), shown(&name));
        let facts = facts(foreign, &file).unwrap();
        assert_eq!((facts.width, facts.height), found.dimensions(), "{name}");
        let (largest, mean) = distance(&found, &shown);
        if made.encoding == Encoding::Png {
            assert!(largest <= most(&name), "{name}: {largest}, mean {mean}");
        } else {
            assert!(mean < 6.0, "{name}: {largest}, mean {mean}");
        }
    }
}
