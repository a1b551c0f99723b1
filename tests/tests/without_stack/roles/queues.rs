//! Tests that what a stage assumes of its queue and its timeout is what the template says.

use dozo::stages::settle::{LEASE_SECONDS, TRANSCODE_LEASE_SECONDS};
use dozo::vocabulary::stage::{MAX_DELIVERIES, Stage};
use dozo_tests::template::{Function, Template, referenced};
use serde_json::Value;

/// Returns the queues that a stage's function consumes, and the function.
fn consumed(template: &Template, stage: Stage) -> (Vec<String>, Function) {
    let mut functions = template.functions().into_iter();
    let function = functions.find(|function| function.directory == stage.as_str());
    let function = function.unwrap();
    let sources = template.of_type("AWS::Lambda::EventSourceMapping");
    let queues = sources
        .filter(|source| referenced(source.property("/FunctionName")) == function.id)
        .map(|source| referenced(source.property("/EventSourceArn")));
    (queues.collect(), function)
}

/// Deliveries that are throttled are no tries.
#[test]
fn queues_deliver_more_often_than_stages_try() {
    let template = Template::load().unwrap();
    for stage in [
        Stage::ValidateUpload,
        Stage::SplitPdf,
        Stage::TranscodeMedia,
        Stage::FinishTranscode,
        Stage::RunOperation,
        Stage::InvalidateCache,
        Stage::FetchRemote,
    ] {
        let (queues, _) = consumed(&template, stage);
        // For slow documents, and for bulk uploads.
        let second = usize::from([Stage::SplitPdf, Stage::ValidateUpload].contains(&stage));
        assert_eq!(queues.len(), 1 + second, "{queues:?}");
        for queue in queues {
            let redrive = template
                .resource(&queue)
                .unwrap()
                .property("/RedrivePolicy");
            let receives = redrive.get("maxReceiveCount").and_then(Value::as_u64);
            assert_eq!(receives, Some(MAX_DELIVERIES.into()), "{queue}");
            let counts_tries = stage != Stage::InvalidateCache;
            assert!(
                !counts_tries || MAX_DELIVERIES >= 4 * stage.max_attempts(),
                "{queue}"
            );
        }
    }
}

/// A worker that runs longer than the lease could publish a version that another one has given up.
#[test]
fn nobody_is_given_up_while_it_may_still_be_at_work() {
    let template = Template::load().unwrap();
    for (stage, lease) in [
        (Stage::ValidateUpload, LEASE_SECONDS),
        (Stage::SplitPdf, LEASE_SECONDS),
        (Stage::TranscodeMedia, TRANSCODE_LEASE_SECONDS),
    ] {
        let (_, function) = consumed(&template, stage);
        let lease = u64::try_from(lease).unwrap();
        assert!(lease >= 2 * function.timeout, "{lease} s");
    }
}
