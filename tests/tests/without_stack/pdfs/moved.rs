//! Tests operations on a document: one that is suspended halfway is gone, and one that moves takes its manifest along.

use aws_lambda_events::encodings::Body;
use dozo::memory::faults::Faults;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::pdfs::plain;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call};

use crate::pdfs::scene::*;

const SUSPEND: &str = "POST /admin/apps/{app}/media/{media}/suspend";
const RESTORE: &str = "POST /admin/apps/{app}/media/{media}/restore";
const VISIBILITY: &str = "POST /apps/{app}/media/{media}/visibility";
const ABUSE: Option<&str> = Some(r#"{"reason": "abuse"}"#);
const PRIVATE: Option<&str> = Some(r#"{"visibility": "private"}"#);

async fn ask(world: &World, file: &UploadedFile, route: &str, body: Option<&str>) {
    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let event = call(route, &path, &[], body);
    let answer = suspend_media::handle(&world.suspend_media(&Faults::none()), event).await;
    let Some(Body::Text(text)) = answer.body else {
        panic!("no body")
    };
    assert_eq!(answer.status_code, 202, "{route}: {text}");
}

async fn done(world: &World, file: &UploadedFile, route: &str, body: Option<&str>) {
    ask(world, file, route, body).await;
    Post::new(world).finish().await;
}

fn assert_manifest_of(world: &World, file: &UploadedFile, visibility: &str) {
    let text = manifest(world, file).to_string();
    let base = format!("https://cdn.example/{visibility}/demo/{}/", file.media);
    assert!(text.contains(&format!("{base}manifest.json")));
    assert_eq!(
        text.matches("https://cdn.example/").count(),
        text.matches(&base).count()
    );
    let place = world.store.contents(Bucket::Delivery);
    assert!(place.keys().all(|key| key.starts_with(visibility)));
    let manifests = place
        .iter()
        .filter(|(key, _)| key.ends_with("manifest.json"));
    for (_, object) in manifests {
        assert_eq!(
            object.info.headers.metadata["cache-tag"],
            format!("media-{},app-demo", file.media)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_manifest_names_the_addresses_its_media_has_now() {
    let (world, file) = settled(1, &plain(5)).await;
    world.clock.advance(10_000);
    assert_manifest_of(&world, &file, "public");
    done(&world, &file, VISIBILITY, PRIVATE).await;
    assert_eq!(state(&world, &file), State::Ready);
    assert_manifest_of(&world, &file, "private");
    done(&world, &file, SUSPEND, ABUSE).await;
    assert_eq!(state(&world, &file), State::Suspended);
    done(&world, &file, RESTORE, None).await;
    assert_manifest_of(&world, &file, "private");
    done(
        &world,
        &file,
        VISIBILITY,
        Some(r#"{"visibility": "public"}"#),
    )
    .await;
    assert_manifest_of(&world, &file, "public");
}

/// The media is suspended while it moves; the restore brings everything to the place that it was moving to.
#[tokio::test(start_paused = true)]
async fn a_move_that_is_cut_off_by_a_suspension_is_finished_by_the_restore() {
    for deliveries in 0..4 {
        let (world, file) = settled(1, &plain(5)).await;
        world.clock.advance(10_000);
        ask(&world, &file, VISIBILITY, PRIVATE).await;
        let mut post = Post::new(&world);
        for _ in 0..deliveries {
            post.deliver(&Faults::none()).await;
        }
        if state(&world, &file) != State::Moving {
            continue;
        }
        ask(&world, &file, SUSPEND, ABUSE).await;
        post.finish().await;
        assert_eq!(state(&world, &file), State::Suspended);
        assert!(objects(&world, Bucket::Delivery).is_empty());
        done(&world, &file, RESTORE, None).await;
        assert_eq!(state(&world, &file), State::Ready);
        assert_manifest_of(&world, &file, "private");
    }
}

/// The media is suspended after each number of deliveries: nothing is served then, and a restore finishes the work.
#[tokio::test(start_paused = true)]
async fn a_document_that_is_suspended_half_way_is_gone_and_can_come_back() {
    let mut halves = 0;
    for moment in 0..8 {
        let (world, file) = uploaded(1, &plain(18));
        let mut post = Post::new(&world);
        post.notify(Letter::about(&file, "s3"));
        for _ in 0..moment {
            post.deliver(&Faults::none()).await;
        }
        if world.record(&file).is_none() {
            continue;
        }
        halves += usize::from(state(&world, &file) == State::Processing);
        ask(&world, &file, SUSPEND, ABUSE).await;
        post.finish().await;
        assert_eq!(state(&world, &file), State::Suspended, "moment {moment}");
        assert!(
            objects(&world, Bucket::Delivery).is_empty(),
            "moment {moment}"
        );
        done(&world, &file, RESTORE, None).await;
        assert_eq!(state(&world, &file), State::Ready, "moment {moment}");
        assert_eq!(times(&world, &file, What::Ready), 1);
        assert_eq!(objects(&world, Bucket::Delivery).len(), 2 + 2 * 18);
        assert_manifest_of(&world, &file, "public");
        assert!(objects(&world, Bucket::Backup).is_empty());
    }
    assert!(halves >= 3, "{halves}");
}
