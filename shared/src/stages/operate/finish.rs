//! Records the end of an operation.

use jiff::Timestamp;

use super::erase::forget_declared;
use super::{BY, Operator};
use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::mark;
use crate::vocabulary::description::Description;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::thumbs::Thumbs;
use crate::vocabulary::message::upload::{self, UploadedFile};
use crate::vocabulary::operation::{Forgets, Withdrawal};
use crate::vocabulary::record::{MediaRecord, What};
use crate::vocabulary::state::State;

/// The seconds after which thumbnails of a picture are made that is served again: enough to write its record.
pub const THUMBS_AFTER_SECONDS: u32 = 15;

/// The seconds after which a file is judged for which what was left of another version was taken away: the same.
const JUDGED_AFTER_SECONDS: u32 = 15;

impl Operator {
    /// Records that an operation is done, if it is still the one under way.
    pub(super) async fn finish(&self, begun: &MediaRecord) -> Result<Ending, Error> {
        let (state, generation) = (begun.state, begun.generation);
        let now = self.clock.now();
        let suspended = Key::Suspended(begun.app.clone(), begun.media.clone());
        let stale = match state {
            State::Restoring | State::Deleting => mark::seen(&*self.store, &suspended).await?,
            State::Validating
            | State::Processing
            | State::Ready
            | State::Rejected
            | State::Failed
            | State::Suspending
            | State::Suspended
            | State::Moving
            | State::Updating
            | State::Deleted => None,
        };
        self.ask_for_thumbs(begun).await?;
        self.ask_for_judgement(begun).await?;
        if state == State::Deleting {
            forget_declared((&self.records, &*self.clock), begun).await?;
        }
        let changed = self.records.change_if(
            (&begun.app, &begun.media),
            |record| record.state == state && record.generation == generation,
            |record| finish(record, now),
        );
        let after = changed.await?;
        if after.written {
            self.count(state);
            mark::remove(&*self.store, &suspended, stale.as_ref()).await;
        }
        match after.record {
            Some(record)
                if record.generation == generation
                    && matches!(record.state, State::Validating | State::Processing) =>
            {
                self.hand_over(&record).await
            }
            Some(record) if record.generation == generation => {
                let is_behind = record.state == State::Ready && record.manifest_behind;
                if record.state == State::Updating || is_behind {
                    self.again(&record, 0).await?;
                }
                Ok(Ending::At(record.state))
            }
            Some(_) | None => Ok(Ending::Overtaken),
        }
    }
}

impl Operator {
    /// Asks for the thumbnails that are made ahead of a picture which is about to be served again: another preset may want
    /// them since. This is received when the record is written; if it is not, the order comes again, and so does this.
    async fn ask_for_thumbs(&self, begun: &MediaRecord) -> Result<(), Error> {
        let is_served_again = match begun.state {
            State::Moving => true,
            State::Restoring => begun.resume_state.is_none_or(|state| state == State::Ready),
            State::Validating
            | State::Processing
            | State::Ready
            | State::Rejected
            | State::Failed
            | State::Suspending
            | State::Suspended
            | State::Updating
            | State::Deleting
            | State::Deleted => false,
        };
        if !is_served_again || !begun.is_image() {
            return Ok(());
        }
        let body = Thumbs::of_media(&begun.app, &begun.media)?;
        Ok(self
            .thumbs
            .send(&begun.app, &body, THUMBS_AFTER_SECONDS)
            .await?)
    }
}

impl Operator {
    /// Has whatever lies in the place of a refused file judged, once nothing of that file is left: another version may have
    /// been put meanwhile. It is received when the record is written. If that message is lost, the sweeper sends another.
    async fn ask_for_judgement(&self, begun: &MediaRecord) -> Result<(), Error> {
        let Some(name) = begun.file_name.as_ref().filter(|_| begun.has_leftovers()) else {
            return Ok(());
        };
        let file = UploadedFile::new(begun.app.clone(), begun.media.upload(), name.clone());
        let event = upload::write(&file);
        let seconds = JUDGED_AFTER_SECONDS;
        Ok(self.uploads.send(&begun.app, &event, seconds).await?)
    }
}

fn finish(record: &mut MediaRecord, now: Timestamp) -> Result<(), Error> {
    match record.state {
        State::Suspending => {
            record.transition_to(State::Suspended, now)?;
            record.note(What::Suspended, BY, None, now);
        }
        State::Restoring => {
            record.transition_to(record.resume_state.unwrap_or(State::Ready), now)?;
            record.suspension = None;
            record.resume_state = None;
            // A change of captions that a suspension has interrupted begins anew, when nobody is at work.
            record.withdrawal = (record.state == State::Updating).then(|| Withdrawal {
                forgets: Forgets::Once,
                ..Withdrawal::new(now)
            });
            record.note(What::Restored, BY, None, now);
        }
        State::Moving => {
            record.transition_to(State::Ready, now)?;
            record.withdrawal = None;
            record.note(What::Moved, BY, None, now);
        }
        State::Updating => {
            record.transition_to(State::Ready, now)?;
            record.withdrawal = None;
            let captions = record.content.as_mut().map(|content| &mut content.captions);
            for one in captions.into_iter().flatten() {
                one.waits = None;
            }
            record.note(What::Updated, BY, None, now);
        }
        State::Deleting => bury(record, now)?,
        State::Rejected => {
            record.withdrawal = None;
            record.swept = None;
        }
        State::Validating
        | State::Processing
        | State::Ready
        | State::Failed
        | State::Suspended
        | State::Deleted => {}
    }
    record.last_error = None;
    Ok(())
}

/// Turns the record into a tombstone. It keeps late messages from reviving the media and tells who erased it and when,
/// but nothing about the file.
fn bury(record: &mut MediaRecord, now: Timestamp) -> Result<(), Error> {
    record.transition_to(State::Deleted, now)?;
    record.file_name = None;
    record.source = None;
    record.content = None;
    record.focus = None;
    record.description = Description::default();
    record.expires_at = None;
    record.manifest_behind = false;
    record.rejection = None;
    record.failed_message = None;
    record.suspension = None;
    record.resume_state = None;
    // The app may not have been told yet of what came before: of that the kind and the time stay.
    record
        .history
        .retain(|event| event.what == What::Deleting || event.seq.is_some());
    for told in record.history.iter_mut().filter(|one| one.seq.is_some()) {
        told.note = None;
    }
    record.note(What::Deleted, BY, None, now);
    Ok(())
}
