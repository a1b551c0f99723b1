//! Fuzzes records: a record that is read is written as the same record again.

#![no_main]

use std::fmt::Debug;

use dozo::stages::failure::FailedMessage;
use dozo::vocabulary::app::{AppRecord, GrantRecord};
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::rejection::Reason;
use dozo::vocabulary::stage::Stage;
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn round<T: DeserializeOwned + Serialize + Debug>(body: &[u8]) -> Option<T> {
    let record: T = serde_json::from_slice(body).ok()?;
    let written = serde_json::to_vec(&record).expect("a record is JSON");
    let again: T = serde_json::from_slice(&written).expect("what is written can be read");
    assert_eq!(format!("{record:?}"), format!("{again:?}"));
    Some(record)
}

fuzz_target!(|body: &[u8]| {
    if let Some(record) = round::<MediaRecord>(body) {
        // Whatever the record contains, changing it must not panic.
        let (mut failed, mut anew) = (record.clone(), record);
        let at = failed.updated_at;
        let _refused = failed.reject(&Reason::Empty, None, Stage::ValidateUpload, at);
        let _refused = anew.validate_anew(at);
        round::<MediaRecord>(&serde_json::to_vec(&anew).expect("a record is JSON"));
    }
    round::<AppRecord>(body);
    if let Some(grant) = round::<GrantRecord>(body) {
        let _covered = grant.covers("a.jpg");
    }
    round::<FailedMessage>(body);
});
