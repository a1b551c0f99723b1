//! Tests retrying all failures of an app at once: each has one effect.

use dozo::memory::faults::Faults;
use dozo::ports::metrics::Metric;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World};

use crate::operations::scene::*;

async fn failures(count: usize) -> (World, Vec<UploadedFile>) {
    let world = World::new(4);
    let files: Vec<_> = (0..count)
        .map(|number| world.file(&format!("{number}.png")))
        .collect();
    let recorder = world.record_failure(&Faults::none());
    for (number, file) in files.iter().enumerate() {
        world.upload(file, &good());
        let letter = Letter::about(file, &format!("m{number}"));
        record_failure::handle(&recorder, Letter::batch(&[letter])).await;
    }
    (world, files)
}

#[tokio::test(start_paused = true)]
async fn five_hundred_failures_retried_twice_have_one_effect_each() {
    let (world, files) = failures(500).await;
    let none = Faults::none();
    let (status, planned) = ask(
        &world,
        &files[0],
        RETRY_ALL,
        Some(r#"{"dry_run": true}"#),
        &none,
    )
    .await;
    assert_eq!(
        (status, planned["items"].as_array().unwrap().len()),
        (202, 500)
    );
    assert!(
        files
            .iter()
            .all(|file| state(&world, file) == State::Failed)
    );
    for _ in 0..2 {
        let (status, answer) = ask(&world, &files[0], RETRY_ALL, None, &none).await;
        assert_eq!(status, 202, "{answer}");
    }
    Post::new(&world).finish().await;
    for file in &files {
        assert_eq!(state(&world, file), State::Ready);
        assert_eq!(
            (
                times(&world, file, What::Ready),
                times(&world, file, What::Retried)
            ),
            (1, 1)
        );
        assert_eq!(record(&world, file).generation, 2);
    }
    assert_eq!(world.metrics.of(Metric::MediaReady), 500);
    let (_, rest) = ask(
        &world,
        &files[0],
        RETRY_ALL,
        Some(r#"{"dry_run": true}"#),
        &none,
    )
    .await;
    assert_eq!(rest["items"].as_array().unwrap().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn only_what_failed_so_is_retried() {
    let (world, files) = failures(3).await;
    let none = Faults::none();
    for (body, expected) in [
        (r#"{"code": "stage_crashed", "dry_run": true}"#, 3),
        (r#"{"code": "store_unavailable", "dry_run": true}"#, 0),
    ] {
        let (_, answer) = ask(&world, &files[0], RETRY_ALL, Some(body), &none).await;
        assert_eq!(
            answer["items"].as_array().unwrap().len(),
            expected,
            "{body}"
        );
    }
    let after = format!(
        r#"{{"after": "{}", "dry_run": true}}"#,
        files.iter().map(|f| &f.media).min().unwrap()
    );
    let (_, answer) = ask(&world, &files[0], RETRY_ALL, Some(&after), &none).await;
    assert_eq!(answer["items"].as_array().unwrap().len(), 2);
}
