//! Applies a command to a record. This is the only place that decides which commands are possible in which state.
//!
//! The functions are pure, because they are called again after every lost race. How long somebody may still be at work
//! follows from the state that the operation leaves: work that began in that state may run on, and so may work that led
//! to it if it is a state at rest.

use jiff::Timestamp;

use super::begin::{Applied, Refused, begin};
use super::listed;
use crate::platform::error::Error;
use crate::vocabulary::message::order::{Command, Request};
use crate::vocabulary::names::Visibility;
use crate::vocabulary::operation::{Grace, Suspension};
use crate::vocabulary::record::{MediaRecord, What};
use crate::vocabulary::state::State;

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
        Command::Expire if !record.has_expired(now) => return Ok(Applied::Done),
        Command::Retry if record.is_overdue(grace.stage_seconds, now) => {
            return Ok(Applied::UnderWay);
        }
        _ if matches!(state, State::Deleting | State::Deleted) => {
            return Ok(Applied::Refused(Refused::Deleted));
        }
        Command::Delete if record.is_held() => return Ok(Applied::Refused(Refused::LegalHold)),
        Command::Delete | Command::Expire => {
            begin(record, State::Deleting, What::Deleting, request, grace, now)?
        }
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
        Command::PutCaptions(_) | Command::RemoveCaptions(_) => {
            return listed::change(record, request, grace, now);
        }
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
        | State::Updating
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
        | State::Updating
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
        State::Suspending | State::Restoring | State::Moving | State::Updating
            if record.last_error.is_some() =>
        {
            Ok(Applied::UnderWay)
        }
        State::Rejected if record.has_leftovers() && record.last_error.is_some() => {
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
        | State::Updating
        | State::Deleting
        | State::Deleted => Ok(Applied::Refused(Refused::NothingToRetry)),
    }
}
