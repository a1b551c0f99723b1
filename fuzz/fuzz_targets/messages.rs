//! Queue messages: S3's notifications name files that lie where an uploader may put, or they are refused.
#![no_main]

use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::upload;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &str| {
    match upload::read(body) {
        Ok(files) => {
            for file in files {
                let key = file.key();
                assert_eq!(Key::parse(Bucket::Upload, &key.to_string()), Some(key));
                assert_eq!(file.media.upload(), file.upload);
            }
        }
        Err(error) => assert!(matches!(
            error.code(),
            "message_malformed" | "key_malformed"
        )),
    }
});
