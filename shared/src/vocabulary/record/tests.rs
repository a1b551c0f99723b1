use super::*;

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
