//! The common parts of all commands on a record: their result, and the beginning of an operation.

use jiff::{SignedDuration, Timestamp};

use super::forgets;
use crate::platform::error::Error;
use crate::vocabulary::message::order::{Command, Request};
use crate::vocabulary::operation::{Grace, Withdrawal};
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
    /// Only a media that viewers are served can change its captions.
    NotServed,
    /// Only audio and video have captions.
    NotAudioOrVideo,
    /// The media has as many captions as it may have.
    TooManyCaptions,
    /// The media is deleted or is being deleted.
    Deleted,
}

/// Begins an operation to this state.
///
/// # Errors
/// [`Error::Transition`] if the table of states does not allow it.
pub(super) fn begin(
    record: &mut MediaRecord,
    to: State,
    what: What,
    request: &Request,
    grace: Grace,
    now: Timestamp,
) -> Result<(), Error> {
    let quiet_at = quiet_at(record, to, grace, now);
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
        Command::PutCaptions(captions) => Some(captions.id.language.as_str()),
        Command::RemoveCaptions(language) => Some(language.as_str()),
        Command::Expire => Some("expired"),
        Command::Restore | Command::Delete | Command::Retry => None,
    };
    record.note(what, &request.by, note.map(str::to_owned), now);
    Ok(())
}

/// Returns when nobody who began before an operation to this state can be at work any more. A change of captions does not
/// wait for renders, because they put nothing.
fn quiet_at(record: &MediaRecord, to: State, grace: Grace, now: Timestamp) -> Timestamp {
    let rested = later(record.state_since, grace.stage_seconds);
    if record.has_leftovers() {
        // Another run may be taking away what was published of the refused file.
        return later(now, grace.stage_seconds);
    }
    match record.state {
        State::Ready if to == State::Updating => rested.max(now),
        State::Ready => rested.max(later(now, grace.render_seconds)),
        State::Rejected | State::Failed | State::Suspended | State::Deleted => rested.max(now),
        State::Validating
        | State::Processing
        | State::Suspending
        | State::Restoring
        | State::Moving
        | State::Updating
        | State::Deleting => later(now, grace.stage_seconds),
    }
}

pub(super) fn later(from: Timestamp, seconds: u32) -> Timestamp {
    let after = SignedDuration::from_secs(seconds.into());
    from.checked_add(after).unwrap_or(Timestamp::MAX)
}
