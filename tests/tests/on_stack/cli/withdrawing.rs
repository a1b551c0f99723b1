//! Tests `dozo suspend`, `restore`, `visibility`, `retry`, `delete` and the list of suspended media against the real
//! routes.

use dozo::vocabulary::names::MediaId;
use dozo_tests::pictures::unlike_any;
use dozo_tests::stack::{Keys, Program, Ran, Stack, fresh_app};
use image::ImageFormat;
use serde_json::{Value, json};

use crate::cli::local;

/// A new app, so that its lists contain nothing else, with one published picture.
struct Scene {
    stack: Stack,
    app: String,
    media: MediaId,
    bytes: Vec<u8>,
    url: String,
}

impl Scene {
    async fn new(test: &str) -> Self {
        let stack = Stack::running();
        let app = fresh_app(test);
        stack.register(&app, &json!({})).await;
        let grant = stack.grant_for(&app, &json!({})).await;
        let bytes = unlike_any(ImageFormat::Png, 32, 24).unwrap();
        stack.put(&grant, "a.png", bytes.clone()).await;
        let media = grant.media("a.png");
        let shown = stack.until_state(&app, &media, "ready").await;
        let url = shown["urls"]["original"].as_str().unwrap().to_owned();
        Self {
            stack,
            app,
            media,
            bytes,
            url,
        }
    }

    fn dozo(&self, command: &[&str]) -> Program {
        let (name, rest) = command.split_first().unwrap();
        let program = local(&self.stack).arg(name);
        program.args(["--app", &self.app]).args(rest)
    }

    async fn run(&self, command: &[&str]) -> Ran {
        self.dozo(command).run().await
    }

    async fn said(&self, command: &[&str]) -> String {
        self.run(command).await.succeeded()
    }

    async fn status(&self, url: &str) -> u16 {
        self.stack.fetch(url).await.status
    }
}

#[tokio::test]
async fn taken_down_listed_explained_and_brought_back() {
    let scene = Scene::new("cli-suspend").await;
    let id = scene.media.as_str();
    let reason = [
        "--reason",
        "legal",
        "--blocked-by",
        "https://authority.example/7",
    ];
    let said = scene
        .said(&[&["suspend", id, "--wait"][..], &reason].concat())
        .await;
    assert!(
        said.contains("is suspended: it is not delivered to anybody"),
        "{said}"
    );
    assert_eq!(scene.status(&scene.url).await, 404);
    let list = scene.said(&["list", "--state", "suspended"]).await;
    assert_eq!(list.lines().count(), 1, "{list}");
    assert!(list.contains(id), "{list}");
    let why = scene.said(&["why", id]).await;
    for part in ["legal", &format!("dozo restore {id}")] {
        assert!(why.contains(part), "{part}: {why}");
    }
    let refused = scene.run(&["delete", id, "--yes"]).await;
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(refused.stderr.contains("(legal_hold)"), "{refused:#?}");

    let said = scene.said(&["restore", id, "--wait"]).await;
    assert!(said.contains("is restored"), "{said}");
    let reply = scene.stack.fetch(&scene.url).await;
    assert!(
        reply.status == 200 && reply.body == scene.bytes,
        "{reply:?}"
    );
    let again = scene.run(&["restore", id]).await;
    assert_eq!(again.code, 1, "{again:#?}");
    assert!(again.stderr.contains("(not_suspended)"), "{again:#?}");
}

#[tokio::test]
async fn made_private_and_erased() {
    let scene = Scene::new("cli-delete").await;
    let id = scene.media.as_str();
    let said = scene
        .said(&["visibility", id, "private", "--wait", "--json"])
        .await;
    let shown: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(shown["visibility"], "private");
    let url = shown["urls"]["original"].as_str().unwrap();
    assert_eq!(
        (scene.status(&scene.url).await, scene.status(url).await),
        (404, 403)
    );

    // Nobody can answer the question for confirmation.
    let unsure = scene.run(&["delete", id]).await;
    assert_ne!(unsure.code, 0, "{unsure:#?}");
    let said = scene.said(&["delete", id, "--yes", "--wait"]).await;
    assert!(said.contains("is erased"), "{said}");
    let why = scene.said(&["why", id]).await;
    assert!(why.contains("erased") && !why.contains("a.png"), "{why}");
}

#[tokio::test]
async fn tried_again_one_and_all() {
    let scene = Scene::new("cli-retry").await;
    let refused = scene.run(&["retry", scene.media.as_str()]).await;
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(
        refused.stderr.contains("(nothing_to_retry)"),
        "{refused:#?}"
    );

    let lost = lost(&scene).await;
    let said = scene
        .said(&["retry", "--all", "--dry-run", "--code", "stage_crashed"])
        .await;
    assert!(
        said.contains("Nothing was changed") && said.contains(lost.as_str()),
        "{said}"
    );
    let said = scene.said(&["retry", "--all", "--code", "other"]).await;
    assert!(!said.contains(lost.as_str()), "{said}");
    let said = scene.said(&["retry", "--all"]).await;
    assert!(said.contains(lost.as_str()), "{said}");
    scene.stack.until_state(&scene.app, &lost, "ready").await;
}

/// Makes a good file whose message was given up before its stage left any trace: it exists only as a dead letter.
async fn lost(scene: &Scene) -> MediaId {
    let stack = &scene.stack;
    let grant = stack.grant_for(&scene.app, &json!({})).await;
    let sqs = stack.sqs(&Keys::root());
    let media = grant.media("lost.png");
    let body = json!({"Records": [{"s3": {"object": {"key": grant.key("lost.png")}}}]});
    let sent = sqs.send_message().queue_url(stack.queue("dead"));
    sent.message_body(body.to_string()).send().await.unwrap();
    stack.until_state(&scene.app, &media, "failed").await;
    stack.put(&grant, "lost.png", scene.bytes.clone()).await;
    media
}
