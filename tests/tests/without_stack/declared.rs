//! Tests what an app says about files when it declares them: it stands on their records from the beginning, and is forgotten
//! with them.

use aws_lambda_events::encodings::Body;
use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{FileName, UploadId};
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::operations::scene::{DELETE, ask};

const ISSUE: &str = "POST /apps/{app}/uploads";

async fn issue(world: &World, files: &Value) -> (i64, Value) {
    let body = json!({ "files": files }).to_string();
    let event = call(ISSUE, &[("app", "demo")], &[], Some(&body));
    let answer = issue_token::handle(&world.issue_token(&Faults::none()), event).await;
    let Some(Body::Text(text)) = answer.body else {
        panic!("an answer without a body");
    };
    (answer.status_code, serde_json::from_str(&text).unwrap())
}

fn said() -> Value {
    json!({"title": "Lake", "alt": "Fog", "tags": ["a", "b"], "metadata": {"by": "Ada"}})
}

/// A world with one file in UPLOAD that was declared with words, and one that was declared without.
async fn declared(seed: u64, body: &[u8]) -> (World, UploadedFile, UploadedFile) {
    let world = World::new(seed);
    let mut described = said();
    described["name"] = json!("lake.png");
    let (status, answer) = issue(&world, &json!([described, {"name": "other.png"}])).await;
    assert_eq!(status, 201, "{answer}");
    let upload = UploadId::parse(answer["upload"].as_str().unwrap()).unwrap();
    let file = |name: &str| {
        let name = FileName::new(name).unwrap();
        UploadedFile::new(world.app.clone(), upload.clone(), name)
    };
    let (lake, other) = (file("lake.png"), file("other.png"));
    assert_eq!(answer["files"][0]["media"], json!(lake.media));
    world.upload(&lake, body);
    world.upload(&other, body);
    (world, lake, other)
}

fn good() -> Vec<u8> {
    picture(ImageFormat::Png, 30, 20, 7).unwrap()
}

fn description(world: &World, file: &UploadedFile) -> Value {
    json!(world.record(file).unwrap().description)
}

#[tokio::test(start_paused = true)]
async fn words_stand_on_the_record_from_its_beginning() {
    for (body, end) in [
        (good(), State::Ready),
        (b"no picture".to_vec(), State::Rejected),
    ] {
        for number in 0.. {
            let (world, lake, other) = declared(1, &body).await;
            let faults = Faults::at(number, Fault::DiesAfter);
            let stage = world.validate_upload(&faults);
            validate_upload::handle(&stage, Letter::batch(&[Letter::about(&lake, "1")])).await;
            if world.record(&lake).is_some() {
                assert_eq!(description(&world, &lake), said(), "call {number}");
            }
            if faults.calls() <= number {
                assert_eq!(world.record(&lake).unwrap().state, end);
                let stage = world.validate_upload(&Faults::none());
                validate_upload::handle(&stage, Letter::batch(&[Letter::about(&other, "2")])).await;
                assert_eq!(description(&world, &other), json!({}));
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn words_stand_on_the_record_of_a_file_that_was_never_looked_at() {
    let (world, lake, _) = declared(1, &good()).await;
    let recorder = world.record_failure(&Faults::none());
    record_failure::handle(&recorder, Letter::batch(&[Letter::about(&lake, "1")])).await;
    assert_eq!(world.record(&lake).unwrap().state, State::Failed);
    assert_eq!(description(&world, &lake), said());
}

#[tokio::test]
async fn words_that_do_not_fit_are_refused_by_their_field() {
    let world = World::new(1);
    for (file, field) in [
        (json!({"title": ""}), "files[1].title"),
        (json!({"alt": "a".repeat(1_001)}), "files[1].alt"),
        (json!({"tags": ["a", ""]}), "files[1].tags[1]"),
        (json!({"metadata": {"a b": "c"}}), "files[1].metadata.a b"),
        (json!({"metadata": {"a": 1}}), "files[1].metadata.a"),
        (json!({"caption": "x"}), "files[1].caption"),
    ] {
        let mut file = file;
        file["name"] = json!("b");
        let (status, answer) = issue(&world, &json!([{"name": "a"}, file])).await;
        assert_eq!((status, &answer["field"]), (400, &json!(field)), "{answer}");
    }
}

/// The declaration lies in the grant, too, which other files of the upload need.
#[tokio::test(start_paused = true)]
async fn an_erasure_forgets_what_was_declared_with_a_fault_at_any_call() {
    let mut struck = 0;
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, lake, other) = declared(1, &good()).await;
            let mut post = Post::new(&world);
            post.notify(Letter::about(&lake, "1"));
            post.finish().await;
            world.clock.advance(10_000);
            let (status, _) = ask(&world, &lake, DELETE, None, &Faults::none()).await;
            assert_eq!(status, 202);
            let faults = Faults::at(number, fault);
            while faults.calls() <= number && post.deliver(&faults).await {}
            let reached = faults.calls() > number;
            struck += u32::from(reached);
            post.finish().await;
            assert_eq!(world.record(&lake).unwrap().state, State::Deleted);
            for (key, object) in world.store.contents(Bucket::Records) {
                // Events that were told before expire after 14 days, as docs/EVENTS.md says.
                if key.starts_with("events/") {
                    continue;
                }
                let text = String::from_utf8_lossy(&object.body).into_owned();
                assert!(!text.contains("Ada"), "{fault:?} at {number}: {key} {text}");
            }
            post.notify(Letter::about(&other, "2"));
            post.finish().await;
            assert_eq!(world.record(&other).unwrap().state, State::Ready);
            if !reached {
                break;
            }
        }
    }
    assert!(struck > 20, "{struck}");
}
