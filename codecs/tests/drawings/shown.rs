//! Tests that a drawing is shown as librsvg shows it, at any size.

use dozo_codecs::render::{Placeholder, Rect};
use dozo_codecs::svg;
use dozo_codecs::{Encoding, decode, header, strip};

use super::{RgbaImage, drawing, drawn, fonts, whole, written};

fn case(name: &str) -> (Vec<u8>, RgbaImage) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drawings/cases/");
    let file = std::fs::read(format!("{path}{name}.svg")).unwrap();
    let shown = std::fs::read(format!("{path}{name}.png")).unwrap();
    (file, image::load_from_memory(&shown).unwrap().into_rgba8())
}

/// Returns the mean difference of the channels, on a white ground.
fn distance(one: &RgbaImage, other: &RgbaImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let on_white = |pixel: &image::Rgba<u8>, channel: usize| {
        let alpha = f64::from(pixel.0[3]) / 255.0;
        f64::from(pixel.0[channel]) * alpha + 255.0 * (1.0 - alpha)
    };
    let differences = one.pixels().zip(other.pixels()).flat_map(|(a, b)| {
        (0..3).map(move |channel| (on_white(a, channel) - on_white(b, channel)).abs())
    });
    differences.sum::<f64>() / (3.0 * f64::from(one.width() * one.height()))
}

#[test]
fn drawings_are_shown_as_librsvg_shows_them() {
    for name in [
        "blended",
        "clips",
        "entities",
        "filters",
        "gradients",
        "names",
        "patterns",
        "pictures",
        "shapes",
        "styles",
        "text",
        "uses",
        "viewport",
    ] {
        let (file, shown) = case(name);
        let written =
            svg::rewrite(&file, &fonts()).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(written, svg::rewrite(&file, &fonts()).unwrap(), "{name}");
        let text = String::from_utf8(written).unwrap();
        assert_eq!(
            svg::size(text.as_bytes()).unwrap(),
            shown.dimensions(),
            "{name}"
        );
        let found = whole(&text, shown.dimensions());
        let distance = distance(&found, &shown);
        // Smoothed edges differ, and letters are hinted or not.
        let most = if ["patterns", "text"].contains(&name) {
            3.0
        } else {
            1.5
        };
        assert!(distance < most, "{name}: {distance}");
        assert!(distance_to_nothing(&shown) > 4.0, "{name} shows something");
        // What was written is kept by what comes after.
        assert_eq!(
            strip::metadata(Encoding::Svg, text.as_bytes()).unwrap(),
            text.as_bytes()
        );
    }
}

fn distance_to_nothing(shown: &RgbaImage) -> f64 {
    distance(shown, &RgbaImage::new(shown.width(), shown.height()))
}

#[test]
fn a_small_drawing_is_sharp_at_a_large_size() {
    let text = written("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 12' width='24' height='12'><rect x='6' width='6' height='12'/></svg>").unwrap();
    assert_eq!(svg::size(text.as_bytes()).unwrap(), (24, 12));
    let header = header::read(Encoding::Svg, text.as_bytes()).unwrap();
    assert_eq!((header.width, header.height), (4_096, 2_048));
    let large = whole(&text, (1_200, 600));
    let alphas = [299, 300, 599, 600].map(|x| large.get_pixel(x, 300).0[3]);
    assert_eq!(alphas, [0, 255, 255, 0]);
    // A part of it: the right half of the rectangle and as much beside it.
    let part = Rect {
        x: 1_536,
        y: 0,
        width: 1_024,
        height: 1_024,
    };
    let part = drawn(&text, part, (100, 100)).unwrap();
    let alphas = [0, 49, 50, 99].map(|x| part.get_pixel(x, 50).0[3]);
    assert_eq!(alphas, [255, 255, 0, 0]);
}

#[test]
fn sizes_are_those_of_the_viewport() {
    for (attributes, wanted) in [
        ("width='40' height='30'", (40, 30)),
        ("width='1in' height='72pt'", (96, 96)),
        ("viewBox='0 0 640 480'", (640, 480)),
        ("viewBox='5 5 640 480' width='64'", (64, 48)),
        ("viewBox='0 0 10 10' width='100%' height='100%'", (10, 10)),
        ("width='100000' height='50000'", (4_096, 2_048)),
        ("width='0.2' height='0.2'", (1, 1)),
        // As large as what is drawn.
        ("", (50, 20)),
    ] {
        let text = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' {attributes}><rect width='50' height='20'/></svg>"
        );
        let text = written(&text).unwrap();
        assert_eq!(svg::size(text.as_bytes()).unwrap(), wanted, "{attributes}");
    }
}

#[test]
fn a_drawing_has_a_placeholder() {
    let text = written(&drawing("<rect width='100' height='100' fill='#f00'/>")).unwrap();
    let header = header::read(Encoding::Svg, text.as_bytes()).unwrap();
    let reduced = decode::reduced(Encoding::Svg, text.as_bytes(), &header, None).unwrap();
    let Placeholder { colour, thumbhash } = reduced.unwrap().placeholder().unwrap();
    assert!(
        colour[0] > 240 && colour[1] < 10 && colour[2] < 10,
        "{colour:?}"
    );
    assert!(!thumbhash.is_empty());
}

#[test]
fn without_fonts_a_drawing_with_text_is_refused() {
    let text = drawing("<text y='20'>a</text>");
    assert!(written(&text).is_err());
    let with = svg::rewrite(text.as_bytes(), &fonts()).unwrap();
    let with = String::from_utf8(with).unwrap();
    assert!(with.contains("<path ") && !with.contains("<text"), "{with}");
}
