//! Tests that the manifest of a document says what its app says, whatever happens at the same time.

use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::pdfs::plain;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World};
use serde_json::{Value, json};

use crate::operations::scene::{ABUSE, PRIVATE, RESTORE, SUSPEND, VISIBILITY, ask, letter};
use crate::pdfs::scene::*;

const DESCRIBE: &str = "PATCH /apps/{app}/media/{media}";

async fn describe(world: &World, file: &UploadedFile, body: &Value) {
    let text = body.to_string();
    let (status, answer) = ask(world, file, DESCRIBE, Some(&text), &Faults::none()).await;
    assert_eq!(status, 200, "{answer}");
}

/// A document that is published, and has been for a while.
async fn published(seed: u64) -> (World, UploadedFile) {
    let (world, file) = settled(seed, &plain(5)).await;
    world.clock.advance(10_000);
    (world, file)
}

fn assert_says(world: &World, file: &UploadedFile, title: &str, alt: Option<&str>, about: &str) {
    let manifest = manifest(world, file);
    assert_eq!(manifest["label"], json!({"none": [title]}), "{about}");
    let summary = alt.map_or(Value::Null, |alt| json!({"none": [alt]}));
    assert_eq!(manifest["summary"], summary, "{about}");
    assert_eq!(manifest["items"].as_array().unwrap().len(), 5, "{about}");
    let record = record(world, file);
    assert_eq!(record.state, State::Ready, "{about}");
    assert!(!record.manifest_behind, "{about}");
}

#[tokio::test(start_paused = true)]
async fn a_title_is_the_label_and_an_alternative_text_the_summary() {
    let (world, file) = published(1).await;
    let before = manifest(&world, &file);
    assert_says(&world, &file, "手引き.pdf", None, "at first");
    let words = json!({"title": "Guide", "alt": "How to begin", "metadata": {"secret": "7"}});
    describe(&world, &file, &words).await;
    Post::new(&world).finish().await;
    assert_says(&world, &file, "Guide", Some("How to begin"), "said");
    let item = format!("#media-{}", file.media);
    assert_eq!(world.cdn.asked_for(), [[item.clone()], [item]], "twice");
    let text = manifest(&world, &file).to_string();
    assert!(
        !text.contains("secret"),
        "the app's own fields stay its own"
    );
    // What the manifest does not say changes nothing, and asks the CDN for nothing.
    let asked = world.cdn.invalidations();
    describe(&world, &file, &json!({"tags": ["a"], "metadata": null})).await;
    assert!(world.operations.take().is_empty());
    describe(&world, &file, &json!({"title": null, "alt": null})).await;
    Post::new(&world).finish().await;
    assert_eq!(manifest(&world, &file), before);
    assert!(world.cdn.invalidations() > asked);
}

/// The words change after each number of deliveries of a document's way.
#[tokio::test(start_paused = true)]
async fn words_that_change_while_the_document_is_made_are_said() {
    let mut moments = 0;
    for moment in 1.. {
        let (world, file) = uploaded(1, &plain(5));
        let mut post = Post::new(&world);
        post.notify(Letter::about(&file, "s3"));
        for _ in 0..moment {
            post.deliver(&Faults::none()).await;
        }
        let was_ready = state(&world, &file) == State::Ready;
        moments += u32::from(!was_ready);
        describe(&world, &file, &json!({"title": "Guide"})).await;
        post.finish().await;
        assert_says(&world, &file, "Guide", None, &format!("{moment}"));
        if was_ready {
            break;
        }
    }
    assert!(moments > 0);
}

/// The words change between any two calls of the process that makes the document.
#[tokio::test(start_paused = true)]
async fn words_that_change_while_a_process_works_are_said() {
    for seed in 0..60 {
        let (mut world, file) = uploaded(seed, &plain(5));
        let stage = world.validate_upload(&Faults::none());
        validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
        let [order] = world.pdfs.take().try_into().unwrap();
        world.store = world.store.paced_by(&MemoryClock::new(seed));
        let batch = Letter::batch(&[letter(order)]);
        let split = world.split_pdf(&Faults::none());
        tokio::join!(
            split_pdf::handle(&split, batch.clone(), dozo_tests::world::far()),
            async {
                describe(&world, &file, &json!({"title": "One"})).await;
                describe(&world, &file, &json!({"title": "Two"})).await;
            },
            split_pdf::handle(&split, batch, dozo_tests::world::far()),
        );
        Post::new(&world).finish().await;
        assert_says(&world, &file, "Two", None, &format!("seed {seed}"));
    }
}

/// Words that come and go while late processes put what was said before.
#[tokio::test(start_paused = true)]
async fn processes_at_the_same_time_agree_in_the_end() {
    for seed in 0..100 {
        let (mut world, file) = published(seed).await;
        describe(&world, &file, &json!({"title": "One"})).await;
        let [order] = world.operations.take().try_into().unwrap();
        world.store = world.store.paced_by(&MemoryClock::new(seed));
        let batch = Letter::batch(&[letter(order)]);
        let (one, other) = (
            world.run_operation(&Faults::none()),
            world.run_operation(&Faults::none()),
        );
        tokio::join!(
            run_operation::handle(&one, batch.clone()),
            async {
                describe(&world, &file, &json!({"title": "Two"})).await;
                describe(&world, &file, &json!({"title": null})).await;
                describe(&world, &file, &json!({"title": "One"})).await;
            },
            run_operation::handle(&other, batch),
        );
        Post::new(&world).finish().await;
        assert_says(&world, &file, "One", None, &format!("seed {seed}"));
    }
}

/// A fault strikes any call of whoever rewrites the manifest; the message comes again.
#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_changes_nothing_in_the_end() {
    let mut struck = 0;
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = published(2).await;
            describe(&world, &file, &json!({"title": "Guide"})).await;
            let asked = world.cdn.invalidations();
            let faults = Faults::at(number, fault);
            let mut post = Post::new(&world);
            while faults.calls() <= number && post.deliver(&faults).await {}
            let reached = faults.calls() > number;
            post.finish().await;
            assert_says(&world, &file, "Guide", None, &format!("{fault:?} {number}"));
            assert!(world.cdn.invalidations() > asked, "{fault:?} {number}");
            if !reached {
                break;
            }
            struck += 1;
        }
    }
    assert!(struck > 10, "{struck}");
}

/// A fault strikes any call of whoever changes the words. If they are on the record, the manifest says them.
#[tokio::test(start_paused = true)]
async fn whoever_changes_the_words_may_die_at_any_call() {
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, file) = published(3).await;
            let faults = Faults::at(number, fault);
            let body = r#"{"title": "Guide"}"#;
            ask(&world, &file, DESCRIBE, Some(body), &faults).await;
            Post::new(&world).finish().await;
            let title = record(&world, &file).description.title;
            let title = title.unwrap_or_else(|| "手引き.pdf".to_owned());
            assert_says(&world, &file, &title, None, &format!("{fault:?} {number}"));
            if faults.calls() <= number {
                break;
            }
        }
    }
}

/// The document is suspended, or moved, after each number of deliveries: nothing comes back, and the words are said where
/// the document is in the end.
#[tokio::test(start_paused = true)]
async fn a_document_that_is_withdrawn_or_moved_meanwhile_says_the_words_in_the_end() {
    for (route, body, back) in [(SUSPEND, ABUSE, Some(RESTORE)), (VISIBILITY, PRIVATE, None)] {
        for moment in 0..6 {
            for words_first in [true, false] {
                let about = format!("{route} {moment} {words_first}");
                let (world, file) = published(4).await;
                let mut post = Post::new(&world);
                let words = json!({"title": "Guide", "alt": "Begin"});
                if words_first {
                    describe(&world, &file, &words).await;
                    for _ in 0..moment {
                        post.deliver(&Faults::none()).await;
                    }
                }
                let (status, _) = ask(&world, &file, route, Some(body), &Faults::none()).await;
                assert_eq!(status, 202, "{about}");
                if !words_first {
                    for _ in 0..moment {
                        post.deliver(&Faults::none()).await;
                    }
                    describe(&world, &file, &words).await;
                }
                post.finish().await;
                if let Some(back) = back {
                    assert_eq!(state(&world, &file), State::Suspended, "{about}");
                    assert!(objects(&world, Bucket::Delivery).is_empty(), "{about}");
                    ask(&world, &file, back, None, &Faults::none()).await;
                    post.finish().await;
                }
                assert_says(&world, &file, "Guide", Some("Begin"), &about);
            }
        }
    }
}
