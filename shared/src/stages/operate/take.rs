//! Applies a wish to a record. This is the only place that decides which wishes are possible in which state.
//!
//! The functions are pure, because they are called again after every lost race. How long somebody may still be at work
//! follows from the state that the operation leaves: work that began in that state may run on, and so may work that led
//! to it if it is a state at rest.

use jiff::{SignedDuration, Timestamp};

use crate::platform::error::Error;
use crate::vocabulary::message::order::{Asked, Wish};
use crate::vocabulary::names::Visibility;
use crate::vocabulary::operation::{Grace, SuspendReason, Suspension, Withdrawal};
use crate::vocabulary::record::{MediaRecord, What};
use crate::vocabulary::state::State;

/// The result of applying a wish to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// The record was changed and must be written.
    Changed,
    /// The operation is already under way; carrying it on does no harm.
    UnderWay,
    /// The wish is already fulfilled.
    Done,
    /// The wish is not possible now.
    Refused(Refused),
}

/// The reason for which a wish is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Nothing failed, so nothing can be retried.
    NothingToRetry,
    /// Only a suspended media can be restored.
    NotSuspended,
    /// Only a ready media can change its visibility.
    NotReady,
    /// A legal hold forbids deletion.
    LegalHold,
    /// The media is deleted or is being deleted.
    Deleted,
}

/// Changes the record as requested.
///
/// # Errors
/// Returns [`Error::Transition`] if this module and the table of states disagree.
pub(super) fn take(
    record: &mut MediaRecord,
    asked: &Asked,
    grace: Grace,
    now: Timestamp,
) -> Result<Taken, Error> {
    let state = record.state;
    match &asked.wish {
        Wish::Delete if state == State::Deleted => return Ok(Taken::Done),
        Wish::Delete if state == State::Deleting => return Ok(Taken::UnderWay),
        _ if matches!(state, State::Deleting | State::Deleted) => {
            return Ok(Taken::Refused(Refused::Deleted));
        }
        Wish::Delete if is_held(record) => return Ok(Taken::Refused(Refused::LegalHold)),
        Wish::Delete => begin(record, State::Deleting, What::Deleting, asked, grace, now)?,
        Wish::Suspend(suspension) => return suspend(record, suspension, asked, grace, now),
        Wish::Restore if state == State::Restoring => return Ok(Taken::UnderWay),
        Wish::Restore if state != State::Suspended => {
            return Ok(Taken::Refused(Refused::NotSuspended));
        }
        Wish::Restore => begin(record, State::Restoring, What::Restoring, asked, grace, now)?,
        Wish::Move(to) => return relocate(record, *to, asked, grace, now),
        Wish::Retry => return retry(record, asked, now),
    }
    Ok(Taken::Changed)
}

fn suspend(
    record: &mut MediaRecord,
    suspension: &Suspension,
    asked: &Asked,
    grace: Grace,
    now: Timestamp,
) -> Result<Taken, Error> {
    let state = record.state;
    let withdrawn = matches!(state, State::Suspending | State::Suspended);
    if withdrawn && record.suspension.as_ref() == Some(suspension) {
        return Ok(if state == State::Suspended {
            Taken::Done
        } else {
            Taken::UnderWay
        });
    }
    let reason = Some(suspension.reason.as_str().to_owned());
    record.suspension = Some(suspension.clone());
    if withdrawn {
        record.note(What::ReasonChanged, &asked.by, reason, now);
        return Ok(Taken::Changed);
    }
    // The restore finishes an interrupted move: it brings all objects to where they belong then.
    let resume_state = match state {
        State::Moving => Some(State::Ready),
        State::Restoring => record.resume_state,
        State::Validating
        | State::Processing
        | State::Ready
        | State::Rejected
        | State::Failed
        | State::Suspending
        | State::Suspended
        | State::Deleting
        | State::Deleted => Some(state),
    };
    begin(
        record,
        State::Suspending,
        What::Suspending,
        asked,
        grace,
        now,
    )?;
    record.resume_state = resume_state;
    Ok(Taken::Changed)
}

fn relocate(
    record: &mut MediaRecord,
    to: Visibility,
    asked: &Asked,
    grace: Grace,
    now: Timestamp,
) -> Result<Taken, Error> {
    match record.state {
        State::Moving if record.visibility == to => Ok(Taken::UnderWay),
        State::Ready if record.visibility == to => Ok(Taken::Done),
        State::Ready => {
            begin(record, State::Moving, What::Moving, asked, grace, now)?;
            record.visibility = to;
            Ok(Taken::Changed)
        }
        State::Moving
        | State::Validating
        | State::Processing
        | State::Rejected
        | State::Failed
        | State::Suspending
        | State::Suspended
        | State::Restoring
        | State::Deleting
        | State::Deleted => Ok(Taken::Refused(Refused::NotReady)),
    }
}

fn retry(record: &mut MediaRecord, asked: &Asked, now: Timestamp) -> Result<Taken, Error> {
    match record.state {
        State::Failed => {
            let bound = record.content.is_some() && record.source.is_some();
            let to = if bound {
                State::Processing
            } else {
                State::Validating
            };
            record.go(to, now)?;
            record.generation += 1;
            record.note(What::Retried, &asked.by, None, now);
            Ok(Taken::Changed)
        }
        // A retry was requested before and has not finished yet.
        State::Validating | State::Processing if record.failed_message.is_some() => {
            Ok(Taken::UnderWay)
        }
        // The operation is stuck, because its message was given up.
        State::Suspending | State::Restoring | State::Moving if record.last_error.is_some() => {
            Ok(Taken::UnderWay)
        }
        State::Validating
        | State::Processing
        | State::Ready
        | State::Rejected
        | State::Suspending
        | State::Suspended
        | State::Restoring
        | State::Moving
        | State::Deleting
        | State::Deleted => Ok(Taken::Refused(Refused::NothingToRetry)),
    }
}

fn is_held(record: &MediaRecord) -> bool {
    record
        .suspension
        .as_ref()
        .is_some_and(|suspension| suspension.reason == SuspendReason::Legal)
}

fn begin(
    record: &mut MediaRecord,
    to: State,
    what: What,
    asked: &Asked,
    grace: Grace,
    now: Timestamp,
) -> Result<(), Error> {
    let quiet_at = quiet_at(record, grace, now);
    record.go(to, now)?;
    record.generation += 1;
    record.withdrawal = Some(Withdrawal::new(quiet_at));
    record.last_error = None;
    let note = match &asked.wish {
        Wish::Suspend(suspension) => Some(suspension.reason.as_str()),
        Wish::Move(to) => Some(to.as_str()),
        Wish::Restore | Wish::Delete | Wish::Retry => None,
    };
    record.note(what, &asked.by, note.map(str::to_owned), now);
    Ok(())
}

fn quiet_at(record: &MediaRecord, grace: Grace, now: Timestamp) -> Timestamp {
    let later = |from: Timestamp, seconds: u32| {
        let after = SignedDuration::from_secs(seconds.into());
        from.checked_add(after).unwrap_or(Timestamp::MAX)
    };
    let rested = later(record.state_since, grace.stage_seconds);
    match record.state {
        State::Ready => rested.max(later(now, grace.render_seconds)),
        State::Rejected | State::Failed | State::Suspended | State::Deleted => rested.max(now),
        State::Validating
        | State::Processing
        | State::Suspending
        | State::Restoring
        | State::Moving
        | State::Deleting => later(now, grace.stage_seconds),
    }
}
