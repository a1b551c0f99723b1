//! Fuzzes queue messages: files in S3's notifications are in places where uploaders may write, or the message is
//! refused.

#![no_main]

use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::news::{self, News};
use dozo::vocabulary::message::upload;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &str| {
    if let Ok(written) = news::read(body) {
        for one in written {
            let again = match &one {
                News::Media(media) => news::write(&media.app, &media.media),
                News::App(app) => news::write_app(app),
            };
            let again = news::read(&again);
            assert_eq!(again.expect("what is written can be read"), [one]);
        }
    }
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
