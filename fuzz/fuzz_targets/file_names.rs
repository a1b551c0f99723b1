//! `Content-Disposition` from what people call their files: one header of two quoted forms, whatever the name.
#![no_main]

use dozo::publish::content_disposition;
use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;

fuzz_target!(|name: &str| {
    let header = content_disposition(name);
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
    assert!(name.contains(&*decoded) || decoded == "file", "{header}");
});
