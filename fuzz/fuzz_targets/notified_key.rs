//! Fuzzes the key in a notification, in S3's encoding: every name comes back as it was uploaded.

#![no_main]

use dozo::vocabulary::message::upload;
use libfuzzer_sys::fuzz_target;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const PREFIX: &str = "demo/01jd8f5w2v9k3m4n5p6q7r8s9t/";

fn message(key: &str) -> String {
    serde_json::json!({"Records": [{"s3": {"object": {"key": key}}}]}).to_string()
}

fuzz_target!(|name: &str| {
    let encoded: String = utf8_percent_encode(name, NON_ALPHANUMERIC).collect();
    match upload::read(&message(&format!("{PREFIX}{encoded}"))) {
        Ok(files) => assert_eq!(files[0].name.as_str(), name),
        Err(_) => assert!(name.is_empty()),
    }
    // Also try the name unencoded, as a forged message might have it.
    let _any = upload::read(&message(&format!("{PREFIX}{name}")));
    let _any = upload::read(&message(name));
});
