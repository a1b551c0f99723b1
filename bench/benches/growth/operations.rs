//! Measures the requests of apps and admins, one operation at a time.

use std::sync::Arc;

use dozo::memory::faults::Faults;
use dozo::ports::clock::Clock;
use dozo::stages::usage::Usage;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::quota::Used;
use dozo::vocabulary::state::State;
use dozo_tests::crowd::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, QUOTAS, World, call};

use crate::platform::Platform;
use crate::series::Series;

/// Pictures from this number on are in no platform.
const NEW: u32 = 10_000_000;

/// Measures what changes little: an upload, a registration, and what only reads.
pub(crate) async fn measure_reads(platform: &Platform, series: &mut Series) {
    let world = &platform.world;
    let judge = async |sample: u32, faults: &Faults| {
        let file = world.file(&format!("new-{sample}.png"));
        world.upload(&file, &picture(NEW + sample));
        let mut post = Post::new(world);
        post.notify(Letter::about(&file, "s3"));
        while post.deliver(faults).await {}
        assert_eq!(world.record(&file).unwrap().state, State::Ready);
    };
    platform.measure(series, "judge an upload", judge).await;
    let grant = async |_: u32, faults: &Faults| {
        let event = call(
            "POST /apps/{app}/uploads",
            &[("app", "demo")],
            &[],
            Some("{}"),
        );
        let answer = issue_token::handle(&world.issue_token(faults), event).await;
        assert_eq!(answer.status_code, 201, "{answer:?}");
    };
    platform.measure(series, "grant", grant).await;
    let register = async |sample: u32, faults: &Faults| {
        let app = format!("app-{sample}");
        let event = call("PUT /admin/apps/{app}", &[("app", &app)], &[], Some("{}"));
        let answer = register_app::handle(&world.register_app(faults), event).await;
        assert_eq!(answer.status_code, 201, "{answer:?}");
    };
    platform.measure(series, "register an app", register).await;
    let show = async |sample: u32, faults: &Faults| {
        let media = platform.file(0, sample).media.to_string();
        let path = [("app", "demo"), ("media", media.as_str())];
        let event = call("GET /apps/{app}/media/{media}", &path, &[], None);
        let answer = show_media::handle(&world.show_media(faults), event).await;
        assert_eq!(answer.status_code, 200, "{answer:?}");
    };
    platform.measure(series, "show a media", show).await;
    let list = async |sample: u32, faults: &Faults| {
        let upload = platform.file(0, sample).upload.to_string();
        let query = [("upload", upload.as_str())];
        let event = call("GET /apps/{app}/media", &[("app", "demo")], &query, None);
        let answer = show_media::handle(&world.show_media(faults), event).await;
        assert_eq!(answer.status_code, 200, "{answer:?}");
    };
    platform.measure(series, "list a page of 100", list).await;
    let count = async |_: u32, faults: &Faults| {
        let usage = Usage::reader(Arc::new(world.store.seen_by(faults)));
        let one = Used { media: 1, bytes: 1 };
        let now = world.clock.now();
        let exceeded = usage.exceeded(&world.app, &QUOTAS, one, now).await;
        assert_eq!(exceeded.unwrap(), None);
    };
    platform
        .measure(series, "count the day's usage", count)
        .await;
}

/// Measures what withdraws media, from the request until nothing is left to do.
pub(crate) async fn measure_changes(platform: &Platform, series: &mut Series) {
    let world = &platform.world;
    let suspend = async |sample: u32, faults: &Faults| {
        let route = "POST /admin/apps/{app}/media/{media}/suspend";
        let body = Some(r#"{"reason": "other"}"#);
        withdraw(world, platform.file(1, sample), (route, body), faults).await;
    };
    platform.measure(series, "suspend a media", suspend).await;
    let erase = async |sample: u32, faults: &Faults| {
        let route = "DELETE /apps/{app}/media/{media}";
        withdraw(world, platform.file(2, sample), (route, None), faults).await;
    };
    platform.measure(series, "erase a media", erase).await;
    let states = |operation: u32, state: State| {
        let of = |sample: u32| {
            world
                .record(platform.file(operation, sample))
                .unwrap()
                .state
        };
        (0..crate::platform::SAMPLES).all(|sample| of(sample) == state)
    };
    assert!(states(1, State::Suspended) && states(2, State::Deleted));
}

async fn withdraw(
    world: &World,
    file: &UploadedFile,
    (route, body): (&str, Option<&str>),
    faults: &Faults,
) {
    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let event = call(route, &path, &[], body);
    let answer = suspend_media::handle(&world.suspend_media(faults), event).await;
    assert_eq!(answer.status_code, 202, "{answer:?}");
    let mut post = Post::new(world);
    while post.deliver(faults).await {}
}
