//! The requests of a schedule, and the result that they must have.

use aws_lambda_events::encodings::Body;
use dozo::memory::faults::Faults;
use dozo::vocabulary::digest::FileDigest;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::record::{MediaRecord, What};
use dozo::vocabulary::state::State;
use dozo_tests::world::{World, call};

use crate::operations::scene::{
    ABUSE, DELETE, ENGLISH, LEGAL, OTHER_ENGLISH, PRIVATE, PUBLIC, PUT_CAPTIONS, REMOVE_CAPTIONS,
    RESTORE, RETRY, SUSPEND, VISIBILITY, put_as,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    Suspend,
    Block,
    Restore,
    Hide,
    Publish,
    Delete,
    Retry,
    PutCaptions,
    PutOtherCaptions,
    RemoveCaptions,
}

impl Ask {
    pub(crate) const ALL: [Self; 10] = [
        Self::Suspend,
        Self::Block,
        Self::Restore,
        Self::Hide,
        Self::Publish,
        Self::Delete,
        Self::Retry,
        Self::PutCaptions,
        Self::PutOtherCaptions,
        Self::RemoveCaptions,
    ];

    fn route(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Suspend => (SUSPEND, Some(ABUSE)),
            Self::Block => (SUSPEND, Some(LEGAL)),
            Self::Restore => (RESTORE, None),
            Self::Hide => (VISIBILITY, Some(PRIVATE)),
            Self::Publish => (VISIBILITY, Some(PUBLIC)),
            Self::Delete => (DELETE, None),
            Self::Retry => (RETRY, None),
            Self::PutCaptions => (PUT_CAPTIONS, Some(ENGLISH)),
            Self::PutOtherCaptions => (PUT_CAPTIONS, Some(OTHER_ENGLISH)),
            Self::RemoveCaptions => (REMOVE_CAPTIONS, None),
        }
    }

    /// Returns the event in the history of each time that it was done.
    fn effect(self) -> What {
        match self {
            Self::Suspend | Self::Block => What::Suspending,
            Self::Restore => What::Restoring,
            Self::Hide | Self::Publish => What::Moving,
            Self::Delete => What::Deleting,
            Self::Retry => What::Retried,
            Self::PutCaptions | Self::PutOtherCaptions => What::CaptionsPut,
            Self::RemoveCaptions => What::CaptionsRemoved,
        }
    }

    /// Returns whether a record shows that this is under way or done, which it does once the answer says so.
    fn is_heeded(self, record: &MediaRecord) -> bool {
        match self {
            Self::Suspend | Self::Block => {
                matches!(record.state, State::Suspending | State::Suspended)
            }
            Self::Restore => record.state == State::Restoring,
            Self::Hide | Self::Publish => {
                let hides = record.visibility == Visibility::Private;
                matches!(record.state, State::Moving | State::Ready)
                    && hides == (self == Self::Hide)
            }
            Self::Delete => matches!(record.state, State::Deleting | State::Deleted),
            Self::Retry => !record.is_at_rest(),
            Self::PutCaptions | Self::PutOtherCaptions | Self::RemoveCaptions => {
                let wanted = match self {
                    Self::PutCaptions => Some(put_as(ENGLISH)),
                    Self::PutOtherCaptions => Some(put_as(OTHER_ENGLISH)),
                    _ => None,
                };
                let listed = &record.content.as_ref().unwrap().captions;
                let english = listed.iter().find(|one| one.id.to_string() == "en");
                let digest = english.and_then(|one| one.digest.clone());
                record.state.is_served()
                    && digest == wanted.map(|text| FileDigest::of(text.as_bytes()))
            }
        }
    }
}

/// The requests that were made and not refused.
#[derive(Default)]
pub(crate) struct Asked(Vec<Ask>);

impl Asked {
    /// Asks through the API. An answer that it will be done is checked at once; so is the rest at the end.
    pub(crate) async fn ask(
        &mut self,
        world: &World,
        file: &UploadedFile,
        ask: Ask,
        faults: &Faults,
    ) -> i64 {
        let (route, body) = ask.route();
        let (app, media) = (file.app.to_string(), file.media.to_string());
        let path = [
            ("app", app.as_str()),
            ("media", media.as_str()),
            ("language", "en"),
        ];
        let event = call(route, &path, &[], body);
        let answer = if ask == Ask::Retry {
            retry_media::handle(&world.retry_media(faults), event).await
        } else {
            suspend_media::handle(&world.suspend_media(faults), event).await
        };
        let status = answer.status_code;
        assert!(matches!(answer.body, Some(Body::Text(_))), "{status}");
        if !(400..500).contains(&status) {
            self.0.push(ask);
        }
        if status < 300 && !faults.died() {
            let record = world.record(file).unwrap();
            assert!(
                ask.is_heeded(&record),
                "{ask:?}: {status}, and {}",
                record.state
            );
        }
        status
    }

    /// Checks that nothing was done that nobody asked for, nor twice.
    pub(crate) fn assert_not_doubled(&self, record: &MediaRecord) {
        for ask in Ask::ALL {
            let effect = ask.effect();
            let asked = self.0.iter().filter(|ask| ask.effect() == effect).count();
            let history = record.history.iter();
            let done = history.filter(|event| event.what == effect).count();
            assert!(
                done <= asked,
                "{effect:?} {done} times, asked for {asked} times"
            );
        }
    }
}

/// Returns the state in which a media comes to rest if its file is good.
pub(crate) fn end_of(record: &MediaRecord) -> State {
    let operations = [
        What::Suspending,
        What::Restoring,
        What::Moving,
        What::Deleting,
    ];
    let history = record.history.iter().rev();
    match history
        .map(|event| event.what)
        .find(|what| operations.contains(what))
    {
        Some(What::Suspending) => State::Suspended,
        Some(What::Deleting) => State::Deleted,
        Some(_) | None => State::Ready,
    }
}

/// Returns the visibility that a media was moved to last, or was granted.
pub(crate) fn visibility_of(record: &MediaRecord, granted: Visibility) -> Visibility {
    let mut history = record.history.iter().rev();
    let moved = history.find(|event| event.what == What::Moving);
    let to = moved.and_then(|event| Visibility::parse(event.note.as_deref()?));
    to.unwrap_or(granted)
}
