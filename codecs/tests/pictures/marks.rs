//! A mark that is drawn over a picture.

use std::time::{Duration, Instant};

use dozo_codecs::Encoding;
use dozo_codecs::render::{
    Budget, Colour, Finish, Mark, Output, PlacedMark, Recipe, Rect, RenderError, Turn, render,
};
use image::{DynamicImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage, imageops};

fn budget() -> Budget {
    Budget {
        pixels: 1_000_000,
        frames: 10,
        output_pixels: 1_000_000,
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn recipe((width, height): (u32, u32), mark: Option<PlacedMark>, output: Output) -> Recipe {
    Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width,
            height,
        },
        width,
        height,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish {
            mark,
            ..Finish::default()
        },
        output,
    }
}

/// A logo whose alpha goes from nothing at the left to all at the right.
fn logo() -> RgbaImage {
    RgbaImage::from_fn(16, 8, |x, y| {
        let alpha = u8::try_from(x * 17).unwrap();
        Rgba([250, u8::try_from(y * 30).unwrap(), 10, alpha])
    })
}

fn placed(x: u32, y: u32, opacity: u8) -> PlacedMark {
    let logo = file(logo(), ImageFormat::Png);
    let mark = Mark::read(Encoding::Png, &logo, (16, 8), &budget()).unwrap();
    PlacedMark {
        mark,
        x,
        y,
        opacity,
    }
}

fn marked(picture: impl Into<DynamicImage>, mark: PlacedMark) -> Result<RgbaImage, RenderError> {
    let picture = picture.into();
    let size = (picture.width(), picture.height());
    let source = file(picture, ImageFormat::Png);
    let recipe = recipe(size, Some(mark), Output::Png);
    let answer = render(Encoding::Png, &source, &recipe, &budget())?;
    Ok(image::load_from_memory(&answer).unwrap().to_rgba8())
}

/// Asserts that the mark is drawn as the crate `image` draws it, which rounds in another place.
#[track_caller]
fn assert_as_the_referee(picture: impl Into<DynamicImage>, opacity: u8) {
    let picture = picture.into();
    let mut expected = picture.to_rgba8();
    let mut faint = logo();
    for pixel in faint.pixels_mut() {
        let alpha = f32::from(pixel.0[3]) * f32::from(opacity) / 100.0;
        pixel.0[3] = alpha.round() as u8;
    }
    imageops::overlay(&mut expected, &faint, 20, 9);
    let found = marked(picture, placed(20, 9, opacity)).unwrap();
    for ((x, y, found), (_, _, expected)) in
        found.enumerate_pixels().zip(expected.enumerate_pixels())
    {
        // What little shows tells little of its colour.
        let shown = |pixel: &Rgba<u8>| {
            let [red, green, blue, alpha] = pixel.0.map(i32::from);
            [red * alpha, green * alpha, blue * alpha, 255 * alpha]
        };
        let pairs = shown(found).into_iter().zip(shown(expected));
        let is_near = pairs.map(|(a, b)| (a - b).abs()).max() <= Some(2 * 255);
        assert!(is_near, "at {x}, {y}: {found:?}, expected {expected:?}");
    }
    assert_ne!(found.get_pixel(35, 12), &Rgba([0; 4]), "something is drawn");
}

#[test]
fn it_is_drawn_over_every_kind_of_picture() {
    for opacity in [1, 40, 100] {
        assert_as_the_referee(RgbImage::from_pixel(40, 20, Rgb([10, 200, 90])), opacity);
        assert_as_the_referee(image::GrayImage::from_pixel(40, 20, Luma([77])), opacity);
        for alpha in [0, 100, 255] {
            let pixel = Rgba([10, 200, 90, alpha]);
            assert_as_the_referee(RgbaImage::from_pixel(40, 20, pixel), opacity);
        }
    }
}

#[test]
fn it_touches_nothing_beside_it() {
    let plain = RgbImage::from_fn(40, 20, |x, y| {
        Rgb([u8::try_from(x).unwrap(), u8::try_from(y).unwrap(), 5])
    });
    let found = marked(plain.clone(), placed(24, 12, 100)).unwrap();
    for (x, y, Rgb([red, green, blue])) in plain.enumerate_pixels() {
        let same = found.get_pixel(x, y) == &Rgba([*red, *green, *blue, 255]);
        let is_transparent = x == 24;
        assert_eq!(same, x < 24 || y < 12 || is_transparent, "at {x}, {y}");
    }
}

#[test]
fn it_is_read_in_any_size_from_any_encoding() {
    let red = RgbImage::from_pixel(64, 32, Rgb([200, 0, 0]));
    for (encoding, format) in [
        (Encoding::Png, ImageFormat::Png),
        (Encoding::Jpeg, ImageFormat::Jpeg),
        (Encoding::Gif, ImageFormat::Gif),
        (Encoding::Webp, ImageFormat::WebP),
    ] {
        for size in [(8, 4), (100, 50)] {
            let logo = file(red.clone(), format);
            let mark = Mark::read(encoding, &logo, size, &budget()).unwrap();
            let placed = PlacedMark {
                mark,
                x: 0,
                y: 0,
                opacity: 100,
            };
            let found = marked(RgbImage::new(100, 50), placed).unwrap();
            let is_red = |pixel: &&Rgba<u8>| pixel.0[0] > 190 && pixel.0[1] < 10;
            let count = u32::try_from(found.pixels().filter(is_red).count()).unwrap();
            assert_eq!(count, size.0 * size.1, "{encoding:?}");
        }
    }
}

#[test]
fn every_frame_of_an_animation_has_it() {
    use image::codecs::gif::GifEncoder;
    let mut source = Vec::new();
    let frames = [0_u8, 90].map(|grey| {
        image::Frame::from_parts(
            RgbaImage::from_pixel(40, 20, Rgba([grey, grey, grey, 255])),
            0,
            0,
            image::Delay::from_numer_denom_ms(100, 1),
        )
    });
    GifEncoder::new(&mut source).encode_frames(frames).unwrap();
    let recipe = recipe((40, 20), Some(placed(24, 12, 100)), Output::Gif);
    let answer = render(Encoding::Gif, &source, &recipe, &budget()).unwrap();
    let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(answer)).unwrap();
    let frames = image::AnimationDecoder::into_frames(decoder);
    let frames = frames.collect_frames().unwrap();
    assert_eq!(frames.len(), 2);
    for frame in frames {
        let Rgba([red, ..]) = *frame.buffer().get_pixel(39, 15);
        assert!(red > 200, "{red}");
    }
}

#[test]
fn one_that_does_not_fit_or_is_no_picture_is_refused() {
    for (x, y) in [(25, 0), (0, 13), (u32::MAX, 0), (0, u32::MAX)] {
        let answer = marked(RgbImage::new(40, 20), placed(x, y, 100));
        assert!(matches!(answer, Err(RenderError::Recipe(_))), "{answer:?}");
    }
    for size in [(0, 4), (4, 0), (20_000, 1)] {
        let logo = file(logo(), ImageFormat::Png);
        let mark = Mark::read(Encoding::Png, &logo, size, &budget());
        assert!(matches!(mark, Err(RenderError::Recipe(_))), "{mark:?}");
    }
    let damaged = Mark::read(Encoding::Png, b"no picture", (4, 4), &budget());
    assert!(
        matches!(damaged, Err(RenderError::Damage(_))),
        "{damaged:?}"
    );
}
