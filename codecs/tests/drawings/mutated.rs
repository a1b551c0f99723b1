//! Tests harmed drawings: each is refused, or what is written of it is allowed and can be drawn.

use dozo_codecs::svg::{self, Fonts};
use dozo_codecs::{Encoding, strip};

/// The files that are harmed.
const FILES: [&str; 5] = ["clips", "entities", "filters", "styles", "uses"];

/// Pieces of attacks that are put between the bytes of a drawing.
const PIECES: [&str; 8] = [
    "<",
    ">",
    "'",
    "\"",
    "&a;",
    "url(",
    " onload='a()' ",
    "<script>a()</script>",
];

#[test]
fn harmed_drawings_are_judged() {
    let mut taken = 0;
    for name in FILES {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drawings/cases/");
        let file = std::fs::read(format!("{path}{name}.svg")).unwrap();
        for (number, place) in (0..file.len()).step_by(7).enumerate() {
            let mut harmed = file.clone();
            let piece = PIECES[number % PIECES.len()];
            harmed.splice(place..place, piece.bytes());
            taken += u32::from(judge(&harmed));
            let mut harmed = file.clone();
            harmed[place] ^= 1 << (number % 7);
            taken += u32::from(judge(&harmed));
        }
    }
    assert!(taken > 50, "{taken} were taken");
}

fn judge(harmed: &[u8]) -> bool {
    let Ok(written) = svg::rewrite(harmed, &Fonts::default()) else {
        return false;
    };
    assert!(strip::metadata(Encoding::Svg, &written).is_ok());
    let lower = String::from_utf8(written).unwrap().to_lowercase();
    assert!(
        !lower.contains("<script") && !lower.contains(" on"),
        "{lower}"
    );
    true
}
