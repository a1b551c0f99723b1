//! Which media can be granted, and what is said of the others.

use crate::names::Visibility;
use crate::problem::Problem;
use crate::record::MediaRecord;
use crate::state::State;

/// `None` when it can be granted.
pub(super) fn refusal(record: &MediaRecord) -> Option<Problem> {
    match record.state {
        State::Ready => (record.visibility == Visibility::Public).then(public),
        State::Validating
        | State::Processing
        | State::Rejected
        | State::Failed
        | State::Restoring
        | State::Moving => Some(not_ready(record.state)),
        State::Suspending | State::Suspended => Some(suspended()),
        State::Deleting | State::Deleted => Some(deleted()),
    }
}

/// 409, not 400: nothing is wrong with the wish, and the same wish can be granted after a change of visibility.
fn public() -> Problem {
    Problem {
        status: 409,
        code: "media_public",
        title: "The media is public",
        detail: "It needs no grant: its addresses open as they are.".to_owned(),
        ..Problem::unknown_media()
    }
}

fn not_ready(state: State) -> Problem {
    Problem {
        status: 409,
        code: "media_not_ready",
        title: "The media is not ready",
        detail: format!("It is {state}; only a ready one can be granted."),
        ..Problem::unknown_media()
    }
}

fn suspended() -> Problem {
    Problem {
        status: 410,
        code: "media_suspended",
        title: "The media is suspended",
        detail: "It was withdrawn from delivery, so there is nothing to open.".to_owned(),
        ..Problem::unknown_media()
    }
}

fn deleted() -> Problem {
    Problem {
        status: 410,
        code: "media_deleted",
        title: "The media is deleted",
        detail: "It was deleted and does not come back.".to_owned(),
        ..Problem::unknown_media()
    }
}
