//! Counts how often a stage began to work on a message, which is not how often SQS delivered it.
//!
//! An account that runs as many functions as it may throttles the invocation for a delivery: the message comes again,
//! and nothing has failed. So the queues deliver a message more often (`maxReceiveCount` in the template) than a stage
//! tries it ([`Stage::max_attempts`]). After its last try, the stage gives the message back at once, unhandled, until it
//! becomes a dead letter.
//!
//! The first delivery is not noted, so that nothing is written for the many messages that succeed at once. Each later
//! one notes its try on the record of the media before it begins, so that a process that dies has left a trace. A
//! message that is delivered for the second time, without a trace, was throttled or has killed its process; then it is
//! counted from now on. An upload without a record leaves no trace, and only `maxReceiveCount` bounds its tries. So it
//! does those of an invalidation: it is asked for as long as there are deliveries, because to the CDN "later" is an
//! answer, and each delivery waits longer.

use crate::platform::batch::Message;
use crate::platform::error::Error;
use crate::platform::records::Records;
use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::{Content, Failure, MediaRecord, Tries};
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::State;

/// The most messages of a media whose tries are counted: a document has some for its spans of pages.
const MOST_MESSAGES: usize = 64;

/// A try to handle a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// Its number, counted from 1.
    pub number: u32,
    /// Whether the delivery before it ended without a report: it was throttled, or its process died.
    pub after_silence: bool,
}

impl Try {
    pub(crate) const FIRST: Self = Self {
        number: 1,
        after_silence: false,
    };
}

/// Begins a try, and notes it on the record if it may not be the first.
///
/// # Errors
/// [`Error::GivenUp`] if the stage has tried the message as often as it may, and the errors of [`Records::change_if`].
pub async fn begin(
    records: &Records,
    (app, media): (&AppId, &MediaId),
    stage: Stage,
    message: &Message,
) -> Result<Try, Error> {
    if message.deliveries <= 1 {
        return Ok(Try::FIRST);
    }
    let noted = records.change_if(
        (app, media),
        |record| is_at(record, stage),
        |record| {
            let begun = so_far(record, message);
            if begun >= stage.max_attempts() {
                return Err(Error::GivenUp { tries: begun });
            }
            entry(record, message).begun = begun.saturating_add(1);
            Ok(())
        },
    );
    let after = noted.await?;
    let tries = after.record.filter(|_| after.written);
    let Some(tries) = tries.and_then(|mut record| record.tries.remove(&message.id)) else {
        return Ok(Try::FIRST);
    };
    let reported = tries.report.map_or(0, |report| report.attempts);
    Ok(Try {
        number: tries.begun,
        after_silence: reported == 0 || reported.saturating_add(1) < tries.begun,
    })
}

/// Takes a try back that found another delivery at work: to wait for its end is no failure.
///
/// # Errors
/// The errors of [`Records::change_if`].
pub(crate) async fn take_back(
    records: &Records,
    (app, media): (&AppId, &MediaId),
    (stage, message): (Stage, &Message),
    begun: Try,
) -> Result<(), Error> {
    if message.deliveries <= 1 {
        return Ok(());
    }
    let taken = records.change_if(
        (app, media),
        |record| is_at(record, stage) && record.tries.contains_key(&message.id),
        |record| {
            let tries = entry(record, message);
            tries.begun = tries.begun.min(begun.number.saturating_sub(1));
            Ok(())
        },
    );
    taken.await.map(|_| ())
}

/// Notes that a try failed: the one of this number, or the next one if none was begun.
pub(crate) fn fail(
    record: &mut MediaRecord,
    message: &Message,
    number: Option<u32>,
    failure: Failure,
) {
    let number = number.unwrap_or_else(|| so_far(record, message).saturating_add(1));
    let failure = Failure {
        attempts: number,
        ..failure
    };
    let tries = entry(record, message);
    tries.begun = tries.begun.max(number);
    tries.report = Some(failure.clone());
    record.record_failure(failure);
}

/// Returns how many tries of a message have begun, as far as they left a trace on the record.
fn so_far(record: &MediaRecord, message: &Message) -> u32 {
    let tries = record.tries.get(&message.id);
    tries.map_or(0, |tries| tries.begun)
}

/// Returns the report of the last try of a message that a stage has given up, if it left one.
pub(crate) fn last_report<'r>(
    record: &'r MediaRecord,
    stage: Stage,
    message: &Message,
) -> Option<&'r Failure> {
    let tries = record.tries.get(&message.id)?;
    let last = |report: &&Failure| report.attempts >= tries.begun.max(stage.max_attempts());
    tries.report.as_ref().filter(last)
}

fn entry<'r>(record: &'r mut MediaRecord, message: &Message) -> &'r mut Tries {
    // A message that is forgotten is tried more often; nothing else happens.
    if record.tries.len() >= MOST_MESSAGES && !record.tries.contains_key(&message.id) {
        record.tries.pop_first();
    }
    record.tries.entry(message.id.clone()).or_default()
}

/// Returns whether a media is in a state in which a stage works on it.
pub(crate) fn is_at(record: &MediaRecord, stage: Stage) -> bool {
    match stage {
        Stage::ValidateUpload => {
            matches!(record.state, State::Validating | State::Processing)
        }
        Stage::SplitPdf | Stage::TranscodeMedia | Stage::FinishTranscode => {
            let kind = record.content.as_ref().map(Content::kind);
            record.state == State::Processing
                && kind.and_then(Kind::stage) == Some(stage.begun_by())
        }
        Stage::RunOperation => record.is_operated_on() || record.brought_by() == Some(stage),
        Stage::FetchRemote => record.brought_by() == Some(stage),
        Stage::InvalidateCache => record.is_operated_on(),
    }
}
