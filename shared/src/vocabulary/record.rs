//! The record of a media: everything that is known about it, in one JSON object.
//!
//! This is the row of the database. Fields are added but never renamed, because records outlive deployments.

mod content;
mod declared;
mod event;
mod expiry;
mod failure;
mod leftovers;
mod listed;
mod underway;
mod versions;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use content::Content;
pub use event::{Event, What};
pub use failure::{Failure, Tries};
pub use leftovers::SPLIT_RUN_SECONDS;
pub use underway::Swept;

use crate::vocabulary::description::Description;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::focus::Focus;
use crate::vocabulary::keys::render::Subject;
use crate::vocabulary::keys::{Item, Key};
use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::{AppId, FileName, MediaId, UploadId, Visibility};
use crate::vocabulary::operation::{Suspension, Withdrawal};
use crate::vocabulary::origin::Awaited;
use crate::vocabulary::rejection::{Reason, Rejection};
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::{State, TransitionError};

/// Everything that is known about a media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRecord {
    /// The tenant.
    pub app: AppId,
    /// The media's id.
    pub media: MediaId,
    /// The name that the uploader gave the file; `None` once the media is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<FileName>,
    /// The current state.
    pub state: State,
    /// The time at which the media entered this state. No work on it in this state began earlier.
    pub state_since: Timestamp,
    /// A counter that every suspend, restore, move, delete and retry increments, and every new version of the upload
    /// that is judged. Work begun in an earlier generation is void.
    pub generation: u32,
    /// The visibility that was granted, or that a later move gave it.
    pub visibility: Visibility,
    /// The file that the media waits for, until it was judged; `None` if an uploader brings it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Awaited>,
    /// The version of the upload that was judged last. Beyond the state `rejected`, the media is bound to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ETag>,
    /// The description of the file, once it was judged good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// The point of the picture that stays in sight when it is cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<Focus>,
    /// The app's description of it.
    #[serde(default, skip_serializing_if = "Description::is_empty")]
    pub description: Description,
    /// The time at which it expires: the platform deletes it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether the manifest of a document may not say yet what the app says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub manifest_behind: bool,
    /// The time at which the file was judged good; it counts against the quotas of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// Whether the upload's quota counts it: its grant did not declare the files.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts_in_upload: bool,
    /// The reason why the file was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
    /// The last error that a stage reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<Failure>,
    /// The tries of messages that a stage has not handled yet, by their SQS message ids; their number is bounded.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tries: BTreeMap<String, Tries>,
    /// How often the media's message was sent again because nothing had happened; `None` since it last changed its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swept: Option<Swept>,
    /// The message that failed, kept for a retry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_message: Option<String>,
    /// The reason for the suspension; present until the media is restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Suspension>,
    /// The state that a restore returns to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_state: Option<State>,
    /// The progress of the operation that removes the media's objects from delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<Withdrawal>,
    /// The time at which the media was first seen.
    pub created_at: Timestamp,
    /// The time at which this record was last written.
    pub updated_at: Timestamp,
    /// The latest events, oldest first; their number is bounded.
    pub history: Vec<Event>,
    /// The number of events that the app is told about. Each has the next number from 1 on.
    #[serde(default, skip_serializing_if = "event::is_zero")]
    pub seq: u32,
    /// An id that differs at every write, so that a writer recognises its own write.
    pub write_id: String,
}

impl MediaRecord {
    /// Creates the record of a media that is seen for the first time.
    #[must_use]
    pub fn new(
        app: AppId,
        upload: &UploadId,
        file_name: FileName,
        visibility: Visibility,
        now: Timestamp,
    ) -> Self {
        let mut record = Self {
            app,
            media: MediaId::of(upload, &file_name),
            file_name: Some(file_name),
            state: State::Validating,
            state_since: now,
            generation: 1,
            visibility,
            awaits: None,
            source: None,
            content: None,
            focus: None,
            description: Description::default(),
            expires_at: None,
            manifest_behind: false,
            accepted_at: None,
            counts_in_upload: false,
            rejection: None,
            last_error: None,
            tries: BTreeMap::new(),
            swept: None,
            failed_message: None,
            suspension: None,
            resume_state: None,
            withdrawal: None,
            created_at: now,
            updated_at: now,
            history: Vec::new(),
            seq: 0,
            write_id: String::new(),
        };
        record.note(What::Validating, Stage::ValidateUpload.as_str(), None, now);
        record
    }

    /// Refuses the version `source` of the upload, on the judgement of the stage `by`. What an earlier try may have
    /// published of it is taken away.
    ///
    /// # Errors
    /// [`TransitionError`] if the current state does not allow it.
    pub fn reject(
        &mut self,
        reason: &Reason,
        source: Option<&ETag>,
        by: Stage,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        let was_stopped = self.was_stopped();
        self.transition_to(State::Rejected, now)?;
        if was_stopped {
            self.leave_behind(now, leftovers::LONGEST_RUN_SECONDS);
        }
        self.awaits = None;
        self.source = source.cloned();
        // Whether blocked bytes are still blocked is looked up by their digest.
        let is_blocked = *reason == Reason::BlockedContent;
        let kept = self.content.take().filter(|_| is_blocked);
        self.content = kept.map(Content::without_pictures);
        self.last_error = None;
        self.rejection = Some(Rejection::from(reason));
        self.note(
            What::Rejected,
            by.as_str(),
            Some(reason.code().to_owned()),
            now,
        );
        Ok(())
    }

    /// Starts over with a new version of the upload, after a rejection. Work on the previous version becomes void.
    ///
    /// # Errors
    /// [`TransitionError`] if the current state does not allow it.
    pub fn validate_anew(&mut self, now: Timestamp) -> Result<(), TransitionError> {
        self.transition_to(State::Validating, now)?;
        self.generation += 1;
        self.source = None;
        self.content = None;
        self.rejection = None;
        self.note(What::Validating, Stage::ValidateUpload.as_str(), None, now);
        Ok(())
    }

    /// Binds the media to the version of the upload that was judged good, with the visibility it was granted.
    ///
    /// # Errors
    /// [`TransitionError`] if the current state does not allow it.
    pub fn accept(
        &mut self,
        content: Content,
        visibility: Visibility,
        source: &ETag,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        self.transition_to(State::Processing, now)?;
        self.awaits = None;
        self.visibility = visibility;
        self.content = Some(content);
        self.accepted_at = Some(now);
        self.source = Some(source.clone());
        self.note(
            What::Accepted,
            Stage::ValidateUpload.as_str(),
            Some(source.to_string()),
            now,
        );
        Ok(())
    }

    /// Marks the media as published.
    ///
    /// # Errors
    /// [`TransitionError`] if the current state does not allow it.
    pub fn publish(&mut self, by: Stage, now: Timestamp) -> Result<(), TransitionError> {
        self.transition_to(State::Ready, now)?;
        self.last_error = None;
        self.tries.clear();
        self.failed_message = None;
        self.note(What::Ready, by.as_str(), None, now);
        Ok(())
    }

    /// Marks the media as failed, and keeps the message for a retry.
    ///
    /// # Errors
    /// [`TransitionError`] if the current state does not allow it.
    pub fn fail(
        &mut self,
        failure: Failure,
        message: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        self.transition_to(State::Failed, now)?;
        self.note(What::Failed, by, Some(failure.code.clone()), now);
        self.last_error = Some(failure);
        self.tries.clear();
        self.failed_message = Some(message.to_owned());
        Ok(())
    }

    /// Notes that another file name has this media's id, unless this was noted before.
    pub fn collide(&mut self, now: Timestamp) {
        let noted = self
            .history
            .iter()
            .any(|event| event.what == What::Collided);
        if !noted {
            let code = Reason::IdCollision.code().to_owned();
            let by = Stage::ValidateUpload.as_str();
            self.note(What::Collided, by, Some(code), now);
        }
    }

    /// Returns the key of the delivered original, or of the file delivered in its place; `None` while the content is
    /// unknown.
    #[must_use]
    pub fn whole(&self) -> Option<Key> {
        let content = self.content.as_ref()?;
        Some(self.delivered(content.whole()))
    }

    /// Returns the key of one of the media's delivered objects.
    #[must_use]
    pub fn delivered(&self, item: Item) -> Key {
        self.subject().delivered(item)
    }

    /// Returns the media as the paths of its pictures name it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject {
            visibility: self.visibility,
            app: self.app.clone(),
            media: self.media.clone(),
        }
    }

    /// Returns whether the media is a picture.
    #[must_use]
    pub fn is_image(&self) -> bool {
        let content = self.content.as_ref();
        content.is_some_and(|content| content.kind() == Kind::Image)
    }

    /// Returns whether a version of the upload was ever judged good. Before that, no stage can have published anything,
    /// and none that began before can still do so: each binds the record first, by a conditional write.
    #[must_use]
    pub fn was_accepted(&self) -> bool {
        // Records of earlier versions have no time; their history tells.
        self.accepted_at.is_some()
            || self.content.is_some()
            || self
                .history
                .iter()
                .any(|event| event.what == What::Accepted)
    }

    /// Returns whether the media is being validated in this generation.
    #[must_use]
    pub fn is_validating(&self, generation: u32) -> bool {
        self.state == State::Validating && self.generation == generation
    }

    /// Returns whether an admin has to look at the media: its stage gave it up, or an operation on it was given up half
    /// way.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        let halted = |failure: &Failure| failure.attempts >= failure.stage.max_attempts();
        self.state == State::Failed
            || (self.is_operated_on() && self.last_error.as_ref().is_some_and(halted))
    }

    /// Notes an error that a stage reported, so that a report can be told from a crash.
    pub fn record_failure(&mut self, failure: Failure) {
        self.last_error = Some(failure);
    }

    pub(crate) fn transition_to(
        &mut self,
        to: State,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        if !self.state.may_become(to) {
            return Err(TransitionError {
                from: self.state,
                to,
            });
        }
        self.state = to;
        self.state_since = now;
        self.swept = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
