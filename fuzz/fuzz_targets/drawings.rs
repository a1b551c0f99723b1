//! Drawings: what is taken for written by us has nothing but what draws, and what is written of any file is taken.

#![no_main]

use dozo_codecs::svg::{self, Fonts};
use dozo_codecs::{Encoding, header, strip};
use libfuzzer_sys::fuzz_target;

/// One in so many files is written anew: that happens in a copy of the process, which takes as long as many others.
const ONE_OF: usize = 8;

fuzz_target!(|file: &[u8]| {
    if let Ok(taken) = strip::metadata(Encoding::Svg, file) {
        assert_eq!(taken, file, "it is as it was");
        inspect(file);
    }
    if file.len() % ONE_OF == 0
        && let Ok(written) = svg::rewrite(file, &Fonts::default())
    {
        strip::metadata(Encoding::Svg, &written).expect("what is written is taken");
        inspect(&written);
    }
});

/// Looks for what runs or refers elsewhere, without any parser.
fn inspect(written: &[u8]) {
    let header = header::read(Encoding::Svg, written).expect("a header");
    assert!(header.width > 0 && header.height > 0);
    let text = str::from_utf8(written).expect("a text").to_ascii_lowercase();
    // Every other piece is a value, unless there are other quotes.
    if text.contains('\'') {
        return;
    }
    let mut pieces = text.split('"');
    while let (Some(outside), value) = (pieces.next(), pieces.next()) {
        for word in ["<script", "<style", "<foreign", "<a ", "<use", "<iframe", "<!", "<?"] {
            assert!(!outside.contains(word), "{word}");
        }
        let is_handler = outside.trim_start().starts_with("on") && outside.ends_with('=');
        assert!(!is_handler || outside.contains('<'), "{outside}");
        let Some(value) = value else { break };
        if outside.ends_with("href=") {
            assert!(value.starts_with('#') || value.starts_with("data:image/"), "{value}");
        }
    }
}
