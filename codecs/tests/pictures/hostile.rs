//! Any bytes and any recipe give a picture or a refusal; never a panic, and never a pixel from outside the crop.

use std::io::Cursor;
use std::time::{Duration, Instant};

use dozo_codecs::Encoding;
use dozo_codecs::render::{Budget, Colour, Finish, Output, Recipe, Rect, Turn, render};
use image::{ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;

fn budget() -> Budget {
    Budget {
        pixels: 4_000_000,
        frames: 20,
        output_pixels: 1_000_000,
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        Just(Turn::None),
        Just(Turn::Quarter),
        Just(Turn::Half),
        Just(Turn::ThreeQuarters)
    ]
}

fn output() -> impl Strategy<Value = Output> {
    prop_oneof![
        (0..=101_u8).prop_map(|quality| Output::Jpeg { quality }),
        (0..=101_u8).prop_map(|quality| Output::Webp { quality }),
        (0..=101_u8).prop_map(|quality| Output::Avif { quality }),
        Just(Output::Png),
        Just(Output::Gif),
    ]
}

prop_compose! {
    fn recipe()(
        crop in [0..60_u32, 0..50_u32, 0..60_u32, 0..50_u32],
        size in [0..90_u32, 0..90_u32],
        mirror: bool,
        turn in turn(),
        colour in prop_oneof![Just(Colour::Colour), Just(Colour::Grey), Just(Colour::Bitonal)],
        output in output(),
    ) -> Recipe {
        let [x, y, width, height] = crop;
        Recipe { crop: Rect { x, y, width, height }, width: size[0], height: size[1], mirror, turn, colour, finish: Finish::default(), output }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Blue inside and red outside: no red appears, whatever the size and the turn.
    #[test]
    fn a_crop_never_leaves_the_crop(
        (width, height, x, y, across, down) in (2..200_u32, 2..200_u32).prop_flat_map(|(width, height)| {
            (Just(width), Just(height), 0..width, 0..height).prop_flat_map(|(width, height, x, y)| {
                (Just(width), Just(height), Just(x), Just(y), 1..=width - x, 1..=height - y)
            })
        }),
        size in [1..60_u32, 1..60_u32],
        turn in turn(),
    ) {
        let inside = |px: u32, py: u32| (x..x + across).contains(&px) && (y..y + down).contains(&py);
        let picture = RgbImage::from_fn(width, height, |px, py| {
            if inside(px, py) { Rgb([0, 0, 255]) } else { Rgb([255, 0, 0]) }
        });
        let recipe = Recipe {
            crop: Rect { x, y, width: across, height: down },
            width: size[0],
            height: size[1],
            mirror: true,
            turn,
            colour: Colour::Colour,
            finish: Finish::default(),
            output: Output::Png,
        };
        let file = render(Encoding::Png, &encoded(&picture, ImageFormat::Png), &recipe, &budget()).unwrap();
        let small = image::load_from_memory(&file).unwrap().to_rgb8();
        let swapped = matches!(turn, Turn::Quarter | Turn::ThreeQuarters);
        let sides = if swapped { (size[1], size[0]) } else { (size[0], size[1]) };
        prop_assert_eq!(small.dimensions(), sides);
        prop_assert!(small.pixels().all(|pixel| *pixel == Rgb([0, 0, 255])));
    }

    /// A valid recipe gives a picture of its size; an invalid one is refused; a damaged file does not panic.
    #[test]
    fn no_bytes_and_no_recipe_panic(
        kind in 0..4_usize,
        recipe in recipe(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let (encoding, format) = [
            (Encoding::Jpeg, ImageFormat::Jpeg),
            (Encoding::Png, ImageFormat::Png),
            (Encoding::Webp, ImageFormat::WebP),
            (Encoding::Gif, ImageFormat::Gif),
        ][kind];
        let picture = RgbImage::from_fn(60, 50, |x, y| {
            let noise = (x * 7919 + y * 104_729).to_le_bytes();
            Rgb([noise[0], noise[1], 40])
        });
        let mut file = encoded(&picture, format);
        for (index, value) in &changes {
            let at = index.index(file.len());
            file[at] = *value;
        }
        let rendered = render(encoding, &file, &recipe, &budget());
        if changes.is_empty() {
            let crop = recipe.crop;
            let quality = match recipe.output {
                Output::Jpeg { quality } | Output::Webp { quality } | Output::Avif { quality } => quality,
                Output::Png | Output::Gif => 50,
            };
            let fits = crop.width > 0 && crop.height > 0
                && crop.x + crop.width <= 60 && crop.y + crop.height <= 50
                && recipe.width > 0 && recipe.height > 0 && (1..=100).contains(&quality);
            prop_assert_eq!(rendered.is_ok(), fits);
        }
    }
}

#[test]
fn a_line_has_two_tones_too() {
    let picture = RgbImage::from_fn(40, 40, |x, y| {
        Rgb([x.to_le_bytes()[0] * 6, y.to_le_bytes()[0] * 6, 90])
    });
    let file = encoded(&picture, ImageFormat::Png);
    for (width, height) in [(1, 1), (1, 9), (9, 1)] {
        let recipe = Recipe {
            crop: Rect {
                x: 0,
                y: 0,
                width: 40,
                height: 40,
            },
            width,
            height,
            mirror: false,
            turn: Turn::None,
            colour: Colour::Bitonal,
            finish: Finish::default(),
            output: Output::Png,
        };
        let small = render(Encoding::Png, &file, &recipe, &budget()).unwrap();
        let small = image::load_from_memory(&small).unwrap().to_luma8();
        assert_eq!(small.dimensions(), (width, height));
        assert!(small.iter().all(|grey| [0, 255].contains(grey)));
    }
}
