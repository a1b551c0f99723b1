//! Tests that every accepted picture can be rendered, with six thousand damaged files.

use std::time::{Duration, Instant};

use bytes::Bytes;
use dozo::stages::settle::rules;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::kind::Format;
use dozo_codecs::Encoding;
use dozo_codecs::header::{self, Header};
use dozo_codecs::render::{
    Budget, Colour, Finish, Output, Recipe, Rect, Turn, render, render_beginning,
};
use dozo_tests::mutated::mutated;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Small limits, so that a mutation of a side's length costs nothing.
const LIMITS: Limits = Limits {
    image_pixels: 1 << 18,
    image_frames: 50,
    ..Limits::STANDARD
};

const WEBP: Output = Output::Webp { quality: 50 };
const JPEG: Output = Output::Jpeg { quality: 50 };

/// Returns pictures of each encoding and of all kinds: `fuzz/seeds/images` and the intact files of
/// `tests/cases/images`.
fn pictures() -> Vec<(Encoding, Format, Vec<u8>)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut files: Vec<_> = ["fuzz/seeds/images", "tests/cases/images"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(format!("{root}/{folder}")).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let all = files.iter().filter_map(|path| {
        let (encoding, format) = match path.extension()?.to_str()? {
            "jpg" => (Encoding::Jpeg, Format::Jpeg),
            "png" => (Encoding::Png, Format::Png),
            "webp" => (Encoding::Webp, Format::Webp),
            "gif" => (Encoding::Gif, Format::Gif),
            "avif" => (Encoding::Avif, Format::Avif),
            _ => return None,
        };
        Some((encoding, format, std::fs::read(path).unwrap()))
    });
    all.filter(|(_, format, file)| accept(*format, file).is_some())
        .collect()
}

/// Returns the delivered form of a file, if it is accepted.
fn accept(format: Format, file: &[u8]) -> Option<Bytes> {
    let file = Bytes::copy_from_slice(file);
    let judged = rules::examine(format, file, &LIMITS, false, true);
    judged.ok().map(|(_, delivered)| delivered.original)
}

/// Recomputes a PNG's checksums after a mutation, since otherwise they alone would decide about the file.
fn with_sums(mut png: Vec<u8>) -> Vec<u8> {
    let mut at = 8;
    while let Some(length) = png.get(at..).and_then(|rest| rest.first_chunk()) {
        let end = at + 8 + usize::try_from(u32::from_be_bytes(*length)).unwrap();
        let Some(named) = png.get(at + 4..end) else {
            break;
        };
        let sum = crc32fast::hash(named).to_be_bytes();
        if let Some(place) = png.get_mut(end..end + 4) {
            place.copy_from_slice(&sum);
        }
        at = end + 4;
    }
    png
}

/// Returns recipes for every way through the decoders: full size, a half, a quarter and an eighth of it, only the
/// means, in part, moving and still.
fn recipes(header: &Header) -> Vec<Recipe> {
    let (width, height) = (header.width, header.height);
    let whole = Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    let part = Rect {
        x: width / 3,
        y: height / 3,
        width: width - width / 3 - width / 5,
        height: height - height / 3 - height / 5,
    };
    let of = |crop: Rect, reduction: u32, output: Output| Recipe {
        crop,
        width: crop.width.div_ceil(reduction).min(2_000),
        height: crop.height.div_ceil(reduction).min(2_000),
        mirror: false,
        turn: Turn::None,
        colour: Colour::Colour,
        finish: Finish::default(),
        output,
    };
    vec![
        of(whole, 1, Output::Png),
        of(whole, 3, JPEG),
        of(whole, 6, JPEG),
        of(whole, 9, JPEG),
        of(whole, 30, Output::Gif),
        of(whole, 2, WEBP),
        of(part, 1, JPEG),
        of(part, 2, WEBP),
        of(part, 9, Output::Png),
    ]
}

fn budget() -> Budget {
    Budget {
        pixels: LIMITS.image_pixels,
        frames: LIMITS.image_frames,
        output_pixels: 1 << 26,
        deadline: Instant::now() + Duration::from_secs(600),
    }
}

fn render_all(encoding: Encoding, delivered: &[u8], name: &str) {
    let header = header::read(encoding, delivered).unwrap();
    for recipe in recipes(&header) {
        let rendered = render(encoding, delivered, &recipe, &budget());
        assert!(
            rendered.is_ok(),
            "{name} was accepted: {rendered:?}, {recipe:?}"
        );
        if encoding == Encoding::Jpeg && recipe.is_coarse() {
            // With so few bytes it may ask for more, but must not fail otherwise.
            for part in 1..4 {
                let beginning = &delivered[..delivered.len() * part / 4];
                let _shown = render_beginning(beginning, &recipe, &budget());
            }
        }
    }
}

#[test]
fn six_thousand_mutated_pictures_are_rendered_where_they_are_accepted() {
    let pictures = pictures();
    for (encoding, format, good) in &pictures {
        let delivered = accept(*format, good).unwrap();
        render_all(*encoding, &delivered, "a good one");
    }
    let mut rng = StdRng::seed_from_u64(2_026);
    let mut accepted = [0; 5];
    for number in 0..6_000 {
        let (encoding, format, good) = &pictures[number % pictures.len()];
        let mut file = mutated(good, &mut rng);
        if *encoding == Encoding::Png && rng.random_range(0..8) > 0 {
            file = with_sums(file);
        }
        if let Some(delivered) = accept(*format, &file) {
            let place = match encoding {
                Encoding::Jpeg => 0,
                Encoding::Png => 1,
                Encoding::Webp => 2,
                Encoding::Gif => 3,
                Encoding::Avif | Encoding::Svg => 4,
            };
            accepted[place] += 1;
            render_all(*encoding, &delivered, &format!("{number} ({encoding:?})"));
        }
    }
    assert!(
        accepted.iter().all(|count| *count > 50),
        "JPEG, PNG, WebP, GIF, AVIF: {accepted:?}"
    );
}
