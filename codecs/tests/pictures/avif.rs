//! Tests AVIF with libavif's decoder.

#![allow(unsafe_code, reason = "libavif is a C library")]

use std::io::Cursor;
use std::time::{Duration, Instant};

use dozo_codecs::Encoding;
use dozo_codecs::render::{Budget, Colour, Finish, Output, Recipe, Rect, Turn, render};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use libavif_sys::{
    AVIF_RESULT_OK, avifDecoderCreate, avifDecoderDestroy, avifDecoderReadMemory,
    avifImageCreateEmpty, avifImageDestroy, avifImageYUVToRGB, avifRGBImage,
    avifRGBImageSetDefaults,
};

fn decoded(file: &[u8]) -> RgbaImage {
    let mut rgb = std::mem::MaybeUninit::<avifRGBImage>::zeroed();
    // SAFETY: libavif reads the given bytes, and writes into pixels of the size that it reported.
    unsafe {
        let (decoder, image) = (avifDecoderCreate(), avifImageCreateEmpty());
        assert_eq!(
            avifDecoderReadMemory(decoder, image, file.as_ptr(), file.len()),
            AVIF_RESULT_OK
        );
        let (width, height) = ((*image).width, (*image).height);
        avifRGBImageSetDefaults(rgb.as_mut_ptr(), image);
        let mut rgb = rgb.assume_init();
        let mut pixels = vec![0; (width * height * 4).try_into().unwrap()];
        rgb.pixels = pixels.as_mut_ptr();
        rgb.rowBytes = width * 4;
        rgb.depth = 8;
        assert_eq!(avifImageYUVToRGB(image, &raw mut rgb), AVIF_RESULT_OK);
        avifImageDestroy(image);
        avifDecoderDestroy(decoder);
        RgbaImage::from_raw(width, height, pixels).unwrap()
    }
}

fn rendered(
    picture: &DynamicImage,
    width: u32,
    height: u32,
    colour: Colour,
    quality: u8,
) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    let recipe = Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width: picture.width(),
            height: picture.height(),
        },
        width,
        height,
        mirror: false,
        turn: Turn::None,
        colour,
        finish: Finish::default(),
        output: Output::Avif { quality },
    };
    let budget = Budget {
        pixels: 1 << 20,
        frames: 1,
        output_pixels: 1 << 20,
        deadline: Instant::now() + Duration::from_secs(60),
    };
    render(Encoding::Png, &file.into_inner(), &recipe, &budget).unwrap()
}

/// Gradients of colour, optionally transparent towards the left.
fn slopes(width: u32, height: u32, is_opaque: bool) -> DynamicImage {
    let low = |value: u32| u8::try_from(value.min(255)).unwrap();
    RgbaImage::from_fn(width, height, |x, y| {
        let alpha = if is_opaque { 255 } else { low(x * 510 / width) };
        Rgba([
            low(x * 255 / width),
            low(y * 255 / height),
            low((x + y) * 255 / (width + height)),
            alpha,
        ])
    })
    .into()
}

/// The PSNR in decibels of these channels, where the picture is not transparent.
fn psnr(one: &RgbaImage, other: &RgbaImage, channels: &[usize]) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let (mut squares, mut count) = (0.0, 0.0);
    for (a, b) in one.pixels().zip(other.pixels()).filter(|(a, _)| a[3] > 128) {
        for channel in channels {
            squares += f64::from(a[*channel].abs_diff(b[*channel])).powi(2);
            count += 1.0;
        }
    }
    10.0 * (255.0_f64.powi(2) / (squares / f64::max(count, 1.0)).max(1e-3)).log10()
}

#[test]
fn colours_and_coverage_come_back() {
    for is_opaque in [true, false] {
        let picture = slopes(241, 187, is_opaque);
        let back = decoded(&rendered(&picture, 241, 187, Colour::Colour, 70));
        let colours = psnr(&picture.to_rgba8(), &back, &[0, 1, 2]);
        let coverage = psnr(&picture.to_rgba8(), &back, &[3]);
        assert!(
            colours > 38.0 && coverage > 38.0,
            "{colours:.1} dB, alpha {coverage:.1} dB"
        );
    }
}

#[test]
fn shades_of_grey_stay_grey() {
    let picture = slopes(240, 180, true);
    let back = decoded(&rendered(&picture, 240, 180, Colour::Grey, 70));
    assert!(
        back.pixels()
            .all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2])
    );
    let grey = DynamicImage::from(picture.to_luma8()).to_rgba8();
    let decibels = psnr(&grey, &back, &[0]);
    assert!(decibels > 38.0, "{decibels:.1} dB");
}

#[test]
fn the_smallest_and_the_oddest_sizes_are_made() {
    for (width, height) in [(1, 1), (1, 200), (200, 1), (7, 3), (65, 63)] {
        let back = decoded(&rendered(
            &slopes(200, 200, true),
            width,
            height,
            Colour::Colour,
            50,
        ));
        assert_eq!(back.dimensions(), (width, height));
    }
}

#[test]
fn a_better_quality_is_a_larger_and_nearer_file() {
    let noise = |x: u32, y: u32| u8::try_from((x * 7_919 + y * 104_729) % 97).unwrap();
    let picture = RgbaImage::from_fn(160, 120, |x, y| Rgba([noise(x, y), noise(y, x), 90, 255]));
    let picture = DynamicImage::from(picture);
    let made = [1, 30, 60, 90, 100].map(|quality| {
        let file = rendered(&picture, 160, 120, Colour::Colour, quality);
        (
            file.len(),
            psnr(&picture.to_rgba8(), &decoded(&file), &[0, 1, 2]),
        )
    });
    assert!(
        made.is_sorted_by(|(size, near), (larger, nearer)| size < larger && near < nearer),
        "{made:?}"
    );
}
