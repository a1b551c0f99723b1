//! Draws pages as pictures, and measures them.

use std::io::Cursor;

use dozo::stages::split::engine::Wanted;
use dozo::vocabulary::page::PageFormat;
use dozo_tests::pdfs::{Writer, engine};
use image::{DynamicImage, RgbImage};

/// Draws all pages of a file, each with this many pixels on its long side.
pub(crate) fn drawn(file: Vec<u8>, size: u32) -> Vec<DynamicImage> {
    let wanted = Wanted {
        format: PageFormat::Jpeg,
        size,
    };
    let mut pages = Vec::new();
    let opened = engine().open(Box::new(Cursor::new(file)), &mut |document| {
        let indices: Vec<u32> = (0..document.about().pages).collect();
        document.make(&mut indices.iter().copied(), wanted, &mut |_, made| {
            pages.push(image::load_from_memory(&made.unwrap().image).unwrap());
            true
        });
    });
    opened.unwrap();
    pages
}

/// Draws the pages of a file in `tests/cases/pdf` with three pixels a point.
pub(crate) fn of_case(name: &str) -> Vec<DynamicImage> {
    let path = format!("{}/cases/pdf/{name}.pdf", env!("CARGO_MANIFEST_DIR"));
    drawn(std::fs::read(path).unwrap(), 900)
}

/// Writes a file of one page of 300 × 200 points; `resources` may refer to objects of `writer`.
pub(crate) fn page(mut writer: Writer, resources: &str, content: &str) -> Vec<u8> {
    let content = writer.stream("", content.as_bytes());
    let tree = writer.add("");
    let page = writer.add(format!(
        "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 300 200] /Contents {content} 0 R /Resources << {resources} >> >>"
    ));
    writer.set(
        tree,
        format!("<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>"),
    );
    let root = writer.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    writer.finish(root)
}

pub(crate) fn is_grey(picture: &DynamicImage) -> bool {
    matches!(picture, DynamicImage::ImageLuma8(_))
}

/// Returns the mean of each colour within a part given as shares of the width and the height.
pub(crate) fn mean(picture: &DynamicImage, across: (f64, f64), down: (f64, f64)) -> [f64; 3] {
    let picture: RgbImage = picture.to_rgb8();
    let place = |share: f64, side: u32| (share * f64::from(side)) as u32;
    let columns = place(across.0, picture.width())..place(across.1, picture.width());
    let (mut sums, mut count) = ([0.0; 3], 0.0);
    for y in place(down.0, picture.height())..place(down.1, picture.height()) {
        for x in columns.clone() {
            let pixel = picture.get_pixel(x, y);
            sums = std::array::from_fn(|colour| sums[colour] + f64::from(pixel.0[colour]));
            count += 1.0;
        }
    }
    sums.map(|sum| sum / count)
}

/// Returns the mean of each colour of the whole picture.
pub(crate) fn mean_of(picture: &DynamicImage) -> [f64; 3] {
    mean(picture, (0.0, 1.0), (0.0, 1.0))
}
