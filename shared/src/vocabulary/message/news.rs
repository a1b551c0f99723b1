//! Hints that a media's record was written: S3's event notifications about RECORDS, and the same from the sweeper.
//!
//! Only the key is read. Whether there is anything to tell is decided by the record, when the message is handled.

use super::{MessageError, upload};
use crate::vocabulary::keys::{Bucket, Key};
use crate::vocabulary::names::{AppId, MediaId};

/// A media whose record was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
}

/// Reads a hint and returns the media it is about; S3's test event is about none.
///
/// # Errors
/// [`MessageError::Malformed`] if it is not a notification, [`MessageError::ForeignKey`] if a key is not a media's record.
pub fn read(message: &str) -> Result<Vec<Written>, MessageError> {
    let keys = upload::keys(message)?;
    let written = keys
        .iter()
        .map(|key| match Key::parse(Bucket::Records, key) {
            Some(Key::Media(app, media)) => Some(Written { app, media }),
            Some(_) | None => None,
        });
    written
        .collect::<Option<_>>()
        .ok_or(MessageError::ForeignKey)
}

/// Writes a hint about a media in S3's format.
#[must_use]
pub fn write(app: &AppId, media: &MediaId) -> String {
    upload::notification(&Key::Media(app.clone(), media.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_read_as_it_was_written_and_other_keys_are_refused() {
        let app = AppId::parse("demo").unwrap();
        let media = MediaId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc").unwrap();
        let message = write(&app, &media);
        assert_eq!(read(&message).unwrap(), [Written { app, media }]);
        let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#;
        assert_eq!(read(test).unwrap(), []);
        let other = r#"{"Records": [{"s3": {"object": {"key": "apps/demo.json"}}}]}"#;
        assert_eq!(read(other).unwrap_err().code(), "key_malformed");
        assert_eq!(read("{}").unwrap_err().code(), "message_malformed");
    }
}
