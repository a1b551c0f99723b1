//! Tests quotas with the real handlers on in-memory ports: files within a quota are accepted, others are refused with a
//! reason, and each media is counted once whatever happens.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::app::Quotas;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::world::{Letter, QUOTAS, World, call};
use image::ImageFormat;
use serde_json::{Value, json};

/// More deliveries than any message of these tests needs.
const ENOUGH: u32 = 20;

const DAY: u32 = 86_400;

fn world(change: impl FnOnce(&mut Quotas)) -> World {
    let world = World::new(1);
    world.register(|app| change(&mut app.quotas));
    world
}

fn good(shade: u8) -> Vec<u8> {
    picture(ImageFormat::Png, 20, 10, shade).unwrap()
}

async fn deliver(world: &World, file: &UploadedFile, faults: &Faults) -> bool {
    let letter = Letter::about(file, file.name.as_str());
    let app = world.validate_upload(faults);
    let response = validate_upload::handle(&app, Letter::batch(&[letter])).await;
    response.batch_item_failures.is_empty() && !faults.died()
}

async fn finish(world: &World, file: &UploadedFile) -> MediaRecord {
    for _ in 0..ENOUGH {
        if deliver(world, file, &Faults::none()).await {
            return world.record(file).unwrap();
        }
    }
    panic!("a message was never acknowledged");
}

async fn bring(world: &World, name: &str, body: &[u8]) -> MediaRecord {
    let file = world.file(name);
    world.upload(&file, body);
    finish(world, &file).await
}

fn code(record: &MediaRecord) -> Option<&str> {
    let rejection = record.rejection.as_ref();
    rejection.map(|rejection| rejection.code.as_str())
}

fn marks(world: &World) -> Vec<String> {
    let records = world.store.contents(Bucket::Records).into_keys();
    let marks = records.filter(|key| key.starts_with("usage/demo/day-"));
    marks.collect()
}

#[tokio::test(start_paused = true)]
async fn each_quota_lets_in_what_is_within_and_nothing_beyond() {
    let bytes = u64::try_from(good(1).len()).unwrap();
    type Change = Box<dyn FnOnce(&mut Quotas)>;
    let cases: [(Change, &str); 3] = [
        (
            Box::new(|quotas| quotas.files_per_upload = 2),
            "another upload",
        ),
        (Box::new(|quotas| quotas.media_per_day = 2), "midnight"),
        (
            Box::new(move |quotas| quotas.bytes_per_day = 2 * bytes),
            "midnight",
        ),
    ];
    for (change, says) in cases {
        let world = world(change);
        for name in ["1", "2"] {
            assert_eq!(bring(&world, name, &good(1)).await.state, State::Ready);
        }
        let over = bring(&world, "3", &good(1)).await;
        assert_eq!(
            (over.state, code(&over)),
            (State::Rejected, Some("quota_exceeded"))
        );
        let message = over.rejection.unwrap().message;
        assert!(message.contains(says), "{message}");
        assert_eq!(marks(&world).len(), 2);
        let left = world.store.find(&world.file("3").key().location());
        assert!(left.is_some(), "it stays, as other rejected files do");
    }
}

/// Another upload has its own count; declared files are counted when the upload is granted.
#[tokio::test(start_paused = true)]
async fn files_are_counted_by_upload() {
    let world = world(|quotas| quotas.files_per_upload = 1);
    assert_eq!(bring(&world, "1", &good(1)).await.state, State::Ready);
    assert_eq!(
        code(&bring(&world, "2", &good(1)).await),
        Some("quota_exceeded")
    );
    let other = dozo::vocabulary::names::UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").unwrap();
    world.grant(&other, dozo::vocabulary::names::Visibility::Public);
    let name = dozo::vocabulary::names::FileName::new("3").unwrap();
    let file = UploadedFile::new(world.app.clone(), other, name);
    world.upload(&file, &good(1));
    assert_eq!(finish(&world, &file).await.state, State::Ready);
}

/// A file that is rejected and then corrected counts once.
#[tokio::test(start_paused = true)]
async fn what_is_rejected_is_not_counted() {
    let world = world(|quotas| quotas.media_per_day = 1);
    let cut = &good(1)[..40];
    for name in ["1", "2", "3"] {
        assert_eq!(code(&bring(&world, name, cut).await), Some("damaged"));
    }
    assert_eq!(bring(&world, "3", &good(1)).await.state, State::Ready);
    assert_eq!(
        code(&bring(&world, "1", &good(2)).await),
        Some("quota_exceeded")
    );
}

/// The platform's quota applies if an app's is older and higher.
#[tokio::test(start_paused = true)]
async fn a_lowered_platform_lowers_its_apps() {
    let world = world(|_| ());
    let file = world.file("1");
    world.upload(&file, &good(1));
    let mut app = world.validate_upload(&Faults::none());
    app.settler.quotas.bytes_per_day = 10;
    validate_upload::handle(&app, Letter::batch(&[Letter::about(&file, "m")])).await;
    assert_eq!(code(&world.record(&file).unwrap()), Some("quota_exceeded"));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_again_is_not_counted_again() {
    let mut world = world(|quotas| quotas.media_per_day = 2);
    for name in ["1", "2"] {
        let file = world.file(name);
        world.upload(&file, &good(1));
        for _ in 0..10 {
            assert_eq!(finish(&world, &file).await.state, State::Ready);
        }
    }
    assert_eq!(marks(&world).len(), 2);

    // Delivered many times at once, the message is counted once too.
    world.clock.advance(DAY);
    world.store = world.store.paced_by(&MemoryClock::new(3));
    let file = world.file("3");
    world.upload(&file, &good(1));
    futures_util::future::join_all((0..10).map(|_| finish(&world, &file))).await;
    assert_eq!(world.record(&file).unwrap().state, State::Ready);
    assert_eq!(marks(&world).len(), 3);
}

/// After any fault at any call there are as many marks as media.
#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_neither_loses_nor_doubles() {
    let mut struck = 0;
    for fault in Fault::ALL {
        for call in 0.. {
            let world = world(|quotas| quotas.media_per_day = 2);
            let file = world.file("1");
            world.upload(&file, &good(1));
            let faults = Faults::at(call, fault);
            let acknowledged = deliver(&world, &file, &faults).await;
            if faults.calls() <= call {
                break;
            }
            struck += 1;
            // Another file comes in between, and the message comes again after midnight; it counts for the day on which
            // it was accepted.
            assert_eq!(bring(&world, "2", &good(2)).await.state, State::Ready);
            if !acknowledged {
                world.clock.advance(DAY);
            }
            assert_eq!(
                finish(&world, &file).await.state,
                State::Ready,
                "{fault:?} at {call}"
            );
            assert_eq!(
                marks(&world).len(),
                2,
                "{fault:?} at {call}: {:?}",
                marks(&world)
            );
        }
    }
    assert!(struck > 40, "only {struck} faults struck");
}

/// The quota may be exceeded by what is processed at the same time, and by no more.
#[tokio::test(start_paused = true)]
async fn many_at_once_let_in_too_much_by_themselves_at_most() {
    const AT_ONCE: usize = 5;
    for seed in 0..20 {
        let mut world = world(|quotas| quotas.media_per_day = 10);
        world.store = world.store.paced_by(&MemoryClock::new(seed));
        let files: Vec<_> = (0..40).map(|n| world.file(&n.to_string())).collect();
        for file in &files {
            world.upload(file, &good(1));
        }
        for together in files.chunks(AT_ONCE) {
            futures_util::future::join_all(together.iter().map(|file| finish(&world, file))).await;
        }
        let ready = files
            .iter()
            .filter(|file| world.record(file).unwrap().state == State::Ready);
        let ready = ready.count();
        assert!((10..10 + AT_ONCE).contains(&ready), "{ready} ready");
        assert_eq!(marks(&world).len(), ready);
    }
}

/// On the same day the file stays refused, however often its message comes; on the next day the same bytes may be
/// uploaded again.
#[tokio::test(start_paused = true)]
async fn the_next_day_what_was_refused_is_judged_anew() {
    let world = world(|quotas| quotas.media_per_day = 1);
    world.clock.advance(DAY - 2);
    assert_eq!(bring(&world, "1", &good(1)).await.state, State::Ready);
    let refused = bring(&world, "2", &good(2)).await;
    assert_eq!(code(&refused), Some("quota_exceeded"));
    let again = bring(&world, "2", &good(2)).await;
    assert_eq!(again.write_id, refused.write_id, "nothing is written");
    world.clock.advance(2);
    let next = bring(&world, "2", &good(2)).await;
    assert_eq!((next.state, code(&next)), (State::Ready, None));
    let days: Vec<_> = marks(&world)
        .into_iter()
        .map(|key| key[15..25].to_owned())
        .collect();
    assert_eq!(days, ["2026-01-01", "2026-01-02"]);
    assert_eq!(
        code(&bring(&world, "3", &good(3)).await),
        Some("quota_exceeded")
    );
}

/// The field that the answer names, and whether waiting helps.
type Refused = (Option<&'static str>, bool);

async fn ask(world: &World, request: &Value) -> (ApiGatewayV2httpResponse, Value) {
    let (app, request) = (world.issue_token(&Faults::none()), request.to_string());
    let event = call(
        "POST /apps/{app}/uploads",
        &[("app", "demo")],
        &[],
        Some(&request),
    );
    let response = issue_token::handle(&app, event).await;
    let Some(Body::Text(body)) = &response.body else {
        panic!("no body");
    };
    let body = serde_json::from_str(body).unwrap();
    (response, body)
}

#[tokio::test(start_paused = true)]
async fn no_upload_is_granted_for_more_than_is_left() {
    let bytes = u64::try_from(good(1).len()).unwrap();
    let world = world(|quotas| {
        *quotas = Quotas {
            files_per_upload: 3,
            media_per_day: 4,
            bytes_per_day: 3 * bytes,
        };
    });
    world.clock.advance(DAY - 100);
    let files = |sizes: &[Option<u64>]| {
        let file = |(n, bytes): (usize, &Option<u64>)| match bytes {
            Some(bytes) => json!({"name": n.to_string(), "bytes": bytes}),
            None => json!({"name": n.to_string()}),
        };
        json!({"files": sizes.iter().enumerate().map(file).collect::<Vec<_>>()})
    };
    let cases = |world, cases: Vec<(Value, Option<Refused>)>| async move {
        for (request, refused) in cases {
            let (response, body) = ask(world, &request).await;
            let retry = response.headers.get("retry-after");
            let Some((field, tomorrow)) = refused else {
                assert_eq!(response.status_code, 201, "{request}: {body}");
                continue;
            };
            assert_eq!(
                (response.status_code, &body["code"]),
                (429, &json!("quota_exceeded")),
                "{request}"
            );
            assert_eq!(body["field"].as_str(), field, "{request}");
            assert_eq!(
                retry.map(|value| value.to_str().unwrap()),
                tomorrow.then_some("100"),
                "{request}"
            );
            assert_eq!(
                body["retry_after_seconds"].as_u64(),
                tomorrow.then_some(100)
            );
        }
    };
    let all = Some(3 * bytes);
    cases(
        &world,
        vec![
            (json!({}), None),
            (files(&[None; 3]), None),
            (files(&[None; 4]), Some((Some("files"), false))),
            (files(&[all]), None),
            (files(&[all, None]), Some((Some("files"), true))),
        ],
    )
    .await;
    for name in ["1", "2"] {
        assert_eq!(bring(&world, name, &good(1)).await.state, State::Ready);
    }
    cases(
        &world,
        vec![
            (json!({}), None),
            (files(&[None; 2]), None),
            (files(&[None; 3]), Some((Some("files"), true))),
            (files(&[Some(bytes)]), None),
            (files(&[Some(bytes + 1)]), Some((Some("files"), true))),
        ],
    )
    .await;
    assert_eq!(bring(&world, "3", &good(1)).await.state, State::Ready);
    cases(&world, vec![(json!({}), Some((None, true)))]).await;
    world.clock.advance(100);
    cases(&world, vec![(json!({}), None)]).await;
}

/// A refused grant leaves nothing behind.
#[tokio::test(start_paused = true)]
async fn a_refused_wish_is_not_on_record() {
    let world = world(|quotas| quotas.media_per_day = 1);
    bring(&world, "1", &good(1)).await;
    let before = world.store.contents(Bucket::Records);
    assert_eq!(ask(&world, &json!({})).await.0.status_code, 429);
    assert_eq!(world.store.contents(Bucket::Records), before);
}

#[tokio::test(start_paused = true)]
async fn a_registration_shows_its_quotas_and_bounds_them() {
    let world = World::new(1);
    let mut app = world.register_app(&Faults::none());
    app.registrar.platform.quotas = Quotas::default();
    let (platform, app) = (Quotas::default(), &app);
    let register = |quotas: Value| async move {
        let body = json!({ "quotas": quotas }).to_string();
        let event = call(
            "PUT /admin/apps/{app}",
            &[("app", "other")],
            &[],
            Some(&body),
        );
        let response = register_app::handle(app, event).await;
        let Some(Body::Text(body)) = response.body else {
            panic!("no body");
        };
        serde_json::from_str::<Value>(&body).unwrap()
    };
    assert_eq!(register(json!({})).await["quotas"], json!(platform));
    let lower = json!({"files_per_upload": 1, "media_per_day": 1, "bytes_per_day": 1});
    assert_eq!(register(lower.clone()).await["quotas"], lower);
    for field in ["files_per_upload", "media_per_day", "bytes_per_day"] {
        let highest = json!(platform)[field].as_u64().unwrap();
        for value in [json!(0), json!(highest + 1), json!("1"), json!(-1)] {
            let refused = register(json!({ field: value })).await;
            assert_eq!(refused["field"], format!("quotas.{field}"), "{value}");
        }
    }
    assert_eq!(QUOTAS.within(platform), platform);
}
