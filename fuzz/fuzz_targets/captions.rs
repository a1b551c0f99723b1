//! Fuzzes captions in both notations: what is written has no tag but the kept ones, cannot end a cue early, is in order
//! and within the limits, and reads as the same again.

#![no_main]

use dozo::stages::captions::{Fault, MAX_BYTES, MAX_CUES, Notation, read, read_as};
use libfuzzer_sys::fuzz_target;

const KEPT: [&str; 5] = ["b", "i", "u", "ruby", "rt"];

fuzz_target!(|source: &[u8]| {
    for cues in [read(source), read_as(source, Notation::Plain)] {
        let Ok(cues) = cues else { continue };
        assert!((1..=MAX_CUES).contains(&cues.len()));
        let written = match cues.write() {
            Ok(written) => written,
            Err(fault) => {
                assert_eq!(fault, Fault::TooLong);
                continue;
            }
        };
        assert!(written.len() <= MAX_BYTES);
        assert_harmless(&written, cues.len());
        let again = read(written.as_bytes()).and_then(|cues| cues.write());
        assert_eq!(again.as_deref(), Ok(written.as_str()));
    }
});

fn assert_harmless(written: &str, count: usize) {
    let body = written.strip_prefix("WEBVTT\n\n").expect("a signature");
    let blocks: Vec<_> = body.trim_end_matches('\n').split("\n\n").collect();
    assert_eq!(blocks.len(), count);
    let mut before = "";
    for block in blocks {
        let (times, text) = block.split_once('\n').expect("times and text");
        let (from, to) = times.split_once(" --> ").expect("two times");
        assert!(before <= from && from.len() == 12 && &to[..12] > from);
        before = from;
        assert!(!text.contains("-->"));
        assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'));
        let bare = KEPT.iter().fold(text.to_owned(), |text, tag| {
            text.replace(&format!("<{tag}>"), "")
                .replace(&format!("</{tag}>"), "")
        });
        assert!(!bare.contains(['<', '>']), "{text}");
    }
}
