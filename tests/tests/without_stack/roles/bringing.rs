//! Tests the calls of the function that fetches files, and orders files that the platform brings.

use dozo::memory::faults::Faults;
use dozo::memory::web::Answer;
use dozo::ports::parts::PART_BYTES;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{FileName, UploadId};
use dozo_tests::post::Post;
use dozo_tests::world::{LIMITS, Letter, World, call};
use serde_json::Value;

use crate::roles::{assert_exact, good};

/// Orders a file at an address.
pub(super) async fn asked_for(world: &World) -> UploadedFile {
    let body = r#"{"url": "https://example.com/h.png"}"#;
    let event = call(
        "POST /apps/{app}/ingest",
        &[("app", "demo")],
        &[],
        Some(body),
    );
    let answer = issue_token::handle(&world.issue_token(&Faults::none()), event).await;
    let Some(aws_lambda_events::encodings::Body::Text(text)) = answer.body else {
        panic!("an answer without a body");
    };
    let answer: Value = serde_json::from_str(&text).unwrap();
    let upload = UploadId::parse(answer["upload"].as_str().unwrap()).unwrap();
    let name = FileName::new("h.png").unwrap();
    UploadedFile::new(world.app.clone(), upload, name)
}

/// Orders a copy of a picture that is published, and one of a media that is taken down when it has just been copied.
pub(super) async fn copied(world: &World) {
    let file = world.file("copied.png");
    world.upload(&file, &good(9));
    let mut post = Post::new(world);
    post.notify(Letter::about(&file, "copied"));
    post.finish().await;
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let event = call(
        "POST /apps/{app}/media/{media}/copy",
        &path,
        &[],
        Some("{}"),
    );
    issue_token::handle(&world.issue_token(&Faults::none()), event).await;
}

#[tokio::test(start_paused = true)]
async fn fetch_remote_calls_what_it_declares() {
    let limits = Limits {
        av_bytes: 100_000_000,
        ..LIMITS
    };
    let world = World::with_limits(1, limits);
    let faults = Faults::none();
    let function = world.fetch_remote(&faults);
    // A small file, a large one, one that is not there, one that was fetched before, and one that fails.
    let bodies: [(u16, usize); 5] = [
        (200, 10),
        (200, PART_BYTES + 1),
        (404, 0),
        (200, 10),
        (500, 0),
    ];
    for (number, (status, bytes)) in (0..).zip(bodies) {
        let answer = Answer {
            body: vec![vec![0; bytes].into()],
            ..Answer::with_status(status)
        };
        world.web.answer_with(move |_| Ok(answer.clone()));
        asked_for(&world).await;
        for sent in world.fetches.take() {
            let letter = Letter {
                id: format!("order {number}"),
                body: sent.body,
                attempts: 2,
            };
            for _ in 0..2 {
                let batch = Letter::batch(std::slice::from_ref(&letter));
                fetch_remote::handle(&function, batch).await;
            }
        }
    }
    assert_exact("fetch-remote", &faults.log());
}
