//! Applies a command to a record. This is the only place that decides which commands are possible in which state.
//!
//! The functions are pure, because they are called again after every lost race. How long somebody may still be at work
//! follows from the state that the operation leaves: work that began in that state may run on, and so may work that led
//! to it if it is a state at rest.

use jiff::{SignedDuration, Timestamp};

use super::forgets;
use crate::platform::error::Error;
use crate::vocabulary::message::order::{Command, Request};
use crate::vocabulary::names::Visibility;
use crate::vocabulary::operation::{Grace, SuspendReason, Suspension, Withdrawal};
use crate::vocabulary::record::{MediaRecord, What};
use crate::vocabulary::state::State;

/// The result of applying a command to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// The record was changed and must be written.
    Changed,
    /// The operation is already under way; carrying it on does no harm.
    UnderWay,
    /// The command is already fulfilled.
    Done,
    /// The command is not possible now.
    Refused(Refused),
}

/// The reason for which a command is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Nothing failed and nothing is overdue, so nothing can be retried.
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
pub(super) fn apply(
    record: &mut MediaRecord,
    request: &Request,
    grace: Grace,
    now: Timestamp,
) -> Result<Applied, Error> {
    let state = record.state;
    match &request.command {
        Command::Delete if state == State::Deleted => return Ok(Applied::Done),
        Command::Delete if state == State::Deleting => return Ok(Applied::UnderWay),
        Command::Retry if record.is_overdue(grace.stage_seconds, now) => {
            return Ok(Applied::UnderWay);
        }
        _ if matches!(state, State::Deleting | State::Deleted) => {
            return Ok(Applied::Refused(Refused::Deleted));
        }
        Command::Delete if is_held(record) => return Ok(Applied::Refused(Refused::LegalHold)),
        Command::Delete => begin(record, State::Deleting, What::Deleting, request, grace, now)?,
        Command::Suspend(suspension) => return suspend(record, suspension, request, grace, now),
        Command::Restore if state == State::Restoring => return Ok(Applied::UnderWay),
        Command::Restore if state != State::Suspended => {
            return Ok(Applied::Refused(Refused::NotSuspended));
        }
        Command::Restore => begin(
            record,
            State::Restoring,
            What::Restoring,
            request,
            grace,
            now,
        )?,
        Command::Move(to) => return relocate(record, *to, request, grace, now),
        Command::Retry => return retry(record, request, now),
    }
    Ok(Applied::Changed)
}

fn suspend(
    record: &mut MediaRecord,
    suspension: &Suspension,
    request: &Request,
    grace: Grace,
    now: Timestamp,
) -> Result<Applied, Error> {
    let state = record.state;
    let withdrawn = matches!(state, State::Suspending | State::Suspended);
    if withdrawn && record.suspension.as_ref() == Some(suspension) {
        return Ok(if state == State::Suspended {
            Applied::Done
        } else {
            Applied::UnderWay
        });
    }
    let reason = Some(suspension.reason.as_str().to_owned());
    record.suspension = Some(suspension.clone());
    if withdrawn {
        record.note(What::ReasonChanged, &request.by, reason, now);
        return Ok(Applied::Changed);
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
        request,
        grace,
        now,
    )?;
    record.resume_state = resume_state;
    Ok(Applied::Changed)
}

fn relocate(
    record: &mut MediaRecord,
    to: Visibility,
    request: &Request,
    grace: Grace,
    now: Timestamp,
) -> Result<Applied, Error> {
    match record.state {
        State::Moving if record.visibility == to => Ok(Applied::UnderWay),
        State::Ready if record.visibility == to => Ok(Applied::Done),
        State::Ready => {
            begin(record, State::Moving, What::Moving, request, grace, now)?;
            record.visibility = to;
            Ok(Applied::Changed)
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
        | State::Deleted => Ok(Applied::Refused(Refused::NotReady)),
    }
}

fn retry(record: &mut MediaRecord, request: &Request, now: Timestamp) -> Result<Applied, Error> {
    match record.state {
        State::Failed => {
            let bound = record.content.is_some() && record.source.is_some();
            let to = if bound {
                State::Processing
            } else {
                State::Validating
            };
            record.transition_to(to, now)?;
            record.generation += 1;
            record.note(What::Retried, &request.by, None, now);
            Ok(Applied::Changed)
        }
        // A retry was requested before and has not finished yet.
        State::Validating | State::Processing if record.failed_message.is_some() => {
            Ok(Applied::UnderWay)
        }
        // The operation is stuck, because its message was given up.
        State::Suspending | State::Restoring | State::Moving if record.last_error.is_some() => {
            Ok(Applied::UnderWay)
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
        | State::Deleted => Ok(Applied::Refused(Refused::NothingToRetry)),
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
    request: &Request,
    grace: Grace,
    now: Timestamp,
) -> Result<(), Error> {
    let quiet_at = quiet_at(record, grace, now);
    let unrendered_at = later(now, grace.render_seconds);
    let forgets = forgets::how_often(record, &request.command, quiet_at, unrendered_at);
    let overtook_suspension = record.state == State::Suspending;
    record.transition_to(to, now)?;
    record.generation += 1;
    record.withdrawal = Some(Withdrawal {
        forgets,
        overtook_suspension,
        ..Withdrawal::new(quiet_at)
    });
    record.last_error = None;
    let note = match &request.command {
        Command::Suspend(suspension) => Some(suspension.reason.as_str()),
        Command::Move(to) => Some(to.as_str()),
        Command::Restore | Command::Delete | Command::Retry => None,
    };
    record.note(what, &request.by, note.map(str::to_owned), now);
    Ok(())
}

fn quiet_at(record: &MediaRecord, grace: Grace, now: Timestamp) -> Timestamp {
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

fn later(from: Timestamp, seconds: u32) -> Timestamp {
    let after = SignedDuration::from_secs(seconds.into());
    from.checked_add(after).unwrap_or(Timestamp::MAX)
}
