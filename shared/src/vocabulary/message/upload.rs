//! S3's event notifications, as they are in a queue message: the keys of objects that were uploaded or changed.
//!
//! Only the key of the object is read. S3 is asked for the object when the message is handled, so it makes no
//! difference how often events are delivered, how late, or in which order.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use super::MessageError;
use crate::vocabulary::keys::{Bucket, Key};
use crate::vocabulary::names::{AppId, FileName, MediaId, UploadId};

/// An uploaded file that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// The tenant.
    pub app: AppId,
    /// The grant that the file was uploaded with.
    pub upload: UploadId,
    /// The rest of the key, after the upload.
    pub name: FileName,
    /// The id of the media that the file becomes.
    pub media: MediaId,
}

impl UploadedFile {
    /// Creates the file of this name in this upload.
    #[must_use]
    pub fn new(app: AppId, upload: UploadId, name: FileName) -> Self {
        let media = MediaId::of(&upload, &name);
        Self {
            app,
            upload,
            name,
            media,
        }
    }

    /// Returns the file's key in UPLOAD.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::Uploaded {
            app: self.app.clone(),
            upload: self.upload.clone(),
            name: self.name.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Notification {
        #[serde(rename = "Records")]
        records: Vec<Record>,
    },
    /// S3's test event, which is sent once, when the notification is configured.
    Test {
        #[serde(rename = "Event")]
        event: TestEvent,
    },
}

#[derive(Deserialize)]
enum TestEvent {
    #[serde(rename = "s3:TestEvent")]
    Test,
}

#[derive(Deserialize)]
struct Record {
    s3: Entity,
}

/// A notification with the time of each event.
#[derive(Deserialize)]
struct Timed {
    #[serde(rename = "Records")]
    records: Vec<TimedRecord>,
}

#[derive(Deserialize)]
struct TimedRecord {
    #[serde(rename = "eventTime")]
    event_time: Timestamp,
}

#[derive(Deserialize)]
struct Entity {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

/// Reads a notification and returns the files it is about; S3's test event has none.
///
/// # Errors
/// [`MessageError::Malformed`] if it is not a notification, [`MessageError::ForeignKey`] if a key belongs to no upload.
pub fn read(message: &str) -> Result<Vec<UploadedFile>, MessageError> {
    keys(message)?.iter().map(|key| file(key)).collect()
}

/// Reads a notification and returns the keys it is about, as S3 has them; its test event has none.
///
/// # Errors
/// [`MessageError::Malformed`] if it is not a notification, [`MessageError::ForeignKey`] if a key is no text.
pub(super) fn keys(message: &str) -> Result<Vec<String>, MessageError> {
    match serde_json::from_str(message).map_err(MessageError::Malformed)? {
        Body::Test {
            event: TestEvent::Test,
        } => Ok(Vec::new()),
        Body::Notification { records } => records
            .iter()
            .map(|record| decode(&record.s3.object.key))
            .collect(),
    }
}

/// Returns the time at which S3 took the file that a notification is about, if it says one.
#[must_use]
pub fn event_time(message: &str) -> Option<Timestamp> {
    let Timed { records } = serde_json::from_str(message).ok()?;
    records.first().map(|record| record.event_time)
}

/// Writes a message about a file in S3's format, so that the file is handled again.
#[must_use]
pub fn write(file: &UploadedFile) -> String {
    notification(&file.key())
}

/// Writes a message about an object in S3's format.
pub(super) fn notification(key: &Key) -> String {
    let key = utf8_percent_encode(&key.to_string(), NON_ALPHANUMERIC).to_string();
    json!({"Records": [{"s3": {"object": {"key": key}}}]}).to_string()
}

/// Decodes a key of an event. Such keys are form-encoded: a space is `+`, and other bytes are percent-encoded.
fn decode(encoded: &str) -> Result<String, MessageError> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map_or(Err(MessageError::ForeignKey), |key| Ok(key.into_owned()))
}

fn file(key: &str) -> Result<UploadedFile, MessageError> {
    let Some(Key::Uploaded { app, upload, name }) = Key::parse(Bucket::Upload, key) else {
        return Err(MessageError::ForeignKey);
    };
    Ok(UploadedFile::new(app, upload, name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(key: &str) -> String {
        serde_json::json!({"Records": [{"s3": {"object": {"key": key}}}]}).to_string()
    }

    #[test]
    fn keys_are_decoded() {
        let prefix = "demo/01jd8f5w2v9k3m4n5p6q7r8s9t/";
        for (encoded, name) in [
            ("cat.jpg", "cat.jpg"),
            ("my+cat.jpg", "my cat.jpg"),
            ("a%2Bb.jpg", "a+b.jpg"),
            ("%E7%8C%AB/%E5%86%99%E7%9C%9F.jpg", "猫/写真.jpg"),
            ("%252F..%2F", "%2F../"),
        ] {
            let files = read(&message(&format!("{prefix}{encoded}"))).unwrap();
            assert_eq!(files[0].name.as_str(), name);
        }
    }

    #[test]
    fn other_messages_are_told_apart() {
        let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#;
        assert_eq!(read(test).unwrap(), []);
        for (body, code) in [
            ("", "message_malformed"),
            ("{}", "message_malformed"),
            ("[1]", "message_malformed"),
            (r#"{"Event":"s3:Other"}"#, "message_malformed"),
            (&message("cat.jpg"), "key_malformed"),
            (
                &message("demo/01jd8f5w2v9k3m4n5p6q7r8s9t/"),
                "key_malformed",
            ),
            (
                &message("demo/01jd8f5w2v9k3m4n5p6q7r8s9t/%FF"),
                "key_malformed",
            ),
        ] {
            assert_eq!(read(body).unwrap_err().code(), code, "{body}");
        }
    }

    #[test]
    fn the_time_of_an_event_is_read_where_there_is_one() {
        let timed = |time| format!(r#"{{"Records": [{{"eventTime": {time}, "s3": {{}}}}]}}"#);
        let at = event_time(&timed(r#""2026-11-23T09:12:05.123Z""#)).unwrap();
        assert_eq!(at.as_millisecond(), 1_795_425_125_123);
        for other in [timed("7"), timed(r#""soon""#), message("k"), String::new()] {
            assert_eq!(event_time(&other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_name_survives_the_encoding_of_s3(name in "\\PC{1,40}") {
            let encoded: String = utf8_percent_encode(&name, NON_ALPHANUMERIC).collect();
            let files = read(&message(&format!("demo/01jd8f5w2v9k3m4n5p6q7r8s9t/{encoded}"))).unwrap();
            prop_assert_eq!(files[0].name.as_str(), name);
        }
    }
}
