//! Settles an uploaded file: judges it, then publishes it, hands it to the stage for its kind, or refuses it.
//!
//! The message is only a hint. Each time, the next step is derived from two facts that are read anew: the media's
//! record, and the version of the object in UPLOAD. So it makes no difference how often or in which order messages
//! come, or at which call a process died:
//!
//! | record            | object in UPLOAD       | what is done                                         |
//! |-------------------|------------------------|------------------------------------------------------|
//! | none, validating  | any                    | judge it; bind the record to its version, or refuse it |
//! | awaits a file     | none                   | nothing: its stage brings it                         |
//! | rejected          | another version        | judge it anew                                        |
//! | rejected, published in part | any          | nothing yet: what was published is taken away first  |
//! | overwritten       | any, also the same again | judge it anew                                      |
//! | rejected by quota | any, on a later day    | judge it anew                                        |
//! | rejected, blocked | any, no longer blocked | judge it anew                                        |
//! | rejected by format | any, now accepted     | judge it anew                                        |
//! | processing        | the bound version      | publish it, or hand it to its stage (again)          |
//! | processing        | another version        | same if already put or made; else wait out the lease, refuse, judge anew |
//! | anything else     | another version        | note it as superseded                                |
//! | anything else     | the bound one, or none | nothing                                              |
//!
//! Bytes are read with `If-Match` on the version that was judged, and the record is bound before anything is put, so an
//! object that is overwritten at any moment is never published unvalidated.

use std::sync::Arc;

use dozo_codecs::convert::Hevc;
use dozo_codecs::svg::Fonts;
use jiff::Timestamp;

use crate::platform::ending::Ending;
use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::ports::clock::Clock;
use crate::ports::metrics::Metrics;
use crate::ports::queue::{Outbox, Stages};
use crate::ports::store::{ObjectInfo, ObjectStore, StoreError};
use crate::stages::usage::Usage;
use crate::vocabulary::app::{Limits, Quotas};
use crate::vocabulary::day::Day;
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::upload::UploadedFile;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::rejection::{BLOCKED_CONTENT, QUOTA_EXCEEDED, Rejection};
use crate::vocabulary::state::State;

mod blocked;
mod converting;
mod copied;
mod judge;
mod notes;
mod preview;
mod probing;
mod publish;
mod reconsider;
pub mod rules;
mod seen;
mod thumbs;

pub use publish::{LEASE_SECONDS, TRANSCODE_LEASE_SECONDS};
pub use seen::Body;

/// How often a file that keeps changing is looked at before it is left to a later delivery.
const PASSES: u32 = 4;

/// Settles uploaded files.
pub struct Settler {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The metrics.
    pub metrics: Arc<dyn Metrics>,
    /// The platform's limits.
    pub limits: Limits,
    /// The platform's quotas for each app.
    pub quotas: Quotas,
    /// The media and bytes that each app has brought in.
    pub usage: Usage,
    /// The queues of the stages that files are handed to when they are not published here.
    pub stages: Stages,
    /// The queue of those who make thumbnails ahead.
    pub thumbs: Arc<dyn Outbox>,
    /// The decoder of HEVC, where there is one; without it no HEIC is accepted.
    pub hevc: Option<Arc<dyn Hevc>>,
    /// The fonts of drawings; without any, drawings with text are refused.
    pub fonts: Fonts,
}

/// The result of one look.
enum Pass {
    Settled(Ending),
    /// The object or the record changed meanwhile.
    Again,
}

/// The state of the object in UPLOAD.
enum Found {
    Nothing,
    Unreadable,
    Version(ObjectInfo),
}

impl Found {
    fn etag(&self) -> Option<&ETag> {
        match self {
            Self::Version(info) => Some(&info.etag),
            Self::Nothing | Self::Unreadable => None,
        }
    }
}

impl Settler {
    fn tools(&self) -> converting::Tools<'_> {
        converting::Tools {
            hevc: self.hevc.as_deref(),
            fonts: &self.fonts,
        }
    }

    /// Settles one file; returns how, for the log.
    ///
    /// # Errors
    /// Any error that prevented a decision; the message must then come again.
    pub async fn settle(&self, file: &UploadedFile) -> Result<Ending, Error> {
        for _ in 0..PASSES {
            // A future that holds several records is large.
            if let Pass::Settled(how) = Box::pin(self.pass(file)).await? {
                return Ok(how);
            }
        }
        Err(Error::Unsteady)
    }

    async fn pass(&self, file: &UploadedFile) -> Result<Pass, Error> {
        let found = match self.store.head(&file.key().location()).await {
            Ok(Some(info)) => Found::Version(info),
            Ok(None) => Found::Nothing,
            Err(StoreError::Unreadable) => Found::Unreadable,
            Err(error) => return Err(error.into()),
        };
        let key = Key::Media(file.app.clone(), file.media.clone());
        let Some(record) = self.records.load::<MediaRecord>(&key).await? else {
            return self.judge(file, found, None).await;
        };
        let record = record.value;
        if record.state == State::Deleted {
            return Ok(Pass::Settled(Ending::DeletedBefore));
        }
        if record.file_name.as_ref() != Some(&file.name) {
            return self.note_collision(file).await;
        }
        match record.state {
            State::Validating
                if record.brought_by().is_some() && matches!(found, Found::Nothing) =>
            {
                Ok(Pass::Settled(Ending::Awaited))
            }
            State::Validating => self.judge(file, found, None).await,
            State::Rejected
                if awaits_judgement(&record, found.etag(), self.clock.now())
                    && !self.is_still_blocked(&record, found.etag()).await?
                    && !self.is_still_foreign(file, &record, &found).await? =>
            {
                self.judge(file, found, Some(record.generation)).await
            }
            State::Rejected => self.remove_if_too_large(file, &record, &found).await,
            State::Processing => self.resume(file, &record, &found).await,
            // Whoever wrote this may have died before it was asked for.
            State::Ready => {
                self.ask_for_thumbs(&record, None).await?;
                self.note_superseded(file, &record, &found).await
            }
            State::Failed
            | State::Suspending
            | State::Suspended
            | State::Restoring
            | State::Moving
            | State::Updating
            | State::Deleting
            | State::Deleted => self.note_superseded(file, &record, &found).await,
        }
    }
}

/// Returns whether a rejected upload must be judged again: another version has replaced it, or an object is there and
/// a quota rejected it on an earlier day, another version lay in its place for a while, its bytes were blocked and may not
/// be any more, or its format was not accepted and may be now. What was published of the version before is taken away
/// first; then a message comes for whatever is there.
fn awaits_judgement(record: &MediaRecord, found: Option<&ETag>, now: Timestamp) -> bool {
    let is_later = Day::of(record.state_since) < Day::of(now);
    let may_pass = |rejection: &Rejection| {
        rejection.code == BLOCKED_CONTENT
            || (rejection.code == QUOTA_EXCEEDED && is_later)
            || reconsider::is_about_format(rejection)
    };
    let anew = record.rejection.as_ref().is_some_and(may_pass);
    record.state == State::Rejected
        && !record.has_leftovers()
        && found.is_some()
        && (record.source.as_ref() != found || record.was_overwritten() || anew)
}
