use std::num::NonZeroU32;

use super::event::HISTORY;
use super::*;
use crate::vocabulary::kind::Format;
use crate::vocabulary::placeholder::Placeholder;

fn record() -> MediaRecord {
    let upload = UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").unwrap();
    let name = FileName::new("猫.jpg").unwrap();
    MediaRecord::new(
        AppId::parse("demo").unwrap(),
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
        record.supersede(&ETag::new(&version.to_string()), Timestamp::UNIX_EPOCH);
        let newest = record.history.last().and_then(|event| event.note.clone());
        assert_eq!(newest, Some(ETag::new(&version.to_string()).to_string()));
    }
    assert_eq!(record.history.len(), HISTORY);
    let before = record.clone();
    let again = ETag::new(&(HISTORY * 2 - 1).to_string());
    record.supersede(&again, Timestamp::UNIX_EPOCH);
    assert_eq!(record, before);
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

/// A stage that was not stopped knows what it has published; of one that was, something may be left.
#[test]
fn what_is_refused_after_its_work_was_stopped_may_have_left_something() {
    let (etag, now) = (ETag::new("abc"), Timestamp::UNIX_EPOCH);
    let stopping: [&[What]; 5] = [
        &[],
        &[What::Failed, What::Retried],
        &[What::Suspending, What::Suspended, What::Restoring],
        &[What::Superseded],
        &[What::Failed; HISTORY],
    ];
    let leaves = [false, true, true, false, true];
    for (between, leaves) in stopping.into_iter().zip(leaves) {
        let mut record = record();
        record.note(What::Failed, "a stage", None, now);
        let content = Content::new(Format::Webm, 9);
        record
            .accept(content, Visibility::Public, &etag, now)
            .unwrap();
        for what in between {
            record.note(*what, "somebody", None, now);
        }
        let (reason, by) = (Reason::Overwritten, Stage::ValidateUpload);
        record.reject(&reason, Some(&etag), by, now).unwrap();
        assert_eq!(record.has_leftovers(), leaves, "{between:?}");
        assert_eq!(record.is_at_rest(), !leaves, "{between:?}");
    }
}

#[test]
fn of_blocked_bytes_nothing_stays_that_shows_them() {
    let mut record = record();
    let content = Content {
        sha256: Some("00".to_owned()),
        placeholder: Some(Placeholder {
            thumbhash: "AAAA".to_owned(),
            color: "#000000".to_owned(),
        }),
        preview: NonZeroU32::new(2),
        ..Content::new(Format::Jpeg, 9)
    };
    let (etag, now) = (ETag::new("abc"), Timestamp::UNIX_EPOCH);
    record
        .accept(content.clone(), Visibility::Public, &etag, now)
        .unwrap();
    let reason = Reason::BlockedContent;
    record
        .reject(&reason, Some(&etag), Stage::ValidateUpload, now)
        .unwrap();
    let kept = record.content.unwrap();
    assert_eq!((&kept.placeholder, kept.preview), (&None, None));
    assert_eq!(kept.sha256, content.sha256);
}
