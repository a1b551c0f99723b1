//! Accepted files can be rendered, and files that cannot be rendered are not accepted: one decoder decides both.

mod animations;
mod gifs;
mod jpegs;
mod pngs;
mod samplings;

use std::time::{Duration, Instant};

use dozo_codecs::render::{Budget, Colour, Finish, Output, Recipe, Rect, Turn, render};
use dozo_codecs::{Damage, Encoding, decode, header, strip};
use image::DynamicImage;

/// Reads a file in `tests/cases/images`.
fn case(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cases/images");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

/// A seed file of the fuzzers.
fn seed(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds/images");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

/// Judges a file like an upload, and returns the delivered file if it is accepted.
fn accept(encoding: Encoding, file: &[u8]) -> Result<Vec<u8>, Damage> {
    let delivered = strip::metadata(encoding, file)?;
    decode::verify(encoding, &delivered)?;
    Ok(delivered)
}

/// Renders the whole picture at this fraction of its size.
fn rendered(encoding: Encoding, file: &[u8], reduction: u32, output: Output) -> Vec<u8> {
    let header = header::read(encoding, file).unwrap();
    let (width, height) = (header.width, header.height);
    let recipe = Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width,
            height,
        },
        width: width.div_ceil(reduction),
        height: height.div_ceil(reduction),
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output,
    };
    let budget = Budget {
        pixels: 1 << 24,
        frames: 100,
        output_pixels: 1 << 24,
        deadline: Instant::now() + Duration::from_secs(60),
    };
    render(encoding, file, &recipe, &budget).unwrap()
}

/// Renders through PNG and decodes the result.
fn shown(encoding: Encoding, file: &[u8], reduction: u32) -> DynamicImage {
    image::load_from_memory(&rendered(encoding, file, reduction, Output::Png)).unwrap()
}
