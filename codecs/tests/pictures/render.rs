//! A recipe gives exactly the picture that it describes.

use std::io::Cursor;
use std::time::{Duration, Instant};

use dozo_codecs::Encoding;
use dozo_codecs::render::{
    Budget, Colour, Finish, Limit, Output, Recipe, Rect, RenderError, Turn, render,
};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

const WIDTH: u32 = 80;
const HEIGHT: u32 = 60;

/// A picture of four quarters in four colours.
fn quarters() -> RgbImage {
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        match (x < WIDTH / 2, y < HEIGHT / 2) {
            (true, true) => Rgb([250, 10, 10]),
            (false, true) => Rgb([10, 250, 10]),
            (true, false) => Rgb([10, 10, 250]),
            (false, false) => Rgb([240, 240, 20]),
        }
    })
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(quarters())
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

fn whole(output: Output) -> Recipe {
    Recipe {
        crop: Rect {
            x: 0,
            y: 0,
            width: WIDTH,
            height: HEIGHT,
        },
        width: WIDTH / 2,
        height: HEIGHT / 2,
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output,
    }
}

fn budget() -> Budget {
    Budget {
        pixels: 100_000_000,
        frames: 100,
        output_pixels: 16_000_000,
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

/// Renders the PNG and decodes the result.
fn rendered(recipe: &Recipe) -> RgbImage {
    let file = render(Encoding::Png, &encoded(ImageFormat::Png), recipe, &budget()).unwrap();
    image::load_from_memory(&file).unwrap().to_rgb8()
}

fn corners(picture: &RgbImage) -> [Rgb<u8>; 4] {
    let (right, bottom) = (picture.width() - 4, picture.height() - 4);
    [(3, 3), (right, 3), (3, bottom), (right, bottom)].map(|(x, y)| *picture.get_pixel(x, y))
}

#[test]
fn every_encoding_goes_in_and_out() {
    let outputs = [
        (Output::Jpeg { quality: 90 }, ImageFormat::Jpeg),
        (Output::Png, ImageFormat::Png),
        (Output::Webp { quality: 90 }, ImageFormat::WebP),
        (Output::Gif, ImageFormat::Gif),
    ];
    for (encoding, format) in [
        (Encoding::Jpeg, ImageFormat::Jpeg),
        (Encoding::Png, ImageFormat::Png),
        (Encoding::Webp, ImageFormat::WebP),
        (Encoding::Gif, ImageFormat::Gif),
    ] {
        for (output, expected) in outputs {
            let file = render(encoding, &encoded(format), &whole(output), &budget()).unwrap();
            assert_eq!(image::guess_format(&file).unwrap(), expected);
            let picture = image::load_from_memory(&file).unwrap().to_rgb8();
            assert_eq!(picture.dimensions(), (40, 30));
            for (got, wanted) in corners(&picture).iter().zip(corners(&quarters())) {
                for channel in 0..3 {
                    assert!(
                        got[channel].abs_diff(wanted[channel]) < 12,
                        "{format:?} to {expected:?}: {got:?}, not {wanted:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_picture_is_mirrored_and_then_turned_clockwise() {
    let [a, b, c, d] = corners(&quarters());
    for (mirror, turn, size, wanted) in [
        (false, Turn::None, (40, 30), [a, b, c, d]),
        (false, Turn::Quarter, (30, 40), [c, a, d, b]),
        (false, Turn::Half, (40, 30), [d, c, b, a]),
        (false, Turn::ThreeQuarters, (30, 40), [b, d, a, c]),
        (true, Turn::None, (40, 30), [b, a, d, c]),
        (true, Turn::Quarter, (30, 40), [d, b, c, a]),
    ] {
        let picture = rendered(&Recipe {
            mirror,
            turn,
            ..whole(Output::Png)
        });
        assert_eq!(picture.dimensions(), size, "{turn:?}");
        assert_eq!(corners(&picture), wanted, "{mirror} {turn:?}");
    }
}

#[test]
fn a_crop_is_the_part_it_names() {
    let picture = rendered(&Recipe {
        crop: Rect {
            x: WIDTH / 2,
            y: HEIGHT / 2,
            width: WIDTH / 2,
            height: HEIGHT / 2,
        },
        ..whole(Output::Png)
    });
    assert!(picture.pixels().all(|pixel| *pixel == Rgb([240, 240, 20])));
}

#[test]
fn grey_has_no_colour_and_bitonal_no_grey() {
    let grey = rendered(&Recipe {
        colour: Colour::Grey,
        ..whole(Output::Png)
    });
    assert!(grey.pixels().all(|p| p[0] == p[1] && p[1] == p[2]));
    let bitonal = rendered(&Recipe {
        colour: Colour::Bitonal,
        ..whole(Output::Png)
    });
    assert!(
        bitonal
            .pixels()
            .all(|p| *p == Rgb([0; 3]) || *p == Rgb([255; 3]))
    );
}

#[test]
fn what_leaves_the_picture_or_the_budget_is_refused() {
    let file = encoded(ImageFormat::Jpeg);
    let refused = |recipe: Recipe, budget: Budget| {
        render(Encoding::Jpeg, &file, &recipe, &budget).unwrap_err()
    };
    let good = whole(Output::Png);
    for crop in [
        (0, 0, 0, 1),
        (0, 0, WIDTH + 1, 1),
        (1, 0, WIDTH, 1),
        (u32::MAX, 0, 2, 2),
    ] {
        let (x, y, width, height) = crop;
        let crop = Rect {
            x,
            y,
            width,
            height,
        };
        assert!(matches!(
            refused(
                Recipe {
                    crop,
                    ..good.clone()
                },
                budget()
            ),
            RenderError::Recipe(_)
        ));
    }
    for (width, height) in [(0, 1), (1, 0), (16_384, 1)] {
        let recipe = Recipe {
            width,
            height,
            ..good.clone()
        };
        assert!(matches!(refused(recipe, budget()), RenderError::Recipe(_)));
    }
    for quality in [0, 101] {
        let recipe = whole(Output::Jpeg { quality });
        assert!(matches!(refused(recipe, budget()), RenderError::Recipe(_)));
    }
    for (spent, limit) in [
        (
            Budget {
                pixels: u64::from(WIDTH * HEIGHT) - 1,
                ..budget()
            },
            Limit::Pixels,
        ),
        (
            Budget {
                output_pixels: 1199,
                ..budget()
            },
            Limit::OutputPixels,
        ),
        (
            Budget {
                deadline: Instant::now(),
                ..budget()
            },
            Limit::Time,
        ),
    ] {
        assert!(
            matches!(refused(good.clone(), spent), RenderError::OverBudget(met) if met == limit),
            "{limit:?}"
        );
    }
}
