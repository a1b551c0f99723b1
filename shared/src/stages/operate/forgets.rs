//! Decides how often the CDN is asked to forget a media that is withdrawn.
//!
//! | operation      | the media                                               | the CDN forgets |
//! |----------------|---------------------------------------------------------|-----------------|
//! | any            | was never accepted, so nothing of it was ever published | never           |
//! | suspend        | anything else                                           | twice           |
//! | delete         | is suspended: the CDN has confirmed that it forgot      | never           |
//! | delete         | is being suspended                                      | twice           |
//! | delete         | was not ready yet: nobody was told its addresses        | once            |
//! | delete or move | is ready, and only renders may be at work               | once            |
//! | delete or move | is ready or on its way, and others may be at work       | twice           |
//! | captions       | is ready, and nobody may be at work                     | once            |
//! | captions       | is ready or being changed, and others may be at work    | twice           |
//!
//! A media that expires is deleted.
//!
//! "Once" is after `quiet_at`: until then, viewers may get what a cache has, or what a render that began before has filled it
//! with. If only renders are waited for, that is a minute. If a stage or an operation may still be at work, it is eleven,
//! which is too long for what somebody has just made private or deleted. A suspension is a takedown, which waits for nobody.

use jiff::Timestamp;

use crate::vocabulary::message::order::Command;
use crate::vocabulary::operation::Forgets;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// Returns how often the CDN has to forget the media of this record, to which the command has not been applied yet.
/// Nobody is at work after `quiet_at`, and no render after `unrendered_at`.
pub(super) fn how_often(
    record: &MediaRecord,
    command: &Command,
    quiet_at: Timestamp,
    unrendered_at: Timestamp,
) -> Forgets {
    if !record.was_accepted() {
        return Forgets::Never;
    }
    match (command, record.state) {
        // These take nothing away.
        (Command::Restore | Command::Retry, _) => Forgets::Never,
        (Command::PutCaptions(_) | Command::RemoveCaptions(_), _) if quiet_at > unrendered_at => {
            Forgets::Twice
        }
        (Command::PutCaptions(_) | Command::RemoveCaptions(_), _) => Forgets::Once,
        (Command::Delete | Command::Expire, State::Suspended) if is_forgotten(record) => {
            Forgets::Never
        }
        (Command::Suspend(_), _)
        | (Command::Delete | Command::Expire | Command::Move(_), State::Suspending) => {
            Forgets::Twice
        }
        (
            Command::Delete | Command::Expire | Command::Move(_),
            State::Validating | State::Processing | State::Rejected | State::Failed,
        ) => Forgets::Once,
        (
            Command::Delete | Command::Expire | Command::Move(_),
            State::Ready
            | State::Suspended
            | State::Restoring
            | State::Moving
            | State::Updating
            | State::Deleting
            | State::Deleted,
        ) if quiet_at > unrendered_at => Forgets::Twice,
        (Command::Delete | Command::Expire | Command::Move(_), _) => Forgets::Once,
    }
}

/// Returns whether the last operation ended with a confirmed invalidation, after which nobody could fill a cache.
fn is_forgotten(record: &MediaRecord) -> bool {
    let last = record
        .withdrawal
        .as_ref()
        .and_then(|withdrawal| withdrawal.last.as_ref());
    last.is_some_and(|last| last.completed_at.is_some())
}
