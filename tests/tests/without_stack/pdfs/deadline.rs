//! Tests a deadline that is reached in the middle of a span.

use std::time::{Duration, SystemTime};

use dozo::memory::faults::Faults;
use dozo::stages::split::Task;
use dozo::vocabulary::state::State;
use dozo_tests::pdfs::plain;
use dozo_tests::world::Letter;

use crate::pdfs::scene::*;

/// Even without any time left, each delivery makes one piece and hands the rest back.
#[tokio::test(start_paused = true)]
async fn the_rest_goes_back_to_the_queue() {
    let (world, file) = uploaded(1, &plain(18));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "s3")])).await;
    let mut handed_back = Vec::new();
    for delivery in 0.. {
        let sent = world.pdfs.take();
        if sent.is_empty() {
            break;
        }
        assert!(delivery < 20, "without end");
        for sent in sent {
            let task: Task = serde_json::from_str(&sent.body).unwrap();
            handed_back.extend(task.pages.map(|span| (span.first.get(), span.last.get())));
            let letter = [Letter {
                id: "1".to_owned(),
                body: sent.body,
                attempts: 1,
            }];
            let app = world.split_pdf(&Faults::none());
            let past = SystemTime::now() - Duration::from_secs(1);
            let response = split_pdf::handle(&app, Letter::batch(&letter), past).await;
            assert!(response.batch_item_failures.is_empty());
        }
    }
    assert_eq!(state(&world, &file), State::Ready);
    handed_back.sort_unstable();
    assert_eq!(handed_back, [(1, 18), (5, 18), (9, 18), (13, 18), (17, 18)]);
    for number in 1..=18 {
        assert_eq!(text(&world, &file, number).trim(), format!("Page {number}"));
    }
}
