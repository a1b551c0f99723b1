//! Tests a network that fails in one of twenty calls to S3, SQS and STS, made by the functions and by the uploading
//! clients. A back end that receives webhooks hears of every media all the same.
//!
//! It runs on a stack of its own, whose functions are pointed at the fault proxy.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use dozo::vocabulary::keys::Prefix;
use dozo::vocabulary::names::AppId;
use dozo_tests::crowd::Crowd;
use dozo_tests::faults::plan::{Fault, Plan, Service};
use dozo_tests::faults::{self, Proxy};
use dozo_tests::own_stack::{OwnStack, Ports, Signal};
use dozo_tests::receiver::Receiver;
use dozo_tests::stack::{DEMO, Grant, Stack};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::failures::configure::configure;
use crate::failures::junk::kept_within;
use crate::failures::send;

/// The uploads, unless `WIRE_UPLOADS` says another number. A thousand take seven minutes, in which other tests would wait
/// behind them.
const UPLOADS: usize = 300;

fn uploads() -> usize {
    let said = std::env::var("WIRE_UPLOADS").ok();
    said.map_or(UPLOADS, |said| said.parse().unwrap())
}

/// Each grant makes at least one call to STS.
const GRANTS: usize = 60;

/// Messages that no function can handle: each is told five times, by a call to SQS, to come again.
const JUNK: usize = 12;

const AT_ONCE: usize = 16;

/// The share of calls that meet a fault.
const RATE: f64 = 0.05;

/// With this seed, each of [`TOLD`] strikes SQS and STS within the first 56 calls, and that many calls are certain to
/// be made.
const SEED: u64 = 487;

/// The faults that every service meets. S3, with its thousands of calls, meets every fault that exists.
const TOLD: [Fault; 3] = [Fault::Throttled, Fault::Reset, Fault::AnswerLost];

/// The wait for a message whose delay could not be set, because a fault struck that very call: it comes again when its
/// queue's visibility timeout is over, 12 minutes later. It may be late, but not lost.
const LATE: Duration = Duration::from_secs(15 * 60);

/// Attempts of an uploading client. The SDKs' own three are not enough: among thousands of calls, some meet a fault
/// three times in a row.
const TRIES: u32 = 8;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_calls_fail() {
    let mut own = OwnStack::new("wire");
    let stack = own.start(Ports::default()).await;
    let plan = Plan::new(SEED, RATE, &Fault::ALL);
    let proxy = faults::start(&stack.file.aws_endpoint, plan).await.unwrap();
    for function in stack.file.functions.keys() {
        configure(&stack, function, |variables| point_at(&proxy, variables)).await;
    }

    let receiver = Receiver::of(&stack, DEMO).await;
    let junk = join_all((0..JUNK).map(|_| send(&stack, "uploads", "junk"))).await;
    let mut grants = Vec::new();
    for _ in 0..GRANTS {
        grants.push(grant(&stack).await);
    }
    let crowd = Crowd::of(&grants, uploads());
    let sent = crowd
        .send(AT_ONCE, |grant| patient_client(&stack, grant, &proxy))
        .await;
    let records = sent.all_ready(&stack).await;
    sent.assert_published_once(&stack, &records).await;
    let media = records.iter().map(|record| record.media.to_string());
    let told = receiver.until_told("media.ready", &media.collect()).await;
    told.assert_without_gap();
    eprintln!(
        "{} events in {} deliveries",
        told.events.len(),
        told.deliveries
    );
    for id in &junk {
        assert_eq!(kept_within(&stack, id, LATE).await.body, "junk");
    }
    let marks = Prefix::failed(&AppId::parse(DEMO).unwrap());
    let left = stack.all_keys("records", marks.as_str()).await;
    assert!(left.is_empty(), "given up: {left:?}");
    assert_calls_were_struck(&proxy.plan);
    assert_eq!(own.stop(Signal::TERM).await, Some(0));
}

fn point_at(proxy: &Proxy, variables: &mut serde_json::Map<String, Value>) {
    for service in ["S3", "SQS", "STS"] {
        let endpoint = json!(proxy.endpoint);
        variables.insert(format!("AWS_ENDPOINT_URL_{service}"), endpoint);
    }
}

/// Asks until it is granted; a call of the API whose own calls failed too often answers with a 5xx.
async fn grant(stack: &Stack) -> Grant {
    let mut refusals = Vec::new();
    while refusals.len() < 5 {
        match stack.try_grant(DEMO, &json!({})).await {
            Ok(grant) => return grant,
            Err(reply) => refusals.push(reply),
        }
        assert!(
            refusals.iter().all(|reply| reply.status >= 500),
            "{refusals:?}"
        );
    }
    panic!("no grant: {refusals:?}")
}

fn patient_client(stack: &Stack, grant: &Grant, proxy: &Proxy) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(&stack.sdk(&grant.keys))
        .force_path_style(true)
        .endpoint_url(&proxy.endpoint)
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES));
    aws_sdk_s3::Client::from_conf(config.build())
}

fn assert_calls_were_struck(plan: &Plan) {
    for service in Service::ALL {
        let faults = Fault::ALL.map(|fault| (fault, plan.struck(service, fault)));
        eprintln!("{service:?}: {} calls, {faults:?}", plan.calls(service));
        for fault in TOLD {
            assert!(
                plan.struck(service, fault) > 0,
                "no {fault:?} on {service:?}"
            );
        }
    }
    for fault in Fault::ALL {
        assert!(plan.struck(Service::S3, fault) > 0, "no {fault:?} on S3");
    }
    // All calls that an upload needs went through the proxy, and enough of them met a fault.
    let (calls, struck) = (plan.calls(Service::S3), plan.struck_at_all(Service::S3));
    assert!(calls > 7 * uploads(), "only {calls} calls of S3");
    assert!(struck * 100 > calls * 3, "only {struck} of {calls} calls");
}
