//! Tests suspending while something else is under way: once the record says so, the media is gone.

use std::sync::atomic::{AtomicBool, Ordering};

use dozo::vocabulary::names::MediaId;
use dozo_tests::stack::{DEMO, Keys, PATIENCE, Stack, until};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::admin::{ask, assert_gone, held, photo, published, suspend};

/// Suspends during validation: whatever the validator does, nothing becomes public, and a restore finishes the work.
#[tokio::test]
async fn during_validation() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let names: Vec<_> = (0..8).map(|n| format!("{n}.png")).collect();
    let one = |name: String| {
        let (stack, grant) = (&stack, &grant);
        async move {
            let media = grant.media(&name);
            stack.put(grant, &name, photo()).await;
            let path = format!("/admin/apps/{DEMO}/media/{media}/suspend");
            let taken = || async {
                let reason = json!({"reason": "other"});
                let reply = stack.admin().send(Method::POST, &path, &reason).await;
                Some(reply.json()).filter(|_| reply.status == 202)
            };
            // Suspend as soon as there is a record.
            until("something to suspend", PATIENCE, taken).await;
            stack.until_state(DEMO, &media, "suspended").await;
            let key = format!("{}/public/{DEMO}/{media}/original.png", stack.file.cdn);
            assert_gone(stack, &media, &[&key]).await;
            ask(stack, &media, "restore", &json!({})).await;
            let shown = stack.until_state(DEMO, &media, "ready").await;
            let url = shown["urls"]["original"].as_str().unwrap().to_owned();
            assert_eq!(stack.fetch(&url).await.status, 200);
            assert_eq!(held(stack, "delivery", &media).await.len(), 1);
        }
    };
    join_all(names.into_iter().map(one)).await;
}

/// Viewers fetch it all the time, so that a response is always being cached.
#[tokio::test]
async fn while_it_is_being_cached() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let (media, url) = published(&stack, &grant, "a.png").await;
    let done = AtomicBool::new(false);
    let viewers = async {
        while !done.load(Ordering::Relaxed) {
            let seen = join_all((0..4).map(|_| stack.fetch(&url))).await;
            assert!(seen.iter().all(|reply| matches!(reply.status, 200 | 404)));
        }
    };
    let admin = async {
        suspend(&stack, &media).await;
        stack.until_state(DEMO, &media, "suspended").await;
        assert_gone(&stack, &media, &[&url]).await;
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(viewers, admin);
}

/// Viewers keep asking for new sizes, so that a thumbnail is always being rendered.
#[tokio::test]
async fn while_thumbnails_are_being_rendered() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let (media, url) = published(&stack, &grant, "a.png").await;
    let image = url.replace("/original.png", "/iiif/image");
    let done = AtomicBool::new(false);
    let viewers = async {
        let mut asked = Vec::new();
        for width in (1..=300).cycle() {
            if done.load(Ordering::Relaxed) {
                break;
            }
            let sizes = ["jpg", "png", "webp", "gif"];
            let urls = sizes.map(|format| format!("{image}/full/{width},/0/default.{format}"));
            let seen = join_all(urls.iter().map(|url| stack.fetch(url))).await;
            let seen = seen.iter().map(|reply| reply.status);
            assert!(seen.clone().all(|status| matches!(status, 200 | 404)));
            asked.extend(urls.into_iter().zip(seen));
        }
        asked
    };
    let admin = async {
        // Suspend while the viewers' requests are on their way.
        until("a thumbnail", PATIENCE, || async {
            let first = format!("{image}/full/1,/0/default.gif");
            (stack.fetch(&first).await.status == 200).then_some(())
        })
        .await;
        suspend(&stack, &media).await;
        stack.until_state(DEMO, &media, "suspended").await;
        done.store(true, Ordering::Relaxed);
    };
    let (asked, ()) = tokio::join!(viewers, admin);
    let shown: Vec<_> = asked.iter().filter(|(_, status)| *status == 200).collect();
    assert!(
        !shown.is_empty() && shown.len() < asked.len(),
        "it was never in between"
    );
    let urls: Vec<_> = shown.iter().map(|(url, _)| url.as_str()).collect();
    assert_gone(&stack, &media, &urls).await;
}

/// Other suspensions run at the same time, and the upload's event comes again late.
#[tokio::test]
async fn suspended_by_many_at_once_and_told_of_again() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let (media, url) = published(&stack, &grant, "a.png").await;
    let answers = join_all((0..6).map(|_| suspend(&stack, &media))).await;
    assert!(
        answers.iter().all(|answer| answer["generation"] == 2),
        "{answers:?}"
    );
    stack.until_state(DEMO, &media, "suspended").await;
    let event = json!({"Records": [{"s3": {"object": {"key": grant.key("a.png")}}}]}).to_string();
    let sent = stack.sqs(&Keys::root()).send_message();
    let sent = sent.queue_url(stack.queue("uploads")).message_body(event);
    sent.send().await.unwrap();
    // The event of a later upload is handled after that one.
    published(&stack, &grant, "later.png").await;
    let shown = stack.show(DEMO, &media).await.unwrap();
    assert_eq!(times(&shown, "suspending"), 1, "{shown}");
    assert_gone(&stack, &media, &[&url]).await;
}

/// Suspends during a restore or a move: the suspension wins, and the next restore brings everything back.
#[tokio::test]
async fn while_it_is_coming_back_or_moving() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let (media, url) = published(&stack, &grant, "a.png").await;
    suspend(&stack, &media).await;
    stack.until_state(DEMO, &media, "suspended").await;
    ask(&stack, &media, "restore", &json!({})).await;
    suspend(&stack, &media).await;
    stack.until_state(DEMO, &media, "suspended").await;
    assert_gone(&stack, &media, &[&url]).await;
    ask(&stack, &media, "restore", &json!({})).await;
    stack.until_state(DEMO, &media, "ready").await;
    assert_eq!(stack.fetch(&url).await.status, 200);

    let path = format!("/apps/{DEMO}/media/{media}/visibility");
    let wanted = json!({"visibility": "private"});
    let moving = stack.app().send(Method::POST, &path, &wanted).await;
    assert_eq!(moving.status, 202, "{moving:?}");
    suspend(&stack, &media).await;
    stack.until_state(DEMO, &media, "suspended").await;
    assert_gone(&stack, &media, &[&url]).await;
    ask(&stack, &media, "restore", &json!({})).await;
    let shown = stack.until_state(DEMO, &media, "ready").await;
    assert_eq!(shown["visibility"], "private");
    assert_eq!(held(&stack, "delivery", &media).await.len(), 1);
    assert_eq!(stack.fetch(&url).await.status, 404);
}

/// Suspends while a failed media is retried: whichever comes first, the suspension wins, and a restore finishes the
/// work.
#[tokio::test]
async fn while_it_is_being_tried_again() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let one = |number: u8| {
        let (stack, grant) = (&stack, &grant);
        async move {
            let (media, url) = published(stack, grant, &format!("{number}.png")).await;
            fail(stack, &media).await;
            let path = format!("/admin/apps/{DEMO}/media/{media}/retry");
            let body = json!({});
            let retry = async { stack.admin().send(Method::POST, &path, &body).await };
            let (retried, taken) = tokio::join!(retry, suspend(stack, &media));
            // The retry is refused if the suspension was faster: then the media is no longer failed.
            assert!(matches!(retried.status, 202 | 409), "{retried:?}");
            assert_eq!(taken["state"], "suspending");
            stack.until_state(DEMO, &media, "suspended").await;
            assert_gone(stack, &media, &[&url]).await;
            ask(stack, &media, "restore", &body).await;
            let restored =
                |shown: &Value| matches!(shown["state"].as_str(), Some("ready" | "failed"));
            let shown = stack.until_shown(DEMO, &media, "restored", restored).await;
            if shown["state"] == "failed" {
                ask(stack, &media, "retry", &body).await;
            }
            stack.until_state(DEMO, &media, "ready").await;
            assert_eq!(stack.fetch(&url).await.status, 200);
            assert_eq!(held(stack, "delivery", &media).await.len(), 1);
        }
    };
    join_all((0..6).map(one)).await;
}

/// Turns a published media into one that its stage gave up before publishing it.
async fn fail(stack: &Stack, media: &MediaId) {
    let (s3, records) = (stack.s3(&Keys::root()), stack.bucket("records"));
    let key = format!("media/{DEMO}/{media}.json");
    let record = stack.object("records", &key).await.unwrap();
    let mut record: Value = serde_json::from_slice(&record).unwrap();
    record["state"] = json!("failed");
    record["last_error"] = json!({
        "stage": "validate-upload", "code": "stage_crashed", "message": "by this test", "attempts": 5, "message_id": "1",
    });
    let put = s3.put_object().bucket(records).key(key);
    let put = put.body(record.to_string().into_bytes().into());
    put.send().await.unwrap();
    let delivered = format!("public/{DEMO}/{media}/original.png");
    let delete = s3.delete_object().bucket(stack.bucket("delivery"));
    delete.key(delivered).send().await.unwrap();
}

/// Suspends many media at once; none is lost.
#[tokio::test]
async fn a_hundred_at_once() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let names: Vec<_> = (0..100).map(|n| format!("{n}.png")).collect();
    let published = names.chunks(20).map(|some| {
        let all = some.iter().map(|name| published(&stack, &grant, name));
        join_all(all)
    });
    let mut media = Vec::new();
    for some in published {
        media.extend(some.await);
    }
    join_all(media.iter().map(|(media, _)| suspend(&stack, media))).await;
    for (media, url) in &media {
        stack.until_state(DEMO, media, "suspended").await;
        assert_eq!(stack.fetch(url).await.status, 404);
        assert_eq!(held(&stack, "backup", media).await.len(), 1);
    }
}

fn times(shown: &Value, what: &str) -> usize {
    let history = shown["history"].as_array().unwrap();
    history.iter().filter(|event| event["what"] == what).count()
}
