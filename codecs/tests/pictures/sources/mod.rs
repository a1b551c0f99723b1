//! Whatever a picture is stored as, it comes out upright, in sRGB, in its own colours; or with a clear refusal.

mod animations;
mod gamuts;
mod jpegs;
mod pngs;

use std::time::{Duration, Instant};

use dozo_codecs::render::{Budget, Colour, Finish, Output, Recipe, Rect, Turn, render};
use dozo_codecs::{Encoding, header};
use image::metadata::Orientation;
use image::{DynamicImage, Rgb, RgbImage};
use mozjpeg::{ColorSpace, Compress};

fn budget() -> Budget {
    Budget {
        pixels: 100_000_000,
        frames: 100,
        output_pixels: 16_000_000,
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

/// The whole picture, at a size.
fn whole(encoding: Encoding, file: &[u8], width: u32, height: u32, output: Output) -> Recipe {
    let header = header::read(encoding, file).unwrap();
    Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width: header.width,
            height: header.height,
        },
        width,
        height,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output,
    }
}

/// As it is, by way of PNG.
fn shown(encoding: Encoding, file: &[u8]) -> DynamicImage {
    let header = header::read(encoding, file).unwrap();
    let recipe = whole(encoding, file, header.width, header.height, Output::Png);
    let png = render(encoding, file, &recipe, &budget()).unwrap();
    image::load_from_memory(&png).unwrap()
}

fn assert_near(got: [u8; 3], wanted: [u8; 3], limit: u8, what: &str) {
    for channel in 0..3 {
        assert!(
            got[channel].abs_diff(wanted[channel]) <= limit,
            "{what}: {got:?}, not {wanted:?}"
        );
    }
}

fn png_file(
    width: u32,
    height: u32,
    color: png::ColorType,
    depth: png::BitDepth,
    data: &[u8],
    more: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    more(&mut encoder);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    file
}

/// One colour, in libjpeg's own words.
fn jpeg_file(space: ColorSpace, pixel: &[u8], more: impl FnOnce(&mut Compress)) -> Vec<u8> {
    let mut encoder = Compress::new(space);
    encoder.set_fastest_defaults();
    encoder.set_size(64, 48);
    encoder.set_quality(100.0);
    more(&mut encoder);
    let mut started = encoder.start_compress(Vec::new()).unwrap();
    started.write_scanlines(&pixel.repeat(64 * 48)).unwrap();
    started.finish().unwrap()
}

#[test]
fn all_orientations_come_out_upright() {
    let stored = RgbImage::from_fn(12, 8, |x, y| {
        Rgb([x, y, x * y].map(|value| u8::try_from(value * 2).unwrap()))
    });
    for orientation in 1..=8 {
        let tiff = [
            b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
            &[orientation, 0, 0, 0, 0, 0, 0],
        ]
        .concat();
        let mut file = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
        image::ImageEncoder::set_exif_metadata(&mut encoder, tiff).unwrap();
        stored.write_with_encoder(encoder).unwrap();
        let mut upright = DynamicImage::from(stored.clone());
        upright.apply_orientation(Orientation::from_exif(orientation).unwrap());
        assert_eq!(
            shown(Encoding::Png, &file).to_rgb8(),
            upright.to_rgb8(),
            "orientation {orientation}"
        );
        // A part of it, turned once more.
        let recipe = Recipe {
            crop: Rect {
                x: 1,
                y: 2,
                width: 5,
                height: 4,
            },
            width: 5,
            height: 4,
            mirror: true,
            turn: Turn::Quarter,
            ..whole(Encoding::Png, &file, 5, 4, Output::Png)
        };
        let part = render(Encoding::Png, &file, &recipe, &budget()).unwrap();
        assert_eq!(
            image::load_from_memory(&part).unwrap().to_rgb8(),
            upright.crop_imm(1, 2, 5, 4).fliph().rotate90().to_rgb8(),
            "a part of orientation {orientation}"
        );
    }
}
