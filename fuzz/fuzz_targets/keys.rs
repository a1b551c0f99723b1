//! Fuzzes keys and ids: any that is parsed prints as the same bytes, and nothing else is accepted.

#![no_main]

use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::names::{AppId, MediaId, UploadId};
use libfuzzer_sys::fuzz_target;

const BUCKETS: [Bucket; 5] = [
    Bucket::Upload,
    Bucket::Delivery,
    Bucket::Backup,
    Bucket::Records,
    Bucket::Work,
];

fuzz_target!(|text: &str| {
    for bucket in BUCKETS {
        let Some(key) = Key::parse(bucket, text) else {
            continue;
        };
        assert_eq!(key.to_string(), text);
        assert_eq!(key.location().key(), text);
        assert_eq!(Key::parse(key.bucket(), text), Some(key));
    }
    if let Ok(app) = AppId::parse(text) {
        assert_eq!(app.as_str(), text);
    }
    if let Ok(upload) = UploadId::parse(text) {
        assert_eq!(upload.as_str(), text);
    }
    if let Ok(media) = MediaId::parse(text) {
        assert_eq!(media.as_str(), text);
        assert!(text.starts_with(media.upload().as_str()));
    }
});
