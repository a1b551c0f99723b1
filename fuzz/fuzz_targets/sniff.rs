//! Fuzzes the recognition of files by their first bytes: the result is a format or a reason, and every reason has a
//! code and a sentence.

#![no_main]

use dozo::stages::settle::rules;
use dozo::stages::sniff::{SNIFF_BYTES, sniff};
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::kind::Kind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let bytes = u64::try_from(file.len()).expect("a length");
    let head = &file[..file
        .len()
        .min(usize::try_from(SNIFF_BYTES).expect("a length"))];
    match rules::admit(head, bytes, Kind::PROCESSED, &Limits::default()) {
        Ok(format) => assert_eq!(sniff(head).expect("what was admitted"), format),
        Err(reason) => {
            assert!(
                reason
                    .code()
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'_')
            );
            let sentence = reason.message();
            assert!(
                sentence.ends_with('.') && sentence.len() < 300,
                "{sentence}"
            );
        }
    }
});
