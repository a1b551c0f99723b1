//! Fuzzes the recognition of files by their first bytes: the result is a format or a reason, and every reason has a
//! code and a sentence.

#![no_main]

use dozo::stages::settle::rules;
use dozo::stages::sniff::{SNIFF_BYTES, sniff};
use dozo::vocabulary::app::{AppRecord, Limits};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// An app that accepts everything, or certain formats only.
fn app(formats: Option<&[&str]>) -> AppRecord {
    let mut app = json!({
        "app": "demo", "kinds": ["image", "pdf", "audio", "video"], "limits": {}, "visibility": "public",
        "created_at": "2026-11-23T20:15:13Z", "updated_at": "2026-11-23T20:15:13Z",
    });
    if let Some(formats) = formats {
        app["formats"] = json!(formats);
    }
    serde_json::from_value(app).expect("a registration")
}

fuzz_target!(|file: &[u8]| {
    let bytes = u64::try_from(file.len()).expect("a length");
    let head = &file[..file
        .len()
        .min(usize::try_from(SNIFF_BYTES).expect("a length"))];
    for app in [app(None), app(Some(&["png", "tiff", "mp4"]))] {
        judge(head, bytes, &app);
    }
});

fn judge(head: &[u8], bytes: u64, app: &AppRecord) {
    match rules::admit(head, bytes, app, &Limits::default()) {
        Ok(format) => {
            assert_eq!(sniff(head).expect("what was admitted"), format);
            assert!(app.takes(format));
        }
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
}
