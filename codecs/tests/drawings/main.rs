//! Tests drawings: what is written of SVG files and how it is drawn, compared with what librsvg draws; and that nothing
//! else of a file is left, whatever is in it.
//!
//! `cases` has the files, and beside each a PNG with its pixels; `make_cases.py` made them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test stops at the first surprise"
)]

mod bombs;
mod embedded;
mod hostile;
mod mutated;
mod shown;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use dozo_codecs::convert::ConvertError;
use dozo_codecs::render::{
    Budget, Colour, Finish, Output, Recipe, Rect, RenderError, Turn, render,
};
use dozo_codecs::svg::{self, Fonts};
use dozo_codecs::{Encoding, header};
use image::RgbaImage;

/// Returns the drawing, with the namespaces that there are.
fn drawing(inside: &str) -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='100' height='100'>{inside}</svg>"
    )
}

/// Writes a drawing anew, without any font.
fn written(drawing: &str) -> Result<String, ConvertError> {
    let written = svg::rewrite(drawing.as_bytes(), &Fonts::default())?;
    Ok(String::from_utf8(written).unwrap())
}

/// Draws a part of a drawing that was written, at a size.
fn drawn(written: &str, part: Rect, (width, height): (u32, u32)) -> Result<RgbaImage, RenderError> {
    let recipe = Recipe {
        crop: part,
        width,
        height,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output: Output::Png,
    };
    let budget = Budget {
        pixels: 1 << 25,
        frames: 1,
        output_pixels: 1 << 25,
        deadline: Instant::now() + Duration::from_secs(600),
    };
    let png = render(Encoding::Svg, written.as_bytes(), &recipe, &budget)?;
    Ok(image::load_from_memory(&png).unwrap().into_rgba8())
}

/// Draws all of a drawing at this size.
fn whole(written: &str, size: (u32, u32)) -> RgbaImage {
    let header = header::read(Encoding::Svg, written.as_bytes()).unwrap();
    let all = Rect {
        x: 0,
        y: 0,
        width: header.width,
        height: header.height,
    };
    drawn(written, all, size).unwrap()
}

/// Returns the fonts that ship, which `make build` fetches.
fn fonts() -> Fonts {
    let place = format!("../.local/pdfium/{}/fonts", std::env::consts::ARCH);
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(place);
    assert!(directory.is_dir(), "make build fetches {directory:?}");
    Fonts::new(Some(directory))
}
