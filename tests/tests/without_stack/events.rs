//! Tests real, redacted events, each passed to its function as Lambda passes it. A sample that nothing reads fails.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use aws_lambda_events::sqs::SqsEvent;
use dozo::memory::faults::Faults;
use dozo::stages::failure::STAGE_CRASHED;
use dozo::stages::render::Reply;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{FileName, UploadId, Visibility};
use dozo::vocabulary::preset::{Density, Fit, Gravity, Preset, PresetName};
use dozo::vocabulary::stage::MAX_DELIVERIES;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::template::workspace;
use dozo_tests::world::{self, World};
use image::ImageFormat;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The upload that all samples belong to.
const UPLOAD: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t";

/// Returns the samples `events/<function>.<case>.json` as pairs of function and case.
fn samples() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(workspace().join("events")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut samples: Vec<_> = names
        .filter(|name| name != "README.md")
        .map(|name| {
            let stem = name
                .strip_suffix(".json")
                .unwrap_or_else(|| panic!("events/{name} is no sample"));
            let (function, case) = stem.split_once('.').unwrap();
            (function.to_owned(), case.to_owned())
        })
        .collect();
    samples.sort();
    samples
}

fn read<T: DeserializeOwned>(function: &str, case: &str) -> T {
    let path = workspace().join(format!("events/{function}.{case}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Makes a world with the grant that all samples belong to.
fn world() -> World {
    let world = World::new(1);
    world.grant(&UploadId::parse(UPLOAD).unwrap(), Visibility::Public);
    world
}

fn file(world: &World, name: &str) -> UploadedFile {
    UploadedFile::new(
        world.app.clone(),
        UploadId::parse(UPLOAD).unwrap(),
        FileName::new(name).unwrap(),
    )
}

fn answered(answer: &ApiGatewayV2httpResponse) -> Value {
    let Some(Body::Text(text)) = &answer.body else {
        panic!("{answer:?}")
    };
    serde_json::from_str(text).unwrap()
}

async fn validated(case: &str) -> World {
    let world = world();
    let picture = picture(ImageFormat::Jpeg, 20, 10, 1).unwrap();
    for name in [PHOTO, JAPANESE] {
        world.upload(&file(&world, name), &picture);
    }
    let app = world.validate_upload(&Faults::none());
    let event: SqsEvent = read("validate-upload", case);
    let answer = validate_upload::handle(&app, event).await;
    assert!(answer.batch_item_failures.is_empty());
    world
}

const PHOTO: &str = "photo.jpg";
const JAPANESE: &str = "旅行 2026/猫と写真+1.jpg";

fn assert_ready_alone(world: &World, ready: &str, other: &str) {
    let record = world.record(&file(world, ready)).unwrap();
    assert_eq!(record.state, State::Ready, "{record:?}");
    assert!(world.record(&file(world, other)).is_none());
}

async fn recorded() -> World {
    let world = world();
    let app = world.record_failure(&Faults::none());
    let event: SqsEvent = read("record-failure", "dead-letter");
    let body = event.records[0].body.clone();
    let answer = record_failure::handle(&app, event).await;
    assert!(answer.batch_item_failures.is_empty());
    let record = world.record(&file(&world, JAPANESE)).unwrap();
    assert_eq!(record.state, State::Failed);
    assert_eq!(record.failed_message, body);
    let failure = record.last_error.unwrap();
    assert_eq!(
        (failure.code.as_str(), failure.attempts),
        (STAGE_CRASHED, MAX_DELIVERIES)
    );
    world
}

async fn registered(case: &str) -> Value {
    let world = world();
    let mut app = world.register_app(&Faults::none());
    app.registrar.platform.limits = Limits::default();
    let event: ApiGatewayV2httpRequest = read("register-app", case);
    let answer = register_app::handle(&app, event).await;
    assert_eq!(answer.status_code, 200, "{answer:?}");
    answered(&answer)
}

async fn issued(case: &str) -> Value {
    let world = world();
    let app = world.issue_token(&Faults::none());
    let event: ApiGatewayV2httpRequest = read("issue-token", case);
    let answer = issue_token::handle(&app, event).await;
    assert_eq!(answer.status_code, 201, "{answer:?}");
    answered(&answer)
}

async fn shown(world: &World, case: &str) -> ApiGatewayV2httpResponse {
    let app = world.show_media(&Faults::none());
    let event: ApiGatewayV2httpRequest = read("show-media", case);
    show_media::handle(&app, event).await
}

async fn rendered(case: &str) -> Reply {
    let world = validated("photo").await;
    world.register(|app| {
        let preset = Preset {
            fit: Fit::Cover,
            width: 8,
            height: 8,
            quality: None,
            gravity: Gravity::Center,
            watermark: None,
            background: None,
            blur: 0,
            dpr: Density::ONE,
            eager: false,
            formats: dozo::vocabulary::preset::FORMATS.to_vec(),
        };
        let _none = app
            .presets
            .insert(PresetName::parse("card").unwrap(), preset);
    });
    let app = world.render_thumbnail(&Faults::none());
    let event: LambdaFunctionUrlRequest = read("render-thumbnail", case);
    let reply = render_thumbnail::handle(&app, event, world::far()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

#[tokio::test]
async fn every_sample_is_understood_by_its_function() {
    for (function, case) in samples() {
        match (function.as_str(), case.as_str()) {
            ("validate-upload", "photo") => {
                assert_ready_alone(&validated("photo").await, PHOTO, JAPANESE);
            }
            ("validate-upload", "japanese-name") => {
                assert_ready_alone(&validated("japanese-name").await, JAPANESE, PHOTO);
            }
            ("validate-upload", "test-event") => {
                let world = validated("test-event").await;
                assert!(world.record(&file(&world, PHOTO)).is_none());
            }
            ("record-failure", "dead-letter") => drop(recorded().await),
            ("register-app", "put") => {
                let answer = registered("put").await;
                assert_eq!(answer["limits"]["image_pixels"], 50_000_000);
            }
            ("register-app", "list") => {
                assert_eq!(registered("list").await["items"][0], "demo");
            }
            ("grant-access", "cookies") => {
                // No media has this id. The test is that the request's body and id were read.
                let app = world().grant_access(&Faults::none());
                let event: ApiGatewayV2httpRequest = read("grant-access", "cookies");
                let answer = answered(&grant_access::handle(&app, event).await);
                assert_eq!(answer["code"], "unknown_media", "{answer:?}");
            }
            ("issue-token", "declared-file") => {
                let answer = issued("declared-file").await;
                assert_eq!(answer["files"][0]["name"], "猫.jpg");
                assert_eq!(answer["visibility"], "private");
            }
            ("show-media", "one") => {
                // No media has this id. The test is that the id was read.
                let answer = shown(&world(), "one").await;
                assert_eq!(answered(&answer)["code"], "unknown_media", "{answer:?}");
            }
            ("show-media", "failed") => {
                let answer = answered(&shown(&recorded().await, "failed").await);
                assert_eq!(answer["items"][0]["file_name"], JAPANESE);
            }
            ("show-media", "of-upload") => {
                let answer = answered(&shown(&validated("photo").await, "of-upload").await);
                assert_eq!(answer["items"][0]["file_name"], PHOTO);
            }
            ("render-thumbnail", "image") => {
                let reply = Box::pin(rendered("image")).await;
                assert_eq!(reply.headers["content-type"], "image/png");
                let picture = image::load_from_memory(&reply.body).unwrap();
                assert_eq!((picture.width(), picture.height()), (40, 40));
            }
            ("render-thumbnail", "info") => {
                let reply = Box::pin(rendered("info")).await;
                let info: Value = serde_json::from_slice(&reply.body).unwrap();
                assert_eq!((&info["width"], &info["height"]), (&json!(20), &json!(10)));
            }
            ("render-thumbnail", "auto") => {
                let reply = Box::pin(rendered("auto")).await;
                assert_eq!(reply.headers["content-type"], "image/webp");
                assert_eq!(reply.headers["vary"], "Accept");
            }
            ("suspend-media", "legal") => {
                let world = world();
                let app = world.suspend_media(&Faults::none());
                let answer = suspend_media::handle(&app, read("suspend-media", "legal")).await;
                assert_eq!(answered(&answer)["code"], "unknown_media", "{answer:?}");
            }
            ("retry-media", "all") => {
                let world = recorded().await;
                let app = world.retry_media(&Faults::none());
                let answer = answered(&retry_media::handle(&app, read("retry-media", "all")).await);
                assert_eq!(answer["items"][0]["code"], STAGE_CRASHED, "{answer}");
            }
            ("run-operation", "suspend") => {
                // The media does not exist: nothing is done, and the message does not come again.
                let app = world().run_operation(&Faults::none());
                let answer = run_operation::handle(&app, read("run-operation", "suspend")).await;
                assert!(answer.batch_item_failures.is_empty());
            }
            ("split-pdf", "span") => {
                // The media does not exist here either.
                let app = world().split_pdf(&Faults::none());
                let answer = split_pdf::handle(&app, read("split-pdf", "span"), world::far()).await;
                assert!(answer.batch_item_failures.is_empty());
            }
            ("transcode-media", "film") => {
                // The media does not exist here either.
                let app = world().transcode_media(&Faults::none());
                let event = read("transcode-media", "film");
                let answer = transcode_media::handle(&app, event, world::far()).await;
                assert!(answer.batch_item_failures.is_empty());
            }
            ("finish-transcode", case) => {
                // The media does not exist: its job is cancelled, if the message names the order that the job carries
                // out.
                let world = world();
                let calls = Faults::none();
                let app = world.finish_transcode(&calls);
                let event = read("finish-transcode", case);
                let answer = finish_transcode::handle(&app, event, world::far()).await;
                assert!(answer.batch_item_failures.is_empty());
                let made = calls.log();
                let last = made.last().map(|(call, _)| call.name);
                let expected = if case == "look" {
                    "s3:read"
                } else {
                    "mediaconvert:cancel"
                };
                assert_eq!(last, Some(expected), "{case}");
            }
            ("invalidate-cache", "forget") => {
                let world = world();
                let app = world.invalidate_cache(&Faults::none());
                let answer =
                    invalidate_cache::handle(&app, read("invalidate-cache", "forget")).await;
                assert!(answer.batch_item_failures.is_empty());
                assert_eq!(world.cdn.invalidations(), 1);
            }
            ("fetch-remote", "order") => {
                // Nor does it here: nobody is called.
                let world = world();
                let app = world.fetch_remote(&Faults::none());
                let answer = fetch_remote::handle(&app, read("fetch-remote", "order")).await;
                assert!(answer.batch_item_failures.is_empty());
                assert_eq!(world.web.received().len(), 0);
            }
            ("announce-change", "record") => {
                // The media does not exist here either.
                let world = world();
                let app = world.announce_change(&Faults::none());
                let answer = announce_change::handle(&app, read("announce-change", "record")).await;
                assert!(answer.batch_item_failures.is_empty());
                assert_eq!(world.bus.published(), []);
            }
            ("deliver-webhook", "event") => {
                // The app has no webhook: nothing is sent.
                let world = world();
                let app = world.deliver_webhook(&Faults::none());
                let answer = deliver_webhook::handle(&app, read("deliver-webhook", "event")).await;
                assert!(answer.batch_item_failures.is_empty());
                assert!(world.web.received().is_empty());
            }
            ("sweep-lost", "schedule") => {
                // What the event says makes no difference.
                let _event: Value = read("sweep-lost", "schedule");
                let app = world().sweep_lost(&Faults::none());
                assert!(sweep_lost::handle(&app, world::far()).await.is_ok());
            }
            _ => panic!("nothing reads events/{function}.{case}.json"),
        }
    }
}

#[test]
fn every_function_has_a_sample() {
    let samples = samples();
    for entry in std::fs::read_dir(workspace().join("functions")).unwrap() {
        let function = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            samples.iter().any(|(of, _)| *of == function),
            "{function} has no sample"
        );
    }
}
