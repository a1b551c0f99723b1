//! Tests queues and event sources: no message is lost, no message is processed twice at the same time, and nobody else
//! can send.

use std::collections::{BTreeMap, BTreeSet};

use dozo_tests::template::{Function, Resource, Template, referenced, text};
use serde_json::json;

use crate::template::{assert_denies_plain_http, global_name, template};

/// The retention in seconds and the attempts, according to the design.
const DEAD_LETTER_SECONDS: u64 = 14 * 24 * 3600;
const MAX_RECEIVES: u64 = 20;

/// The deliveries of a dead letter, in addition to those that it may bring along.
const MAX_RECEIVES_OF_DEAD: u64 = 5;

/// The parameter that bounds each event source, by the source's name without `Messages`.
const AT_ONCE: [(&str, &str); 12] = [
    ("ValidateUpload", "ValidateConcurrency"),
    ("ValidateBulkUpload", "BulkConcurrency"),
    ("SplitPdf", "SplitPdfConcurrency"),
    ("SplitSlowPdf", "SplitSlowPdfConcurrency"),
    ("TranscodeMedia", "TranscodeConcurrency"),
    ("FinishTranscode", "FinishTranscodeConcurrency"),
    ("RunOperation", "OperationConcurrency"),
    ("InvalidateCache", "InvalidateConcurrency"),
    ("AnnounceChange", "AnnounceConcurrency"),
    ("DeliverWebhook", "WebhookConcurrency"),
    ("FetchRemote", "FetchConcurrency"),
    ("RecordFailure", "RecordFailureConcurrency"),
];

fn consumers(template: &Template) -> Vec<(Resource<'_>, Function, String)> {
    let functions = template.functions();
    let sources = template.of_type("AWS::Lambda::EventSourceMapping");
    sources
        .map(|source| {
            let id = referenced(source.property("/FunctionName"));
            let at = functions
                .iter()
                .position(|function| function.id == id)
                .unwrap();
            let queue = referenced(source.property("/EventSourceArn"));
            (source, template.functions().swap_remove(at), queue)
        })
        .collect()
}

#[test]
fn every_consumer_reports_partial_failures_and_is_bounded() {
    let template = template();
    let consumers = consumers(&template);
    assert_eq!(consumers.len(), AT_ONCE.len());
    for (source, function, queue) in consumers {
        assert_eq!(
            source.property("/FunctionResponseTypes"),
            &json!(["ReportBatchItemFailures"]),
            "{queue}"
        );
        let bound = source.property("/ScalingConfig/MaximumConcurrency");
        let name = source.id.strip_suffix("Messages").unwrap();
        let hidden = template.resource(&queue).unwrap();
        let timeout = hidden.property("/VisibilityTimeout").as_u64().unwrap();
        assert!(
            timeout >= 6 * function.timeout,
            "{queue}: {timeout} s for a function of {} s",
            function.timeout
        );
        let is_a_second = matches!(name, "SplitSlowPdf" | "ValidateBulkUpload");
        assert!(is_a_second || name == function.id, "{name}");
        let (_, parameter) = AT_ONCE.iter().find(|(of, _)| *of == name).unwrap();
        assert_eq!(bound, &json!({ "Ref": parameter }));
        // The service takes 2 to 1,000. What not every app needs can be switched off.
        let declared = &template.section("Parameters")[*parameter];
        let numbers = ["Default", "MinValue", "MaxValue"].map(|name| declared[name].as_u64());
        let is_optional = matches!(name, "DeliverWebhook" | "FetchRemote");
        let bounds = [Some(2), Some(u64::from(!is_optional) * 2), Some(1000)];
        assert_eq!(numbers, bounds, "{parameter}");
        assert_eq!(source.part("/Condition").is_string(), is_optional, "{name}");
    }
}

#[test]
fn what_is_consumed_at_once_leaves_a_new_account_room_for_the_api() {
    let template = template();
    // These have work only now and then, and Lambda allows no limit below 2 for any of them. (With MediaConvert,
    // finish-transcode has the work, and transcode-media has little.)
    let idle = [
        "ValidateBulkUpload",
        "SplitSlowPdf",
        "RecordFailure",
        "RunOperation",
        "InvalidateCache",
        "FinishTranscode",
        "DeliverWebhook",
        "FetchRemote",
    ];
    let busy = AT_ONCE.iter().filter(|(of, _)| !idle.contains(of));
    let parameters = template.section("Parameters");
    let defaults = busy.map(|(_, name)| parameters[name]["Default"].as_u64().unwrap());
    let sum: u64 = defaults.sum();
    // Changes are announced while files come, in a few hundredths of a second each.
    assert!(sum <= 8, "a new account has 10: {sum}");
}

/// A takedown asks the CDN within a second or two. With a batching window of any length, Lambda may wait for 20 seconds
/// on a quiet queue: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>. Without one, it takes up to ten
/// messages that wait.
#[test]
fn no_queue_waits_to_fill_a_batch() {
    let template = template();
    for (source, function, queue) in consumers(&template) {
        let batch = source.property("/BatchSize").as_u64();
        let light = ["InvalidateCache", "AnnounceChange", "DeliverWebhook"];
        let is_light = light.contains(&function.id.as_str());
        let expected = if is_light { 10 } else { 1 };
        assert_eq!(batch, Some(expected), "{queue}");
        let window = source.property("/MaximumBatchingWindowInSeconds");
        assert!(window.is_null(), "{queue}");
    }
}

/// `make deploy` adds up the parameters whose names end so, besides those that reserve.
#[test]
fn what_reserves_is_told_from_what_bounds_by_its_name() {
    let template = template();
    let parameters = template.section("Parameters").as_object().unwrap();
    let names = parameters
        .keys()
        .filter(|name| name.ends_with("Concurrency"));
    let expected = AT_ONCE
        .iter()
        .map(|(_, name)| *name)
        .chain(["RenderConcurrency", "ApiConcurrency"]);
    assert_eq!(
        names.map(String::as_str).collect::<BTreeSet<_>>(),
        expected.collect()
    );
}

#[test]
fn nothing_is_reserved_unless_it_is_asked_for() {
    let template = template();
    let mut reserving = BTreeMap::new();
    for function in template.of_type("AWS::Serverless::Function") {
        let reserved = function.property("/ReservedConcurrentExecutions");
        if !reserved.is_null() {
            reserving.insert(function.id, reserved);
        }
    }
    let by = |condition: &str, parameter: &str| {
        let declared = &template.section("Parameters")[parameter];
        assert_eq!(
            [&declared["Default"], &declared["MinValue"]],
            [&json!(0); 2],
            "{parameter}"
        );
        let none = json!({"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, 0]}]});
        assert_eq!(template.section("Conditions")[condition], none);
        json!({"Fn::If": [condition, {"Ref": parameter}, {"Ref": "AWS::NoValue"}]})
    };
    let render = by("ReservesForRendering", "RenderConcurrency");
    let api = by("ReservesForApi", "ApiConcurrency");
    // `make deploy` counts four for each one of ApiConcurrency.
    let expected = [
        ("GrantAccess", &api),
        ("IssueToken", &api),
        ("RenderThumbnail", &render),
        ("ShowMedia", &api),
        ("SuspendMedia", &api),
    ];
    assert_eq!(reserving, expected.into());
}

/// Counts the queues in a row that have given up a message before it arrives in this one.
fn sources(template: &Template, id: &str) -> u64 {
    let mut queues = template.of_type("AWS::SQS::Queue");
    let source =
        queues.find(|queue| referenced(queue.property("/RedrivePolicy/deadLetterTargetArn")) == id);
    source.map_or(0, |source| 1 + sources(template, source.id))
}

#[test]
fn every_consumed_queue_has_dead_letters_that_let_only_it_in() {
    let template = template();
    for (_, _, id) in consumers(&template) {
        let queue = template.resource(&id).unwrap();
        let redrive = queue.property("/RedrivePolicy");
        let is_dead = sources(&template, &id) > 0;
        let (before, receives) = if is_dead {
            (MAX_RECEIVES, MAX_RECEIVES_OF_DEAD)
        } else {
            (0, MAX_RECEIVES)
        };
        assert_eq!(
            redrive.get("maxReceiveCount").unwrap().as_u64(),
            Some(before + receives),
            "{id}: a message may bring its count along"
        );
        let dead = template
            .resource(&referenced(redrive.get("deadLetterTargetArn").unwrap()).clone())
            .map(|dead| {
                assert_eq!(
                    dead.property("/MessageRetentionPeriod").as_u64(),
                    Some(DEAD_LETTER_SECONDS),
                    "{id}"
                );
                let allow = dead.property("/RedriveAllowPolicy");
                assert_eq!(allow.get("redrivePermission"), Some(&json!("byQueue")));
                let arn = format!(
                    "arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{}",
                    text(queue.property("/QueueName"))
                );
                let sources = allow
                    .get("sourceQueueArns")
                    .and_then(|arns| arns.as_array());
                assert!(
                    sources.unwrap().iter().any(|source| text(source) == arn),
                    "{id}"
                );
            });
        assert!(dead.is_some(), "{id}: its dead letters go nowhere");
    }
}

/// SQS keeps no message for longer than 14 days.
#[test]
fn every_queue_keeps_its_messages_for_as_long_as_there_is() {
    let template = template();
    for queue in template.of_type("AWS::SQS::Queue") {
        let kept = queue.property("/MessageRetentionPeriod").as_u64();
        assert_eq!(kept, Some(DEAD_LETTER_SECONDS), "{}", queue.id);
    }
}

#[test]
fn dead_letters_are_read_and_the_last_resort_is_not() {
    let template = template();
    let read: Vec<String> = consumers(&template)
        .into_iter()
        .map(|(_, _, queue)| queue)
        .collect();
    let mut unread: Vec<&str> = template
        .of_type("AWS::SQS::Queue")
        .map(|queue| queue.id)
        .collect();
    unread.retain(|id| !read.contains(&(*id).to_owned()));
    assert_eq!(unread, ["LastResortQueue"]);
    let last = template.resource("LastResortQueue").unwrap();
    assert!(last.property("/RedrivePolicy").is_null());
    assert_eq!(
        last.property("/MessageRetentionPeriod").as_u64(),
        Some(DEAD_LETTER_SECONDS)
    );
}

#[test]
fn every_queue_is_named_encrypted_and_closed() {
    let template = template();
    for queue in template.of_type("AWS::SQS::Queue") {
        assert!(
            text(queue.property("/QueueName")).starts_with("${AWS::StackName}-"),
            "{}",
            queue.id
        );
        assert_eq!(
            queue.property("/SqsManagedSseEnabled"),
            &json!(true),
            "{}",
            queue.id
        );
        assert!(
            queue.property("/KmsMasterKeyId").is_null(),
            "{}: S3 could not send",
            queue.id
        );
        let id = format!("{}Policy", queue.id);
        let policy = template.resource(&id).map(Resource::statements).unwrap();
        assert_denies_plain_http(&policy, "sqs:*", &[format!("${{{}.Arn}}", queue.id)]);
    }
}

#[test]
fn only_our_buckets_send_what_was_put() {
    for (queue, bucket, prefixes) in [
        ("Uploads", "Upload", &[None][..]),
        // Not what announce-change writes itself: it would call itself for ever.
        ("Announcements", "Records", &[Some("media/"), Some("apps/")]),
    ] {
        assert_is_sent_by(queue, bucket, prefixes);
    }
}

/// Asserts that only this bucket sends to a queue, and tells it of keys with these prefixes.
fn assert_is_sent_by(queue: &str, bucket: &str, prefixes: &[Option<&str>]) {
    let template = template();
    let policy = template
        .resource(&format!("{queue}QueuePolicy"))
        .unwrap()
        .statements();
    let allowed: Vec<_> = policy
        .iter()
        .filter(|statement| statement.effect == "Allow")
        .collect();
    let [send] = allowed.as_slice() else {
        unreachable!("one statement lets in: {allowed:?}")
    };
    assert_eq!(send.principal, "s3.amazonaws.com");
    assert_eq!(send.actions, ["sqs:SendMessage"]);
    // A bucket's name does not prove its owner, because names can be taken over; so the account is checked too.
    let name = bucket.to_lowercase();
    let arn =
        format!("arn:${{AWS::Partition}}:s3:::${{AWS::StackName}}-{name}-${{AWS::AccountId}}");
    assert_eq!(
        send.condition,
        json!({
            "ArnEquals": { "aws:SourceArn": global_name(&arn) },
            "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } },
        })
    );
    let id = format!("{bucket}Bucket");
    let bucket = template.resource(&id).unwrap();
    let notifications = bucket.property("/NotificationConfiguration/QueueConfigurations");
    let notifications = notifications.as_array().unwrap();
    assert_eq!(notifications.len(), prefixes.len(), "{notifications:?}");
    for (notification, prefix) in notifications.iter().zip(prefixes) {
        let filter =
            prefix.map(|prefix| json!({"S3Key": {"Rules": [{"Name": "prefix", "Value": prefix}]}}));
        assert_eq!(notification.get("Filter"), filter.as_ref());
        assert_eq!(
            notification.get("Event"),
            Some(&json!("s3:ObjectCreated:*"))
        );
        assert_eq!(
            text(notification.get("Queue").unwrap()),
            format!("${{{queue}Queue.Arn}}")
        );
    }
    assert_eq!(
        text(bucket.part("/DependsOn")),
        format!("{queue}QueuePolicy"),
        "S3 tries the queue at once"
    );
}

/// Events only name a job; whoever could send one could have the job cancelled, or its media marked as failed.
#[test]
fn only_our_rule_sends_what_jobs_tell() {
    let template = template();
    let policy = template
        .resource("TranscodedQueuePolicy")
        .unwrap()
        .statements();
    let allowed: Vec<_> = policy
        .iter()
        .filter(|statement| statement.effect == "Allow")
        .collect();
    let [send] = allowed.as_slice() else {
        unreachable!("one statement lets in: {allowed:?}")
    };
    assert_eq!(send.principal, "events.amazonaws.com");
    assert_eq!(send.actions, ["sqs:SendMessage"]);
    let rule = json!({"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["TranscodedRule", "Arn"]}}});
    assert_eq!(send.condition, rule);
    let rule = template.resource("TranscodedRule").unwrap();
    assert_eq!(
        rule.property("/EventPattern"),
        &json!({
            "source": ["aws.mediaconvert"],
            "detail-type": ["MediaConvert Job State Change"],
            "detail": {
                "userMetadata": {"dozo-work": [{"Ref": "WorkBucket"}]},
                "status": ["STATUS_UPDATE", "COMPLETE", "ERROR", "CANCELED"],
            },
        })
    );
    assert_eq!(
        text(rule.property("/Targets/0/Arn")),
        "${TranscodedQueue.Arn}"
    );
}

/// If these went with the parameter, jobs that run when a stack is switched to FFmpeg would never end.
#[test]
fn what_ends_jobs_is_there_whatever_transcodes() {
    let template = template();
    let names = ["FinishTranscode", "Transcoded", "MediaConvert"];
    let for_it = template
        .resources()
        .filter(|resource| names.iter().any(|name| resource.id.starts_with(name)));
    let ids: Vec<_> = for_it.map(|resource| resource.id).collect();
    for id in &ids {
        assert!(template.resource(id).unwrap().part("/Condition").is_null());
    }
    assert_eq!(ids.len(), 12, "{ids:?}");
    let parameter = template.section("Parameters").get("Transcoder").unwrap();
    assert_eq!(parameter.get("Default"), Some(&json!("mediaconvert")));
}
