//! The object that a rendering probably reads, asked for together with the record: where it lies follows from the path.

use super::preview::Preview;
use crate::ports::store::{Coming, ObjectStore, StoreError, if_there};
use crate::vocabulary::keys::Item;
use crate::vocabulary::keys::render::{Picture, Subject};
use crate::vocabulary::kind::Format;

/// The object that is probably read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    /// The preview.
    Preview,
    /// The original, which is taken for a JPEG, as most are. If it is none, nothing is there, and a call was in vain.
    Original,
    /// It cannot be guessed, or nothing is read.
    Nothing,
}

impl Guess {
    /// Guesses what is read where no preview can serve.
    pub(super) fn without_preview(picture: Picture) -> Self {
        match picture {
            Picture::Image => Self::Original,
            // Where they lie only the record tells.
            Picture::Page(_) | Picture::Poster => Self::Nothing,
        }
    }
}

/// The object that was found there.
pub(super) enum Early {
    /// A preview, whole.
    Preview(Preview),
    /// A JPEG that may be the original.
    Original(Coming),
    /// None, or none was asked for.
    Nothing,
}

impl Early {
    /// Asks for it. An error is no reason not to answer: what is needed is asked for again.
    pub(super) async fn find(store: &dyn ObjectStore, subject: &Subject, guess: Guess) -> Self {
        Self::try_find(store, subject, guess)
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(cause = %error, ?guess, "what a rendering probably needs could not be read");
                Self::Nothing
            })
    }

    async fn try_find(
        store: &dyn ObjectStore,
        subject: &Subject,
        guess: Guess,
    ) -> Result<Self, StoreError> {
        let found = match guess {
            Guess::Preview => Preview::read(store, subject).await?.map(Self::Preview),
            Guess::Original => {
                let place = subject.delivered(Item::Original(Format::Jpeg)).location();
                if_there(store.open(&place, None).await)?.map(Self::Original)
            }
            Guess::Nothing => None,
        };
        Ok(found.unwrap_or(Self::Nothing))
    }
}
