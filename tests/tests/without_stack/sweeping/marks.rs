//! Tests that work never begins without a mark.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call, far};

use crate::sweeping::{good, marks, stuck};

/// Returns whether there is a mark of the work that is under way, if there is any.
fn is_marked(world: &World, file: &UploadedFile) -> bool {
    let Some(record) = world
        .record(file)
        .filter(|record| !record.state.is_at_rest())
    else {
        return true;
    };
    let of = format!("/demo/{}/{}.", record.media, record.generation);
    marks(world, "begun/").iter().any(|mark| mark.contains(&of))
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_marked_before_its_record_is_written() {
    for number in 0..20 {
        for fault in Fault::ALL {
            let world = World::new(1);
            let file = world.file("a.png");
            world.upload(&file, &good(1));
            let stage = world.validate_upload(&Faults::at(number, fault));
            validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
            assert!(is_marked(&world, &file), "{fault:?} at {number}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_is_marked_before_the_record_is_written() {
    let abuse = Some(r#"{"reason": "abuse"}"#);
    let private = Some(r#"{"visibility": "private"}"#);
    for (route, body) in [
        ("POST /admin/apps/{app}/media/{media}/suspend", abuse),
        ("POST /apps/{app}/media/{media}/visibility", private),
        ("DELETE /apps/{app}/media/{media}", None),
    ] {
        for number in 0..8 {
            for fault in Fault::ALL {
                let world = World::new(2);
                let file = world.file("a.png");
                world.upload(&file, &good(1));
                let mut post = Post::new(&world);
                post.notify(Letter::about(&file, "1"));
                post.finish().await;
                let app = world.suspend_media(&Faults::at(number, fault));
                let path = [("app", "demo"), ("media", file.media.as_str())];
                suspend_media::handle(&app, call(route, &path, &[], body)).await;
                assert!(is_marked(&world, &file), "{route} {fault:?} at {number}");
                // If the record was not changed, the message changes it.
                post.deliver(&Faults::at(number, fault)).await;
                assert!(is_marked(&world, &file), "{route} {fault:?} at {number}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_marked_anew() {
    let world = World::new(3);
    let file = stuck(&world, "a.pdf").await;
    let record = world.record(&file).unwrap();
    let order = serde_json::json!({
        "stage": "split-pdf", "app": "demo", "media": record.media, "generation": record.generation,
    });
    let dead = Letter {
        id: "1".to_owned(),
        body: order.to_string(),
        attempts: 1,
    };
    record_failure::handle(
        &world.record_failure(&Faults::none()),
        Letter::batch(&[dead]),
    )
    .await;
    assert_eq!(world.record(&file).unwrap().state, State::Failed);
    world.announce().await;
    world.clock.advance(10_000);
    let found = sweep_lost::handle(&world.sweep_lost(&Faults::none()), far()).await;
    assert_eq!(found.unwrap().ended, 1);
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let event = call(
        "POST /admin/apps/{app}/media/{media}/retry",
        &path,
        &[],
        None,
    );
    retry_media::handle(&world.retry_media(&Faults::none()), event).await;
    assert!(is_marked(&world, &file));
    assert_eq!(marks(&world, "begun/").len(), 1);
}
