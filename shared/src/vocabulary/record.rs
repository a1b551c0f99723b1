//! The record of a media: all that is known of it, in one JSON object.
//!
//! This is the database's row. Fields are added, never renamed: records outlive deployments.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::{Item, Key};
use crate::vocabulary::kind::{Format, Kind};
use crate::vocabulary::names::{App, FileName, Media, Upload, Visibility};
use crate::vocabulary::operation::{Suspension, Withdrawal};
use crate::vocabulary::page::{PageFormat, PageNumber, Reading};
use crate::vocabulary::rejection::{Reason, Rejection};
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::{State, TransitionError};
use crate::vocabulary::streams::Streams;

/// Events kept in a record; the oldest go first. 50 of at most a few hundred bytes keep a record small
/// enough to be read at every step.
const HISTORY: usize = 50;

/// All that is known of a media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRecord {
    /// The tenant.
    pub app: App,
    /// Its id.
    pub media: Media,
    /// The name the uploader gave it; none once it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<FileName>,
    /// Where it stands.
    pub state: State,
    /// Since when: nobody began to work on it in this state before.
    pub state_since: Timestamp,
    /// Raised by every suspend, restore, move and retry, and when another version is judged: work begun under an older
    /// one is void.
    pub generation: u32,
    /// As granted.
    pub visibility: Visibility,
    /// The version of the upload that was judged last; once the state is beyond `rejected`, the one it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ETag>,
    /// What the file is, once judged good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// When it was judged good: the day whose quotas it is counted in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
    /// The error that a stage met last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<Failure>,
    /// The message that failed, for a retry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_message: Option<String>,
    /// Why it is withdrawn, from the suspension until it is back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Suspension>,
    /// Where a restore leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_state: Option<State>,
    /// How far the operation got that takes its objects away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<Withdrawal>,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When this record was last written.
    pub updated_at: Timestamp,
    /// What happened to it, oldest first, bounded.
    pub history: Vec<Event>,
    /// Differs at every write, so that a writer recognises its own.
    pub write_id: String,
}

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The format of the delivered original.
    pub format: Format,
    /// Size of the upload.
    pub bytes: u64,
    /// SHA-256 of the upload, in hexadecimal; of a file that was read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Pixels, as displayed (orientation applied).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels, as displayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// 1 for what is no animation.
    #[serde(default = "one")]
    pub frames: u32,
    /// Of a document, once it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u16>,
    /// How a document is to be read.
    #[serde(default, skip_serializing_if = "Reading::is_plain")]
    pub reading: Reading,
    /// What its pages' images are encoded as: chosen once, since it stands in their keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_format: Option<PageFormat>,
    /// Pages that could not be read, and have no image: the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken_pages: Vec<PageNumber>,
    /// Of audio and video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streams: Option<Streams>,
    /// Whether its beginning tells of all of it, as a progressive JPEG's does.
    #[serde(default)]
    pub progressive: bool,
    /// Whether it is delivered with the metadata it came with, as the app wants it.
    #[serde(default)]
    pub keep_metadata: bool,
}

impl Content {
    /// A file of which nothing is known yet but its format and size.
    #[must_use]
    pub fn new(format: Format, bytes: u64) -> Self {
        Self {
            format,
            bytes,
            sha256: None,
            width: None,
            height: None,
            frames: 1,
            pages: None,
            reading: Reading::default(),
            page_format: None,
            broken_pages: Vec::new(),
            streams: None,
            progressive: false,
            keep_metadata: false,
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.streams {
            Some(streams) if streams.video.is_some() => Kind::Video,
            Some(_) => Kind::Audio,
            None => self.format.kind(),
        }
    }

    /// Which object of the media is the whole of it: the original, or what every browser plays in its place.
    #[must_use]
    pub fn whole(&self) -> Item {
        match self.kind() {
            Kind::Image | Kind::Pdf => Item::Original(self.format),
            Kind::Audio => Item::Sound,
            Kind::Video => Item::Film,
        }
    }
}

fn one() -> u32 {
    1
}

/// An error that a stage met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Where.
    pub stage: Stage,
    /// Stable, for programs.
    pub code: String,
    /// For a person.
    pub message: String,
    /// Deliveries of the message, this one included.
    pub attempts: u32,
    /// The SQS message that met it: tells a stage's own report from a crash that left none.
    pub message_id: String,
}

/// What happened to a media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// Who: a stage, or the IAM identity of a caller.
    pub by: String,
    /// Why, or which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The events that are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// First seen, or judged anew after a rejection.
    Validating,
    /// Judged good; bound to the version in the note.
    Accepted,
    /// Judged bad, for the reason in the note.
    Rejected,
    /// Published.
    Ready,
    /// Given up, for the reason in the note.
    Failed,
    /// A later upload under the same name, the version in the note, was ignored.
    Superseded,
    /// Another file name of the same upload has the same id, and is refused.
    Collided,
    /// Withdrawal was asked for, for the reason in the note.
    Suspending,
    /// The reason of a suspension became the one in the note.
    ReasonChanged,
    /// Withdrawn everywhere.
    Suspended,
    /// Its return was asked for.
    Restoring,
    /// It is back.
    Restored,
    /// The visibility in the note was asked for.
    Moving,
    /// It has it.
    Moved,
    /// What failed is tried again.
    Retried,
    /// Erasure was asked for.
    Deleting,
    /// Erased.
    Deleted,
}

impl MediaRecord {
    /// A media that is seen for the first time.
    #[must_use]
    pub fn new(
        app: App,
        upload: &Upload,
        file_name: FileName,
        visibility: Visibility,
        now: Timestamp,
    ) -> Self {
        let mut record = Self {
            app,
            media: Media::of(upload, &file_name),
            file_name: Some(file_name),
            state: State::Validating,
            state_since: now,
            generation: 1,
            visibility,
            source: None,
            content: None,
            accepted_at: None,
            rejection: None,
            last_error: None,
            failed_message: None,
            suspension: None,
            resume_state: None,
            withdrawal: None,
            created_at: now,
            updated_at: now,
            history: Vec::new(),
            write_id: String::new(),
        };
        record.note(What::Validating, Stage::ValidateUpload.as_str(), None, now);
        record
    }

    /// Refuses the version `source` of the upload, as a stage found it.
    ///
    /// # Errors
    /// [`TransitionError`] from a state that cannot be left so.
    pub fn reject(
        &mut self,
        reason: &Reason,
        source: Option<&ETag>,
        by: Stage,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        self.go(State::Rejected, now)?;
        self.source = source.cloned();
        self.content = None;
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

    /// Starts over with a new version of the upload, after a rejection. What a stage may still be making of the version
    /// before is void.
    ///
    /// # Errors
    /// [`TransitionError`] from any state but `rejected`.
    pub fn validate_anew(&mut self, now: Timestamp) -> Result<(), TransitionError> {
        self.go(State::Validating, now)?;
        self.generation += 1;
        self.source = None;
        self.rejection = None;
        self.note(What::Validating, Stage::ValidateUpload.as_str(), None, now);
        Ok(())
    }

    /// Binds the media to the version of the upload that was judged good, with the visibility it was granted.
    ///
    /// # Errors
    /// [`TransitionError`] from a state that cannot be left so.
    pub fn accept(
        &mut self,
        content: Content,
        visibility: Visibility,
        source: &ETag,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        self.go(State::Processing, now)?;
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

    /// Declares it published.
    ///
    /// # Errors
    /// [`TransitionError`] from a state that cannot be left so.
    pub fn publish(&mut self, by: Stage, now: Timestamp) -> Result<(), TransitionError> {
        self.go(State::Ready, now)?;
        self.last_error = None;
        self.failed_message = None;
        self.note(What::Ready, by.as_str(), None, now);
        Ok(())
    }

    /// Gives it up, keeping the message for a retry.
    ///
    /// # Errors
    /// [`TransitionError`] from a state that cannot be left so.
    pub fn fail(
        &mut self,
        failure: Failure,
        message: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        self.go(State::Failed, now)?;
        self.note(What::Failed, by, Some(failure.code.clone()), now);
        self.last_error = Some(failure);
        self.failed_message = Some(message.to_owned());
        Ok(())
    }

    /// Notes that a later version of the upload is ignored. `false` when that was noted before.
    pub fn supersede(&mut self, ignored: &ETag, now: Timestamp) -> bool {
        let version = Some(ignored.to_string());
        let noted = self
            .history
            .iter()
            .any(|event| event.what == What::Superseded && event.note == version);
        if !noted {
            self.note(
                What::Superseded,
                Stage::ValidateUpload.as_str(),
                version,
                now,
            );
        }
        !noted
    }

    /// Notes that another file name has this media's id. `false` when that was noted before.
    pub fn collide(&mut self, now: Timestamp) -> bool {
        let noted = self
            .history
            .iter()
            .any(|event| event.what == What::Collided);
        if !noted {
            let code = Reason::IdCollision.code().to_owned();
            self.note(
                What::Collided,
                Stage::ValidateUpload.as_str(),
                Some(code),
                now,
            );
        }
        !noted
    }

    /// The key of its delivered original, or of what is delivered in its place, once it is known what it is.
    #[must_use]
    pub fn whole(&self) -> Option<Key> {
        let content = self.content.as_ref()?;
        Some(self.delivered(content.whole()))
    }

    /// The key of one of its delivered objects.
    #[must_use]
    pub fn delivered(&self, item: Item) -> Key {
        Key::Delivered {
            visibility: self.visibility,
            app: self.app.clone(),
            media: self.media.clone(),
            item,
        }
    }

    /// Whether somebody has to look at it: its stage gave it up, or an operation on it was given up half way.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        let halted = |failure: &Failure| failure.attempts >= failure.stage.max_attempts();
        self.state == State::Failed
            || (self.state.is_operation() && self.last_error.as_ref().is_some_and(halted))
    }

    /// Notes the error a stage met, so that a crash can be told from a report.
    pub fn meet(&mut self, failure: Failure) {
        self.last_error = Some(failure);
    }

    pub(crate) fn go(&mut self, to: State, now: Timestamp) -> Result<(), TransitionError> {
        if !self.state.may_become(to) {
            return Err(TransitionError {
                from: self.state,
                to,
            });
        }
        self.state = to;
        self.state_since = now;
        Ok(())
    }

    pub(crate) fn note(&mut self, what: What, by: &str, note: Option<String>, at: Timestamp) {
        self.history.push(Event {
            at,
            what,
            by: by.to_owned(),
            note,
        });
        let surplus = self.history.len().saturating_sub(HISTORY);
        self.history.drain(..surplus);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    fn record() -> MediaRecord {
        let upload = Upload::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").unwrap();
        let name = FileName::new("猫.jpg").unwrap();
        MediaRecord::new(
            App::parse("demo").unwrap(),
            &upload,
            name,
            Visibility::Public,
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn a_record_round_trips_through_json() {
        let mut record = record();
        record
            .reject(
                &Reason::Empty,
                Some(&ETag::new("abc")),
                Stage::ValidateUpload,
                Timestamp::UNIX_EPOCH,
            )
            .unwrap();
        let json = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<MediaRecord>(&json).unwrap(), record);
    }

    #[test]
    fn the_history_is_bounded_and_keeps_the_newest() {
        let mut record = record();
        for version in 0..HISTORY * 2 {
            assert!(record.supersede(&ETag::new(&version.to_string()), Timestamp::UNIX_EPOCH));
        }
        assert_eq!(record.history.len(), HISTORY);
        assert!(!record.supersede(
            &ETag::new(&(HISTORY * 2 - 1).to_string()),
            Timestamp::UNIX_EPOCH
        ));
    }

    #[test]
    fn a_ready_media_cannot_be_rejected() {
        let mut record = record();
        record.state = State::Ready;
        let refused = record.reject(
            &Reason::Empty,
            None,
            Stage::ValidateUpload,
            Timestamp::UNIX_EPOCH,
        );
        assert!(matches!(refused, Err(TransitionError { .. })));
        assert_eq!(record.state, State::Ready);
    }
}
