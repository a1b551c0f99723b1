//! Writes pages of a document as JPEG files with the engine of split-pdf. `make bench-pdf` compares it with other
//! programs.
//!
//! `pages FOLDER-OF-PDFIUM DOCUMENT OUTPUT-FOLDER DPI [FIRST LAST]`

#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use dozo_codecs::render::Output;
use dozo_pdf::{Canvas, Document, Library};

/// The JPEG quality that split-pdf uses.
const QUALITY: u8 = 85;

const POINTS_AN_INCH: f32 = 72.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, document, output, dpi, range @ ..] = arguments.as_slice() else {
        return Err("pages FOLDER-OF-PDFIUM DOCUMENT OUTPUT-FOLDER DPI [FIRST LAST]".into());
    };
    let library = Library::load(Path::new(folder))?;
    let dpi: f32 = dpi.parse()?;
    let output = PathBuf::from(output);
    let file = File::open(document)?;
    library.open(file, |document| -> Result<(), Box<dyn Error>> {
        let (first, last) = match range {
            [first, last] => (first.parse()?, last.parse()?),
            _ => (1, document.pages()),
        };
        pages(document, &output, dpi, first..=last)
    })?
}

fn pages(
    document: &Document<'_>,
    output: &Path,
    dpi: f32,
    numbers: std::ops::RangeInclusive<u32>,
) -> Result<(), Box<dyn Error>> {
    let mut canvas = Canvas::default();
    for number in numbers {
        let page = document.page(number - 1)?;
        let (width, height) = page.points();
        page.draw(
            &mut canvas,
            pixels(width.max(height) * dpi / POINTS_AN_INCH),
        )?;
        let file = canvas.raster().encode(Output::Jpeg { quality: QUALITY })?;
        fs::write(output.join(format!("{number:04}.jpg")), file)?;
    }
    Ok(())
}

#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a page's side in pixels"
)]
fn pixels(side: f32) -> u32 {
    side.round().clamp(1.0, 20_000.0) as u32
}
