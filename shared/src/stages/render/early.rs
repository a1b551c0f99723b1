//! The object that a rendering probably reads, asked for together with the record: where it lies follows from the path.

use super::preview::Preview;
use crate::ports::store::{Coming, ObjectStore, StoreError};
use crate::vocabulary::keys::render::{Picture, Subject};
use crate::vocabulary::keys::{Item, Key};
use crate::vocabulary::kind::Format;

/// The object that is probably read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    /// The preview.
    Preview,
    /// The original, which of most pictures is a JPEG. Of others nothing is there, which costs a call and no time.
    Original,
    /// It cannot be guessed, or nothing is read.
    Nothing,
}

impl Guess {
    /// Guesses what is read where no preview can serve.
    pub(super) fn large(picture: Picture) -> Self {
        match picture {
            Picture::Image => Self::Original,
            // They are found by what the record says, and small.
            Picture::Page(_) | Picture::Poster => Self::Nothing,
        }
    }
}

/// The object that was found there, before the record was known.
pub(super) enum Early {
    /// A preview, whole.
    Preview(Preview),
    /// The beginning of a JPEG.
    Original(Coming),
    /// Nothing, or nothing was asked for.
    Nothing,
}

impl Early {
    /// Asks for it. An error is no reason not to answer: what is needed is asked for again.
    pub(super) async fn find(store: &dyn ObjectStore, subject: &Subject, guess: Guess) -> Self {
        let found = match guess {
            Guess::Preview => Preview::read(store, subject)
                .await
                .map(|found| found.map(Self::Preview)),
            Guess::Original => original(store, subject)
                .await
                .map(|found| found.map(Self::Original)),
            Guess::Nothing => Ok(None),
        };
        found.map_or_else(
            |error| {
                tracing::warn!(cause = %error, ?guess, "an object could not be read early");
                Self::Nothing
            },
            |found| found.unwrap_or(Self::Nothing),
        )
    }
}

/// Begins to read the original, if it is a JPEG.
async fn original(
    store: &dyn ObjectStore,
    subject: &Subject,
) -> Result<Option<Coming>, StoreError> {
    let key = Key::Delivered {
        visibility: subject.visibility,
        app: subject.app.clone(),
        media: subject.media.clone(),
        item: Item::Original(Format::Jpeg),
    };
    match store.open(&key.location(), None).await {
        Ok(coming) => Ok(Some(coming)),
        Err(StoreError::Missing) => Ok(None),
        Err(error) => Err(error),
    }
}
