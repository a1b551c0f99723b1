//! Tests that an order starts exactly one job, whatever fault strikes.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_film_goes_through_the_service() {
    let mut world = World::new(1);
    world.has_service = true;
    let file = world.file("映画.webm");
    world.upload(&file, &film(1280, 720, 8_000.0));
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    post.finish().await;
    assert_whole(&world, &file, "undisturbed");
    assert_eq!(world.transcoder.runs(), 0, "nothing was made here");
    let objects = delivered(&world, &file);
    assert!(
        objects["poster.jpg"].starts_with(b"poster"),
        "the second picture"
    );
    assert_labelled(&world, &file);
    let record = world.record(&file).unwrap();
    assert_eq!(
        record.content.unwrap().streams.unwrap().duration_ms,
        Some(8_000)
    );
}

/// The service's output differs from FFmpeg's only in the texts of the toy files.
#[tokio::test(start_paused = true)]
async fn both_engines_deliver_the_same() {
    for (name, body) in [
        ("a.webm", film(1280, 720, 8_000.0)),
        ("b.webm", film(360, 640, 8_000.0)),
    ] {
        let mut ends = Vec::new();
        for has_service in [false, true] {
            let mut world = World::new(2);
            world.has_service = has_service;
            let file = world.file(name);
            world.upload(&file, &body);
            let mut post = Post::new(&world);
            post.notify(Letter::about(&file, "s3"));
            post.finish().await;
            assert_eq!(state(&world, &file), State::Ready, "{name}");
            let contents = world.store.contents(Bucket::Delivery);
            let told = contents
                .into_iter()
                .map(|(key, object)| (key, object.info.headers));
            let playlists: Vec<_> = delivered(&world, &file)
                .into_iter()
                .filter(|(name, _)| name.ends_with("index.m3u8"))
                .collect();
            ends.push((told.collect::<Vec<_>>(), playlists));
        }
        assert_eq!(ends.first(), ends.last(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_of_the_beginning_leaves_one_set_of_outputs() {
    let (world, _, order) = ordered(3).await;
    let counted = Faults::none();
    assert!(begin(&world, &order, &counted).await);
    let calls = counted.calls();
    assert!(calls >= 12, "{calls}");
    for fault in Fault::ALL {
        for number in 0..calls {
            let context = format!("{fault:?} at call {number}");
            let (world, file, order) = ordered(4).await;
            if !begin(&world, &order, &Faults::at(number, fault)).await {
                world.clock.advance(700);
                see_through(&world, &order).await;
            }
            Post::new(&world).finish().await;
            assert_whole(&world, &file, &context);
            let jobs = world.jobs.all();
            let wanted = jobs
                .iter()
                .filter(|(_, state)| *state != JobState::Cancelled);
            assert_eq!(wanted.count(), 1, "{context}: {jobs:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_that_comes_again_begins_nothing() {
    let (world, _, order) = ordered(7).await;
    for _ in 0..3 {
        assert!(begin(&world, &order, &Faults::none()).await);
        world.clock.advance(3_600);
    }
    assert_eq!(world.jobs.all().len(), 1);
}

/// Returns the number of the call that creates a job.
async fn creation() -> usize {
    let (world, _, order) = ordered(8).await;
    let counted = Faults::none();
    begin(&world, &order, &counted).await;
    let log = counted.log();
    let mut calls = log.iter();
    let create = calls.position(|(call, _)| call.name == "mediaconvert:create");
    create.expect("a job is created")
}

/// The process died after it created the job and before it named it, more than a minute ago, so the service itself
/// would create another job.
#[tokio::test(start_paused = true)]
async fn a_job_that_nobody_named_is_found() {
    let (world, file, order) = ordered(8).await;
    let dies = Faults::at(creation().await, Fault::DiesAfter);
    assert!(!begin(&world, &order, &dies).await);
    assert_eq!(world.jobs.all().len(), 1);
    world.clock.advance(700);
    see_through(&world, &order).await;
    assert_eq!(world.jobs.all().len(), 1);
    Post::new(&world).finish().await;
    assert_whole(&world, &file, "found");
}

/// If nothing comes again but the job's event, that is enough.
#[tokio::test(start_paused = true)]
async fn a_job_that_nobody_named_is_ended_by_its_event() {
    let (world, file, order) = ordered(9).await;
    let dies = Faults::at(creation().await, Fault::DiesAfter);
    assert!(!begin(&world, &order, &dies).await);
    let [(id, _)] = world.jobs.all().try_into().expect("created, and not named");
    world.jobs.complete(&id, &world.store);
    let event = world.jobs.event(&id, "COMPLETE");
    assert!(
        !tell(&world, &event, &Faults::none()).await,
        "somebody may still be at it"
    );
    world.clock.advance(700);
    assert!(tell(&world, &event, &Faults::none()).await);
    assert_whole(&world, &file, "by its event");
    see_through(&world, &order).await;
    assert_eq!(world.jobs.all().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_orders_at_once_begin_one_job() {
    for seed in 0..50 {
        let (mut world, file, order) = ordered(seed).await;
        world.store = world.store.paced_by(&world.clock);
        let (none, other) = (Faults::none(), Faults::none());
        let (one, two) = tokio::join!(begin(&world, &order, &none), begin(&world, &order, &other));
        assert!(one || two);
        world.clock.advance(700);
        see_through(&world, &order).await;
        assert_eq!(world.jobs.all().len(), 1, "seed {seed}");
        Post::new(&world).finish().await;
        assert_whole(&world, &file, &format!("seed {seed}"));
    }
}

/// There is a second job in the same generation: its event ends it, and nothing of it is published.
#[tokio::test(start_paused = true)]
async fn a_job_that_is_not_named_is_cancelled() {
    let (world, file, id) = begun(15).await;
    let location = format!("{}/{}/1/transcode.json", file.app, file.media);
    let location = ObjectLocation::anywhere(Bucket::Work, &location);
    let object = world.store.find(&location).unwrap();
    let mut claim: Value = serde_json::from_slice(&object.body).unwrap();
    claim["job"]["id"] = json!("another-job");
    world.store.upload(&location, claim.to_string().as_bytes());
    let event = world.jobs.event(&id, "STATUS_UPDATE");
    assert!(tell(&world, &event, &Faults::none()).await);
    assert_eq!(world.jobs.all(), [(id, JobState::Cancelled)]);
    assert_eq!(state(&world, &file), State::Processing);
}

/// A later upload over the source does not affect the job, because it reads a copy.
#[tokio::test(start_paused = true)]
async fn the_service_reads_what_was_validated() {
    let (world, file, order) = ordered(25).await;
    let body = film(1280, 720, 8_000.0);
    assert!(begin(&world, &order, &Faults::none()).await);
    world.upload(&file, b"something else");
    let source = format!("{}/{}/1/source.webm", file.app, file.media);
    let copy = world
        .store
        .find(&ObjectLocation::anywhere(Bucket::Work, &source));
    assert_eq!(copy.unwrap().body, body);
    // If the source is replaced before it was copied, the media is refused.
    let (world, file, order) = ordered(26).await;
    world.upload(&file, b"something else");
    assert!(begin(&world, &order, &Faults::none()).await);
    let record = world.record(&file).unwrap();
    assert_eq!(record.rejection.unwrap().code, "overwritten");
    assert!(world.jobs.all().is_empty());
}

/// A film narrower than the service supports, or sound alone, is made by our own engine.
#[tokio::test(start_paused = true)]
async fn what_the_service_cannot_make_is_made_here() {
    for (name, body) in [("a.webm", film(640, 20, 8_000.0)), ("a.wav", silence(8))] {
        let (world, file, order) = ordered_of(27, name, &body).await;
        assert!(begin(&world, &order, &Faults::none()).await);
        assert_eq!(state(&world, &file), State::Ready, "{name}");
        assert!(world.jobs.all().is_empty(), "{name}");
        assert_eq!(world.transcoder.runs(), 1, "{name}");
    }
}

#[test]
fn what_the_service_needs_is_asked_for_whatever_transcodes() {
    let names = [
        "TRANSCODED_QUEUE_URL",
        "MEDIACONVERT_QUEUE",
        "MEDIACONVERT_ROLE",
    ];
    let read = |transcoder: &str, is_complete: bool| {
        let lookup = |name: &str| match name {
            "TRANSCODER" => Some(transcoder.to_owned()),
            "COPY_PART_BYTES" | "RETRY_SECONDS" => None,
            name if names.contains(&name) => is_complete.then(|| "x".to_owned()),
            _ => Some("x".to_owned()),
        };
        transcode_media::Config::read(&lookup).map_err(|error| error.to_string())
    };
    for transcoder in ["ffmpeg", "mediaconvert"] {
        assert!(read(transcoder, true).is_ok());
        let missing = read(transcoder, false).unwrap_err();
        assert!(names.iter().all(|name| missing.contains(name)), "{missing}");
    }
    assert!(read("another", true).is_err());
}

/// The order comes again, and the engine does not make a second time what the job makes.
#[tokio::test(start_paused = true)]
async fn a_job_that_runs_when_the_stack_is_switched_to_the_engine_ends_well() {
    let (mut world, file, order) = ordered(9).await;
    assert!(begin(&world, &order, &Faults::none()).await);
    world.has_service = false;
    assert!(begin(&world, &order, &Faults::none()).await);
    assert_eq!(world.transcoder.runs(), 0);
    Post::new(&world).finish().await;
    assert_whole(&world, &file, "switched");
    assert_eq!((world.jobs.all().len(), world.transcoder.runs()), (1, 0));
}
