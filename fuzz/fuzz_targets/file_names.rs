//! Fuzzes `Content-Disposition` with users' file names: whatever the name, the result is one header with two quoted
//! forms that end with the format's extension.

#![no_main]

use dozo::vocabulary::saved_name::content_disposition;
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::names::misleads;
use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;

fuzz_target!(|name: &str| {
    let header = content_disposition(name, Format::Pdf);
    assert!(
        header.bytes().all(|byte| matches!(byte, b' '..=b'~')),
        "{header}"
    );
    let rest = header
        .strip_prefix("inline; filename=\"")
        .expect("the plain form");
    let (plain, exact) = rest
        .split_once("\"; filename*=UTF-8''")
        .expect("both forms");
    assert!(!plain.contains(['"', '\\', '/']), "{header}");
    assert!(!exact.contains(['"', ';', ' ', '/', ',']), "{header}");
    let decoded = percent_decode_str(exact).decode_utf8().expect("UTF-8");
    assert!(decoded.to_ascii_lowercase().ends_with(".pdf"), "{header}");
    assert!(!decoded.contains(misleads), "{header}");
    let kept: String = name.chars().filter(|letter| !misleads(*letter)).collect();
    let given = decoded.strip_suffix(".pdf").unwrap_or(&decoded);
    assert!(kept.contains(given) || given == "file", "{header}");
});
