//! The states in which a media cannot be granted, and the problem that the caller gets for each.

use crate::platform::problem::Problem;
use crate::vocabulary::names::Visibility;
use crate::vocabulary::operation::{SuspendReason, Suspension};
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::state::State;

/// Returns the reason for which access to the media cannot be granted, or `None` if it can.
pub(super) fn refusal(record: &MediaRecord) -> Option<Problem> {
    match record.state {
        State::Ready | State::Updating => (record.visibility == Visibility::Public).then(public),
        State::Validating
        | State::Processing
        | State::Rejected
        | State::Failed
        | State::Restoring
        | State::Moving => Some(not_ready(record.state)),
        State::Suspending | State::Suspended => Some(suspended(demanded(record))),
        State::Deleting | State::Deleted => Some(deleted()),
    }
}

/// 409: the media needs no grant. It is not 400: the request is valid and can be granted once the media is private.
#[must_use]
pub fn public() -> Problem {
    Problem {
        status: 409,
        code: "media_public",
        title: "The media is public",
        detail: "It needs no grant: anybody can open its URLs.".to_owned(),
        ..Problem::unknown_media()
    }
}

/// 409: viewers are not served the media.
#[must_use]
pub fn not_ready(state: State) -> Problem {
    Problem {
        status: 409,
        code: "media_not_ready",
        title: "The media is not ready",
        detail: format!("The media is {state}; only a ready media can be granted."),
        ..Problem::unknown_media()
    }
}

/// Returns the suspension of a media if an authority demands it.
fn demanded(record: &MediaRecord) -> Option<&Suspension> {
    let suspension = record.suspension.as_ref();
    suspension.filter(|suspension| suspension.reason == SuspendReason::Legal)
}

/// 451 if an authority demands the suspension, with a link to that authority (RFC 7725); otherwise 410.
#[must_use]
pub fn suspended(demanded: Option<&Suspension>) -> Problem {
    Problem {
        status: if demanded.is_some() { 451 } else { 410 },
        blocked_by: demanded.and_then(|demanded| demanded.blocked_by.clone()),
        code: "media_suspended",
        title: "The media is suspended",
        detail: "The media was withdrawn from delivery and cannot be opened.".to_owned(),
        ..Problem::unknown_media()
    }
}

/// 410: nothing is left of the media.
#[must_use]
pub fn deleted() -> Problem {
    Problem {
        status: 410,
        code: "media_deleted",
        title: "The media is deleted",
        detail: "The media was deleted and cannot be restored.".to_owned(),
        ..Problem::unknown_media()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::vocabulary::names::{AppId, FileName, UploadId};

    #[test]
    fn what_an_authority_demands_is_said_so() {
        let upload = UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").unwrap();
        let mut record = MediaRecord::new(
            AppId::parse("demo").unwrap(),
            &upload,
            FileName::new("a.png").unwrap(),
            Visibility::Private,
            Timestamp::UNIX_EPOCH,
        );
        record.state = State::Suspended;
        let address = "https://authority.example/1".to_owned();
        for (reason, status, blocked_by) in [
            (SuspendReason::Legal, 451, Some(address.clone())),
            (SuspendReason::Abuse, 410, None),
        ] {
            record.suspension = Some(Suspension {
                reason,
                note: None,
                blocked_by: Some(address.clone()),
            });
            let refused = refusal(&record).unwrap();
            assert_eq!((refused.status, refused.blocked_by), (status, blocked_by));
        }
    }
}
