//! A reference to a media: its id, `app/id`, or any address that it is delivered at.
//!
//! In an emergency, an admin may have only the address that somebody complained about.

use crate::failure::Failure;

/// A media on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRef {
    /// The app, if the reference names it.
    pub app: Option<String>,
    /// The id.
    pub media: String,
}

impl std::str::FromStr for MediaRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = match text.split_once("://") {
            // The part before the first slash is the host.
            Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
            None => text,
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let segments: Vec<&str> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        let place = segments.iter().position(|segment| is_media(segment));
        let Some((media, app)) = place.and_then(|place| {
            let app = place.checked_sub(1).and_then(|before| segments.get(before));
            Some((segments.get(place)?, app))
        }) else {
            return Err(
                "is not a media: give its id (26 characters, a hyphen, 13 characters), app/id, or a URL that it is delivered at"
                    .to_owned(),
            );
        };
        Ok(Self {
            app: app.map(|app| (*app).to_owned()),
            media: (*media).to_owned(),
        })
    }
}

impl MediaRef {
    /// Returns the app that it belongs to: the app in the reference, else the one of the command line or the
    /// environment (`said`), else the one that is `usual` there.
    ///
    /// # Errors
    /// Fails if the reference and the command line name different apps, or none is known.
    pub fn app<'a>(
        &'a self,
        said: Option<&'a str>,
        usual: Option<&'a str>,
    ) -> Result<&'a str, Failure> {
        match (self.app.as_deref(), said) {
            (Some(own), Some(other)) if own != other => Err(Failure::Usage(format!(
                "the media belongs to the app {own}, but --app (or DOZO_APP) names the app {other}"
            ))),
            (Some(app), _) | (None, Some(app)) => Ok(app),
            (None, None) => usual.ok_or_else(no_app),
        }
    }
}

/// Returns the failure for an unknown app.
#[must_use]
pub fn no_app() -> Failure {
    Failure::Usage("no app is given; give --app NAME, or set DOZO_APP".to_owned())
}

/// Checks only the form; the API knows whether it exists.
#[must_use]
pub fn is_media(text: &str) -> bool {
    let base32 = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    };
    text.split_once('-').is_some_and(|(upload, digest)| {
        upload.len() == 26 && digest.len() == 13 && base32(upload) && base32(digest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t-19pz92h7xxyv9";

    fn read(text: &str) -> Option<(Option<String>, String)> {
        let read: MediaRef = text.parse().ok()?;
        Some((read.app, read.media))
    }

    #[test]
    fn forms() {
        let demo = Some((Some("demo".to_owned()), ID.to_owned()));
        let cdn = "https://d1.cloudfront.net/public/demo";
        for (text, wanted) in [
            (ID.to_owned(), Some((None, ID.to_owned()))),
            (format!("demo/{ID}"), demo.clone()),
            (format!("{cdn}/{ID}/original.jpg"), demo.clone()),
            (
                format!("{cdn}/{ID}/original.jpg?Expires=1#top"),
                demo.clone(),
            ),
            (
                format!("{cdn}/{ID}/iiif/image/full/max/0/default.jpg"),
                demo,
            ),
            (format!("https://{ID}"), None),
            (String::new(), None),
            ("../../admin/apps/x".to_owned(), None),
            (ID.to_uppercase(), None),
            (format!("{ID}x"), None),
            (format!("{ID}\n"), None),
        ] {
            assert_eq!(read(&text), wanted, "{text:?}");
        }
    }

    #[test]
    fn the_app_must_not_be_in_doubt() {
        let bare: MediaRef = ID.parse().unwrap_or_else(|_| unreachable!());
        let own = MediaRef {
            app: Some("shop".to_owned()),
            ..bare.clone()
        };
        assert_eq!(bare.app(Some("demo"), None).ok(), Some("demo"));
        assert_eq!(own.app(None, None).ok(), Some("shop"));
        assert_eq!(own.app(Some("shop"), None).ok(), Some("shop"));
        assert!(own.app(Some("demo"), None).is_err() && bare.app(None, None).is_err());
        // The usual app does not contradict another one.
        assert_eq!(own.app(None, Some("demo")).ok(), Some("shop"));
        assert_eq!(bare.app(None, Some("demo")).ok(), Some("demo"));
        assert_eq!(bare.app(Some("shop"), Some("demo")).ok(), Some("shop"));
    }
}
