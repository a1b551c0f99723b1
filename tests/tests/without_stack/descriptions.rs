//! Tests what apps say about their media: it stays through everything but an erasure, and no change is lost or made unasked.

use aws_lambda_events::encodings::Body;
use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call};
use http::header::ETAG;
use image::ImageFormat;
use serde_json::{Value, json};

use crate::operations::scene::{ABUSE, DELETE, PRIVATE, RESTORE, SUSPEND, VISIBILITY, ask, done};

const DESCRIBE: &str = "PATCH /apps/{app}/media/{media}";
const SHOW: &str = "GET /apps/{app}/media/{media}";

async fn brought() -> (World, UploadedFile) {
    let world = World::new(5);
    let file = world.file("lake.png");
    world.upload(&file, &picture(ImageFormat::Png, 30, 20, 7).unwrap());
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    (world, file)
}

async fn describe(world: &World, file: &UploadedFile, body: &Value) -> (i64, Value) {
    let body = body.to_string();
    ask(world, file, DESCRIBE, Some(&body), &Faults::none()).await
}

/// Returns what is said of the media as its app sees it, and the version of the record.
async fn shown(world: &World, file: &UploadedFile) -> (Value, String) {
    let path = [("app", file.app.as_str()), ("media", file.media.as_str())];
    let viewer = world.show_media(&Faults::none());
    let answer = show_media::handle(&viewer, call(SHOW, &path, &[], None)).await;
    let Some(Body::Text(text)) = answer.body else {
        panic!("an answer without a body");
    };
    let whole: Value = serde_json::from_str(&text).unwrap();
    let said = ["title", "alt", "tags", "metadata"].map(|name| (name, whole[name].clone()));
    let version = answer.headers[ETAG].to_str().unwrap().to_owned();
    (json!(std::collections::BTreeMap::from(said)), version)
}

#[tokio::test]
async fn a_merge_patch_changes_what_it_names() {
    let (world, file) = brought().await;
    for (patch, said) in [
        (
            json!({"title": "Lake", "tags": ["a", "b", "a"], "metadata": {"by": "Ada", "no": "1"}}),
            json!({"title": "Lake", "alt": null, "tags": ["a", "b"], "metadata": {"by": "Ada", "no": "1"}}),
        ),
        (
            json!({"alt": "Fog", "title": null, "metadata": {"no": null, "at": "dawn"}}),
            json!({"title": null, "alt": "Fog", "tags": ["a", "b"], "metadata": {"by": "Ada", "at": "dawn"}}),
        ),
        (
            json!({"tags": [], "metadata": null}),
            json!({"title": null, "alt": "Fog", "tags": null, "metadata": null}),
        ),
    ] {
        let (status, answer) = describe(&world, &file, &patch).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(shown(&world, &file).await.0, said);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_its_field_and_changes_nothing() {
    let (world, file) = brought().await;
    let full = json!({"metadata": {"a": "v".repeat(2_000)}});
    assert_eq!(describe(&world, &file, &full).await.0, 200);
    let before = shown(&world, &file).await;
    for (patch, field) in [
        (json!({"title": ""}), "title"),
        (json!({"title": 7}), "title"),
        (json!({"name": "x"}), "name"),
        (json!({"tags": "lake"}), "tags"),
        (json!({"tags": ["a", 1]}), "tags[1]"),
        (json!({"metadata": {"b": 1}}), "metadata.b"),
        (json!({"metadata": {"b c": "1"}}), "metadata.b c"),
        // Alone it would fit.
        (json!({"metadata": {"b": "v".repeat(100)}}), "metadata"),
        (json!({"state": "ready"}), "state"),
    ] {
        let (status, answer) = describe(&world, &file, &patch).await;
        assert_eq!((status, &answer["field"]), (400, &json!(field)), "{patch}");
    }
    assert_eq!(shown(&world, &file).await, before);
    let mut nobody = file.clone();
    nobody.media = world.file("nobody.png").media;
    let (status, answer) = describe(&world, &nobody, &json!({"title": "x"})).await;
    assert_eq!((status, &answer["code"]), (404, &json!("unknown_media")));
}

#[tokio::test]
async fn it_stays_through_everything_but_an_erasure() {
    let (world, file) = brought().await;
    let said = json!({"title": "Lake", "alt": "Fog", "tags": ["a"], "metadata": {"by": "Ada"}});
    assert_eq!(describe(&world, &file, &said).await.0, 200);
    for (route, body) in [
        (SUSPEND, Some(ABUSE)),
        (RESTORE, None),
        (VISIBILITY, Some(PRIVATE)),
    ] {
        done(&world, &file, route, body).await;
        assert_eq!(shown(&world, &file).await.0, said, "{route}");
    }
    done(&world, &file, DELETE, None).await;
    let record = world.record(&file).unwrap();
    assert_eq!(record.state, State::Deleted);
    assert!(!json!(record).to_string().contains("Ada"));
    let (status, answer) = describe(&world, &file, &said).await;
    assert_eq!((status, &answer["code"]), (409, &json!("deleted")));
}

#[tokio::test]
async fn a_change_may_be_bound_to_a_version() {
    let (world, file) = brought().await;
    let (_, version) = shown(&world, &file).await;
    let bound = async |version: &str, title: &str| {
        let path = [("app", file.app.as_str()), ("media", file.media.as_str())];
        let body = json!({ "title": title }).to_string();
        let mut event = call(DESCRIBE, &path, &[], Some(&body));
        event.headers.insert("if-match", version.parse().unwrap());
        let app = world.suspend_media(&Faults::none());
        let answer = suspend_media::handle(&app, event).await;
        let next = answer.headers.get(ETAG);
        let next = next.map(|tag| tag.to_str().unwrap().to_owned());
        (answer.status_code, next)
    };
    let (status, next) = bound(&version, "one").await;
    assert_eq!(status, 200);
    assert_eq!(next.as_ref(), Some(&shown(&world, &file).await.1));
    assert_eq!(bound(&version, "two").await, (412, None));
    assert_eq!(shown(&world, &file).await.0["title"], "one");
    assert_eq!(bound(&next.unwrap(), "two").await.0, 200);
    assert_eq!(bound("*", "three").await.0, 200);
    assert_eq!(shown(&world, &file).await.0["title"], "three");
}

/// A change whose answer was lost is made once, and said to be made when it is asked for again.
#[tokio::test(start_paused = true)]
async fn a_call_that_fails_loses_nothing() {
    let mut failed = 0;
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = brought().await;
            let faults = Faults::at(number, fault);
            let body = r#"{"title": "Lake"}"#;
            let (status, _) = ask(&world, &file, DESCRIBE, Some(body), &faults).await;
            failed += i32::from(status != 200);
            if status == 200 {
                assert_eq!(shown(&world, &file).await.0["title"], "Lake");
            }
            let (again, _) = ask(&world, &file, DESCRIBE, Some(body), &Faults::none()).await;
            assert_eq!(again, 200, "{fault:?} at call {number}");
            assert_eq!(shown(&world, &file).await.0["title"], "Lake");
            if faults.calls() <= number {
                break;
            }
        }
    }
    assert!(failed > 2, "{failed}");
}
