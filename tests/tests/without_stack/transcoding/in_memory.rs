//! Tests at-least-once delivery with a fault at any call, and withdrawal at any step: there is one set of outputs and
//! one `ready`.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::clips::{film, silence};
use dozo_tests::engine::{Meddled, ToyEngine};
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, far};

use crate::transcoding::scene::*;

/// Makes a world with a film that was accepted, and the order about it.
pub(crate) async fn ordered(seed: u64) -> (World, UploadedFile, Letter) {
    let world = World::new(seed);
    let file = world.file("映画.webm");
    world.upload(&file, &film(1280, 720, 8_000.0));
    validate(&world, &file).await;
    let [sent] = world.videos.take().try_into().expect("one order");
    let order = Letter {
        id: "order".to_owned(),
        body: sent.body,
        attempts: 1,
    };
    (world, file, order)
}

pub(crate) async fn validate(world: &World, file: &UploadedFile) {
    let app = world.validate_upload(&Faults::none());
    let response = validate_upload::handle(&app, Letter::batch(&[Letter::about(file, "s3")])).await;
    assert!(response.batch_item_failures.is_empty());
}

/// Delivers an order; returns whether it was acknowledged.
pub(crate) async fn deliver(world: &World, order: &Letter, faults: &Faults) -> bool {
    let app = world.transcode_media(faults);
    let batch = Letter::batch(std::slice::from_ref(order));
    let response = transcode_media::handle(&app, batch, far()).await;
    response.batch_item_failures.is_empty() && !faults.died()
}

async fn finish(world: &World, order: &Letter) {
    for attempts in 1..10 {
        let order = Letter {
            attempts,
            ..order.clone()
        };
        if deliver(world, &order, &Faults::none()).await {
            return;
        }
        world.clock.advance(700);
    }
    panic!("an order was never acknowledged");
}

#[tokio::test(start_paused = true)]
async fn a_film_becomes_all_that_its_ladder_says() {
    let (world, file, order) = ordered(1).await;
    let record = world.record(&file).unwrap();
    assert_eq!(record.state, State::Processing);
    assert!(deliver(&world, &order, &Faults::none()).await);
    assert_whole(&world, &file, "undisturbed");
    assert_labelled(&world, &file);
    let master = String::from_utf8(delivered(&world, &file)["hls/master.m3u8"].clone()).unwrap();
    assert!(
        master.contains("RESOLUTION=1280x720") && master.contains("\n720p/index.m3u8\n"),
        "{master}"
    );
    let streams = world
        .record(&file)
        .unwrap()
        .content
        .unwrap()
        .streams
        .unwrap();
    assert_eq!(streams.duration_ms, Some(8_000));
}

#[tokio::test(start_paused = true)]
async fn sound_alone_has_no_poster() {
    let world = World::new(2);
    let file = world.file("tone.wav");
    world.upload(&file, &silence(8));
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    let objects = delivered(&world, &file);
    assert!(objects.contains_key("audio.m4a") && objects.contains_key("hls/96k/index.m3u8"));
    for none in [
        "poster.jpg",
        "video.mp4",
        "storyboard.vtt",
        "storyboard/1.jpg",
    ] {
        assert!(!objects.contains_key(none), "{none}");
    }
    assert!(!world.record(&file).unwrap().content.unwrap().storyboard);
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_leaves_one_set_of_outputs() {
    let (world, _, order) = ordered(3).await;
    let counted = Faults::none();
    assert!(deliver(&world, &order, &counted).await);
    let calls = counted.calls();
    assert!(calls > 30, "{calls}");
    for fault in Fault::ALL {
        for number in 0..calls {
            let (world, file, order) = ordered(4).await;
            let faults = Faults::at(number, fault);
            if !deliver(&world, &order, &faults).await {
                world.clock.advance(700);
                finish(&world, &order).await;
            }
            assert_whole(&world, &file, &format!("{fault:?} at call {number}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_that_comes_again_finds_its_work_done() {
    let (world, file, order) = ordered(5).await;
    for _ in 0..3 {
        assert!(deliver(&world, &order, &Faults::none()).await);
    }
    assert_eq!(world.transcoder.runs(), 1);
    assert_whole(&world, &file, "three times");
}

#[tokio::test(start_paused = true)]
async fn two_at_once_are_one() {
    for seed in 0..50 {
        let (mut world, file, order) = ordered(seed).await;
        world.store = world.store.paced_by(&world.clock);
        let (none, other) = (Faults::none(), Faults::none());
        let (one, two) = tokio::join!(
            deliver(&world, &order, &none),
            deliver(&world, &order, &other)
        );
        assert!(one || two);
        assert_eq!(world.transcoder.runs(), 1, "seed {seed}");
        world.clock.advance(700);
        finish(&world, &order).await;
        assert_whole(&world, &file, &format!("seed {seed}"));
        assert_eq!(world.transcoder.runs(), 1, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_decoded_is_rejected_with_its_reason() {
    let (mut world, file, order) = ordered(7).await;
    world.transcoder = ToyEngine::meddled(|_| Meddled::Undecodable);
    assert!(deliver(&world, &order, &Faults::none()).await);
    let record = world.record(&file).unwrap();
    assert_eq!(record.state, State::Rejected);
    assert_eq!(record.rejection.unwrap().code, "undecodable");
    assert!(delivered(&world, &file).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_program_that_is_killed_is_started_again() {
    let (mut world, file, order) = ordered(8).await;
    let kills = std::sync::atomic::AtomicU32::new(1);
    world.transcoder = ToyEngine::meddled(move |step| {
        let is_struck = step == 1 && kills.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) == 1;
        if is_struck {
            Meddled::Killed
        } else {
            Meddled::Nothing
        }
    });
    assert!(!deliver(&world, &order, &Faults::none()).await);
    let record = world.record(&file).unwrap();
    assert_eq!(record.last_error.unwrap().code, "engine_failed");
    // It can start at once, because the claim was given back.
    assert!(deliver(&world, &order, &Faults::none()).await);
    assert_whole(&world, &file, "started again");
}

#[tokio::test(start_paused = true)]
async fn what_is_given_up_is_failed_with_its_order_and_can_be_tried_again() {
    let (mut world, file, order) = ordered(9).await;
    world.transcoder = ToyEngine::meddled(|_| Meddled::Killed);
    for attempts in 1..=3 {
        let order = Letter {
            attempts,
            ..order.clone()
        };
        assert!(!deliver(&world, &order, &Faults::none()).await);
    }
    let dead = Letter {
        attempts: 4,
        ..order.clone()
    };
    let app = world.record_failure(&Faults::none());
    record_failure::handle(&app, Letter::batch(&[dead])).await;
    let record = world.record(&file).unwrap();
    assert_eq!(record.state, State::Failed);
    assert_eq!(record.last_error.unwrap().code, "engine_failed");
}

#[tokio::test(start_paused = true)]
async fn a_file_is_refused_for_what_its_header_says() {
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("one.webm", film(1, 1, 1_000.0), "picture_size"),
        ("huge.webm", film(16_384, 16_384, 1_000.0), "picture_size"),
        ("long.webm", film(640, 360, 61_000.0), "too_long"),
        ("long.wav", silence(61), "too_long"),
        ("cut.wav", silence(3)[..30].to_vec(), "damaged"),
        (
            "list.mp4",
            b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n".to_vec(),
            "unknown_format",
        ),
        (
            "none.mp4",
            b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov".to_vec(),
            "no_playable_stream",
        ),
    ];
    let world = World::new(10);
    for (name, body, code) in cases {
        let file = world.file(name);
        world.upload(&file, &body);
        validate(&world, &file).await;
        let record = world.record(&file).unwrap();
        let found = record.rejection.map(|rejection| rejection.code);
        assert_eq!(found.as_deref(), Some(code), "{name}");
    }
    assert!(world.videos.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_app_that_takes_no_video_takes_sound() {
    let world = World::new(11);
    world.register(|app| app.kinds = vec![dozo::vocabulary::kind::Kind::Audio]);
    let (sound, picture) = (world.file("a.wav"), world.file("a.webm"));
    world.upload(&sound, &silence(1));
    world.upload(&picture, &film(640, 360, 1_000.0));
    validate(&world, &sound).await;
    validate(&world, &picture).await;
    assert_eq!(world.record(&sound).unwrap().state, State::Processing);
    let refused = world.record(&picture).unwrap().rejection.unwrap();
    assert_eq!(refused.code, "kind_not_accepted");
}

#[tokio::test(start_paused = true)]
async fn an_original_is_delivered_where_the_app_wants_it() {
    let world = World::new(12);
    world.register(|app| app.keep_original_metadata = true);
    let file = world.file("a.wav");
    world.upload(&file, &silence(1));
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    assert_eq!(delivered(&world, &file)["original.wav"], silence(1));
}
