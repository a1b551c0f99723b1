//! Hints that a media's record or an app's registration was written: S3's event notifications about RECORDS, and the same
//! from the sweeper and from whoever registers an app.
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

/// The subject of a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A media's record.
    Media(Written),
    /// An app's registration.
    App(AppId),
}

/// Reads a hint and returns what it is about; S3's test event is about nothing.
///
/// # Errors
/// [`MessageError::Malformed`] if it is not a notification, [`MessageError::ForeignKey`] if a key is neither a media's record
/// nor an app's registration.
pub fn read(message: &str) -> Result<Vec<News>, MessageError> {
    let keys = upload::keys(message)?;
    let written = keys
        .iter()
        .map(|key| match Key::parse(Bucket::Records, key) {
            Some(Key::Media(app, media)) => Some(News::Media(Written { app, media })),
            Some(Key::App(app)) => Some(News::App(app)),
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

/// Writes a hint about an app's registration in S3's format.
#[must_use]
pub fn write_app(app: &AppId) -> String {
    upload::notification(&Key::App(app.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_read_as_it_was_written_and_other_keys_are_refused() {
        let app = AppId::parse("demo").unwrap();
        let media = MediaId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc").unwrap();
        let message = write(&app, &media);
        let written = Written {
            app: app.clone(),
            media,
        };
        assert_eq!(read(&message).unwrap(), [News::Media(written)]);
        assert_eq!(read(&write_app(&app)).unwrap(), [News::App(app)]);
        let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#;
        assert_eq!(read(test).unwrap(), []);
        let other = r#"{"Records": [{"s3": {"object": {"key": "blocked/demo.json"}}}]}"#;
        assert_eq!(read(other).unwrap_err().code(), "key_malformed");
        assert_eq!(read("{}").unwrap_err().code(), "message_malformed");
    }
}
