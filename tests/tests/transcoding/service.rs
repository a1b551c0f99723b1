//! With a service that works elsewhere: at least once, with a fault at any call of either function, events twice, late, in
//! any order, lost, or of other people's jobs: one set of outputs, of one job, and one `ready`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use dozo::failure::STAGE_CRASHED;
use dozo::keys::{Bucket, Key, Place};
use dozo::memory::faults::{Fault, Faults};
use dozo::notification::UploadedFile;
use dozo::operation::{SuspendReason, Suspension, Withdrawal};
use dozo::record::{MediaRecord, What};
use dozo::state::State;
use dozo::transcode::service::{JobId, JobState};
use dozo_tests::clips::{film, silence};
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call, far};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// A world with a service, a film that was found good, and the order about it.
async fn ordered(seed: u64) -> (World, UploadedFile, Letter) {
    ordered_of(seed, "映画.webm", &film(1280, 720, 8_000.0)).await
}

async fn ordered_of(seed: u64, name: &str, body: &[u8]) -> (World, UploadedFile, Letter) {
    let mut world = World::new(seed);
    world.has_service = true;
    let file = world.file(name);
    world.upload(&file, body);
    let app = world.validate_upload(&Faults::none());
    let batch = Letter::batch(&[Letter::about(&file, "s3")]);
    let response = validate_upload::handle(&app, batch).await;
    assert!(response.batch_item_failures.is_empty());
    let [sent] = world.videos.take().try_into().expect("one order");
    let order = letter("order", sent.body);
    (world, file, order)
}

fn letter(id: &str, body: String) -> Letter {
    Letter {
        id: id.to_owned(),
        body,
        attempts: 1,
    }
}

/// Whether it was acknowledged.
async fn begin(world: &World, order: &Letter, faults: &Faults) -> bool {
    let app = world.transcode_media(faults);
    let batch = Letter::batch(std::slice::from_ref(order));
    let response = transcode_media::handle(&app, batch, far()).await;
    response.batch_item_failures.is_empty() && !faults.died()
}

async fn tell(world: &World, body: &str, faults: &Faults) -> bool {
    let app = world.finish_transcode(faults);
    let batch = Letter::batch(&[letter("event", body.to_owned())]);
    let response = finish_transcode::handle(&app, batch, far()).await;
    response.batch_item_failures.is_empty() && !faults.died()
}

/// Until it is acknowledged.
async fn see_through(world: &World, order: &Letter) {
    for _ in 0..10 {
        if begin(world, order, &Faults::none()).await {
            return;
        }
        world.clock.advance(700);
    }
    panic!("an order was never acknowledged");
}

async fn tell_until_heard(world: &World, body: &str) {
    for _ in 0..10 {
        if tell(world, body, &Faults::none()).await {
            return;
        }
        world.clock.advance(700);
    }
    panic!("an event was never acknowledged");
}

/// A film whose job is under way.
async fn begun(seed: u64) -> (World, UploadedFile, JobId) {
    let (world, file, order) = ordered(seed).await;
    assert!(begin(&world, &order, &Faults::none()).await);
    let [(id, _)] = world.jobs.all().try_into().expect("one job");
    (world, file, id)
}

/// The same, complete; and the event that says so.
async fn completed(seed: u64) -> (World, UploadedFile, String) {
    let (world, file, id) = begun(seed).await;
    world.jobs.complete(&id, &world.store);
    let event = world.jobs.event(&id, "COMPLETE");
    (world, file, event)
}

fn delivered(world: &World, file: &UploadedFile) -> BTreeMap<String, Vec<u8>> {
    let prefix = format!("public/{}/{}/", file.app, file.media);
    let contents = world.store.contents(Bucket::Delivery).into_iter();
    contents
        .map(|(key, object)| {
            let name = key.strip_prefix(&prefix).unwrap().to_owned();
            (name, object.body.to_vec())
        })
        .collect()
}

fn state(world: &World, file: &UploadedFile) -> State {
    world.record(file).unwrap().state
}

fn expected() -> BTreeSet<String> {
    let mut all: BTreeSet<_> = ["hls/master.m3u8", "poster.jpg", "video.mp4"]
        .map(str::to_owned)
        .into();
    for rendition in ["720p", "540p", "360p", "270p", "track-1"] {
        for name in ["index.m3u8", "init.mp4", "00001.m4s", "00002.m4s"] {
            all.insert(format!("hls/{rendition}/{name}"));
        }
    }
    all
}

/// All that is published is of one job, and it is published once.
fn assert_whole(world: &World, file: &UploadedFile, context: &str) {
    assert_eq!(state(world, file), State::Ready, "{context}");
    let objects = delivered(world, file);
    let keys: BTreeSet<_> = objects.keys().cloned().collect();
    assert_eq!(keys, expected(), "{context}");
    let texts = objects
        .values()
        .map(|body| String::from_utf8_lossy(body).into_owned());
    let jobs: BTreeSet<_> = texts
        .filter_map(|text| text.rsplit_once("of run ").map(|(_, job)| job.to_owned()))
        .collect();
    assert_eq!(jobs.len(), 1, "{context}: of one job: {jobs:?}");
    let history = world.record(file).unwrap().history;
    let ready = history.iter().filter(|event| event.what == What::Ready);
    assert_eq!(ready.count(), 1, "{context}");
}

/// As an order to suspend changes it, past every fault.
fn withdraw(world: &World, file: &UploadedFile) {
    let place = Key::Media(file.app.clone(), file.media.clone()).place();
    let object = world.store.find(&place).unwrap();
    let mut record: MediaRecord = serde_json::from_slice(&object.body).unwrap();
    withdrawn(&mut record);
    let text = json!(record).to_string();
    world.store.upload(&place, text.as_bytes());
}

fn withdrawn(record: &mut MediaRecord) {
    let quiet_at = record
        .state_since
        .checked_add(SignedDuration::from_secs(5_000));
    record.resume_state = Some(record.state);
    record.state = State::Suspending;
    record.generation += 1;
    record.withdrawal = Some(Withdrawal::new(quiet_at.unwrap()));
    record.suspension = Some(Suspension {
        reason: SuspendReason::Abuse,
        note: None,
        blocked_by: None,
    });
}

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
    for (key, object) in world.store.contents(Bucket::Delivery) {
        let parsed = Key::parse(Bucket::Delivery, &key).expect("a key of ours");
        assert_eq!(parsed.to_string(), key);
        let headers = object.info.headers;
        let tag = format!("media-{},app-demo", file.media);
        assert_eq!(headers.metadata.get("cache-tag"), Some(&tag), "{key}");
        assert!(
            headers.content_type.is_some() && headers.cache_control.is_some(),
            "{key}"
        );
    }
    let record = world.record(&file).unwrap();
    assert_eq!(
        record.content.unwrap().streams.unwrap().duration_ms,
        Some(8_000)
    );
}

/// What is delivered is told from FFmpeg's by what the words say only.
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
async fn a_fault_at_any_call_of_the_end_leaves_one_set_of_outputs() {
    let (world, _, event) = completed(5).await;
    let counted = Faults::none();
    assert!(tell(&world, &event, &counted).await);
    let calls = counted.calls();
    assert!(calls > 60, "{calls}");
    for fault in Fault::ALL {
        for number in 0..calls {
            let (world, file, event) = completed(6).await;
            if !tell(&world, &event, &Faults::at(number, fault)).await {
                world.clock.advance(700);
                tell_until_heard(&world, &event).await;
            }
            assert_whole(&world, &file, &format!("{fault:?} at call {number}"));
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

/// Which call creates a job.
async fn creation() -> usize {
    let (world, _, order) = ordered(8).await;
    let counted = Faults::none();
    begin(&world, &order, &counted).await;
    let log = counted.log();
    let mut calls = log.iter();
    let create = calls.position(|(call, _)| call.name == "mediaconvert:create");
    create.expect("a job is created")
}

/// The process died after the job was created and before it was named, more than a minute ago: the service itself would
/// create another.
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

/// And where nothing comes again but its event, that is enough.
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

#[tokio::test(start_paused = true)]
async fn two_events_at_once_publish_once() {
    for seed in 0..50 {
        let (mut world, file, event) = completed(seed).await;
        world.store = world.store.paced_by(&world.clock);
        let (none, other) = (Faults::none(), Faults::none());
        let (one, two) = tokio::join!(tell(&world, &event, &none), tell(&world, &event, &other));
        assert!(one || two, "seed {seed}");
        world.clock.advance(700);
        tell_until_heard(&world, &event).await;
        assert_whole(&world, &file, &format!("seed {seed}"));
    }
}

#[tokio::test(start_paused = true)]
async fn events_in_any_order_come_to_the_same() {
    const WORDS: [&str; 4] = ["STATUS_UPDATE", "COMPLETE", "STATUS_UPDATE", "COMPLETE"];
    for first in 0..WORDS.len() {
        let (world, file, id) = begun(10).await;
        let early = world.jobs.event(&id, "STATUS_UPDATE");
        world.jobs.complete(&id, &world.store);
        for turn in 0..WORDS.len() {
            let word = WORDS[(first + turn) % WORDS.len()];
            let event = if word == "COMPLETE" {
                world.jobs.event(&id, word)
            } else {
                early.clone()
            };
            assert!(
                tell(&world, &event, &Faults::none()).await,
                "{first} {turn}"
            );
        }
        assert_whole(&world, &file, &format!("from {first}"));
    }
}

/// The service may tell that a job has ended before it shows it so.
#[tokio::test(start_paused = true)]
async fn an_event_ahead_of_its_job_is_not_lost() {
    let (world, file, id) = begun(11).await;
    let event = world.jobs.event(&id, "COMPLETE");
    assert!(tell(&world, &event, &Faults::none()).await);
    assert_eq!(state(&world, &file), State::Processing);
    Post::new(&world).finish().await;
    assert_whole(&world, &file, "looked at soon");
}

/// No event ever comes: our own looks find the end, and there is one chain of them, however often they come.
#[tokio::test(start_paused = true)]
async fn a_job_of_which_nothing_is_heard_is_looked_at() {
    let (world, file, id) = begun(12).await;
    let [mut look] = world.transcoded.take().try_into().expect("one look");
    for _ in 0..10 {
        world.clock.advance(look.delay_seconds);
        for _ in 0..3 {
            assert!(tell(&world, &look.body, &Faults::none()).await);
        }
        let [next] = world
            .transcoded
            .take()
            .try_into()
            .expect("one look after another");
        look = next;
    }
    world.jobs.complete(&id, &world.store);
    assert!(tell(&world, &look.body, &Faults::none()).await);
    assert_whole(&world, &file, "looked at");
    assert!(world.transcoded.take().is_empty());
}

/// Whatever strikes a look, there is another.
#[tokio::test(start_paused = true)]
async fn looks_go_on_whatever_strikes_one() {
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, _, _) = begun(13).await;
            let [look] = world.transcoded.take().try_into().expect("one look");
            let faults = Faults::at(number, fault);
            if !tell(&world, &look.body, &faults).await {
                tell_until_heard(&world, &look.body).await;
            }
            let left = world.transcoded.take();
            assert!(!left.is_empty(), "{fault:?} at call {number}");
            if faults.calls() <= number {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_of_others_are_none_of_ours() {
    let (world, file, id) = begun(14).await;
    let event: Value = serde_json::from_str(&world.jobs.event(&id, "COMPLETE")).unwrap();
    for metadata in [json!({}), json!({"customer": "7"})] {
        let mut theirs = event.clone();
        theirs["detail"]["userMetadata"] = metadata;
        for status in ["COMPLETE", "ERROR", "CANCELED", "STATUS_UPDATE"] {
            theirs["detail"]["status"] = json!(status);
            assert!(tell(&world, &theirs.to_string(), &Faults::none()).await);
        }
    }
    // Of another stack, with a media of the same id.
    let mut other = event.clone();
    other["detail"]["userMetadata"]["dozo-work"] = json!("other-work");
    assert!(tell(&world, &other.to_string(), &Faults::none()).await);
    // An event that says it is of ours, and whose job is of another attempt.
    let mut forged = event.clone();
    forged["detail"]["userMetadata"]["dozo-attempt"] = json!("0000");
    assert!(tell(&world, &forged.to_string(), &Faults::none()).await);
    assert_eq!(world.jobs.all(), [(id, JobState::Working { percent: 0 })]);
    assert_eq!(state(&world, &file), State::Processing);
}

/// A second job of the same generation: its event ends it, and nothing of it is published.
#[tokio::test(start_paused = true)]
async fn a_job_that_is_not_named_is_cancelled() {
    let (world, file, id) = begun(15).await;
    let place = format!("{}/{}/1/transcode.json", file.app, file.media);
    let place = Place::anywhere(Bucket::Work, &place);
    let object = world.store.find(&place).unwrap();
    let mut claim: Value = serde_json::from_slice(&object.body).unwrap();
    claim["job"]["id"] = json!("another-job");
    world.store.upload(&place, claim.to_string().as_bytes());
    let event = world.jobs.event(&id, "STATUS_UPDATE");
    assert!(tell(&world, &event, &Faults::none()).await);
    assert_eq!(world.jobs.all(), [(id, JobState::Cancelled)]);
    assert_eq!(state(&world, &file), State::Processing);
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_and_never_goes_back() {
    let (world, file, id) = begun(16).await;
    let shown = async || {
        let app = world.show_media(&Faults::none());
        let media = file.media.to_string();
        let path = [("app", "demo"), ("media", media.as_str())];
        let event = call("GET /apps/{app}/media/{media}", &path, &[], None);
        let answer = show_media::handle(&app, event).await;
        let Some(aws_lambda_events::encodings::Body::Text(text)) = answer.body else {
            panic!("no answer")
        };
        let answer: Value = serde_json::from_str(&text).unwrap();
        answer["progress"]["done"].as_u64().unwrap()
    };
    let mut events = Vec::new();
    for percent in [25, 75] {
        world.jobs.set(&id, JobState::Working { percent });
        events.push(world.jobs.event(&id, "STATUS_UPDATE"));
    }
    assert_eq!(shown().await, 0);
    tell(&world, &events[1], &Faults::none()).await;
    assert_eq!(shown().await, 6);
    tell(&world, &events[0], &Faults::none()).await;
    assert_eq!(shown().await, 6, "an older event came later");
    // What strikes news is not worth a try more, as long as it can be told whether they are wanted.
    let strikes = Faults::at(2, Fault::Refused);
    assert!(tell(&world, &events[1], &strikes).await);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_decoded_is_refused() {
    let (world, file, id) = begun(17).await;
    world.jobs.set(&id, failed(1_030));
    let event = world.jobs.event(&id, "ERROR");
    assert!(tell(&world, &event, &Faults::none()).await);
    let record = world.record(&file).unwrap();
    assert_eq!(record.state, State::Rejected);
    assert_eq!(record.rejection.unwrap().code, "undecodable");
    assert!(delivered(&world, &file).is_empty());
    assert!(tell(&world, &event, &Faults::none()).await);
}

fn failed(code: i32) -> JobState {
    JobState::Failed {
        code,
        message: "s3://bucket/and/key".to_owned(),
    }
}

/// What is nobody's fault but ours, or AWS's, is failed with a reason; a retry makes it good.
#[tokio::test(start_paused = true)]
async fn a_job_that_fails_can_be_tried_again() {
    for (state_of_job, word, code) in [
        (failed(1_401), "ERROR", "job_failed"),
        (failed(1_999), "ERROR", "job_failed"),
        (JobState::Cancelled, "CANCELED", "job_cancelled"),
    ] {
        let (world, file, id) = begun(18).await;
        let looks = world.transcoded.take();
        assert_eq!(looks.len(), 1);
        world.jobs.set(&id, state_of_job);
        let event = world.jobs.event(&id, word);
        let mut dead = letter("event", event);
        for attempts in 1..=5 {
            dead.attempts = attempts;
            let app = world.finish_transcode(&Faults::none());
            let batch = Letter::batch(std::slice::from_ref(&dead));
            let response = finish_transcode::handle(&app, batch, far()).await;
            assert_eq!(response.batch_item_failures.len(), 1);
        }
        give_up(&world, dead).await;
        let record = world.record(&file).unwrap();
        assert_eq!(record.state, State::Failed);
        let failure = record.last_error.unwrap();
        assert_eq!((failure.code.as_str(), failure.attempts), (code, 5));
        assert_eq!(failure.stage.as_str(), "finish-transcode");
        assert!(!failure.message.contains("s3://"), "{}", failure.message);
        retry(&world, &file).await;
        Post::new(&world).finish().await;
        assert_whole(&world, &file, code);
    }
}

async fn give_up(world: &World, dead: Letter) {
    let app = world.record_failure(&Faults::none());
    let response = record_failure::handle(&app, Letter::batch(&[dead])).await;
    assert!(response.batch_item_failures.is_empty());
}

async fn retry(world: &World, file: &UploadedFile) {
    let app = world.retry_media(&Faults::none());
    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let route = "POST /admin/apps/{app}/media/{media}/retry";
    let answer = retry_media::handle(&app, call(route, &path, &[], None)).await;
    assert_eq!(answer.status_code, 202);
}

/// News that were given up are no failure: there are more of them, and the end comes by itself.
#[tokio::test(start_paused = true)]
async fn dead_letters_fail_a_media_only_where_nothing_else_would_end_it() {
    let (world, file, id) = begun(19).await;
    let news = letter("news", world.jobs.event(&id, "STATUS_UPDATE"));
    give_up(&world, news).await;
    assert_eq!(state(&world, &file), State::Processing);
    let [look] = world.transcoded.take().try_into().expect("one look");
    give_up(&world, letter("look", look.body)).await;
    let record = world.record(&file).unwrap();
    assert_eq!(record.state, State::Failed);
    assert_eq!(record.last_error.unwrap().code, STAGE_CRASHED);
    // The job goes on, and is ended when it tells of itself.
    let event = world.jobs.event(&id, "STATUS_UPDATE");
    assert!(tell(&world, &event, &Faults::none()).await);
    assert_eq!(world.jobs.all(), [(id, JobState::Cancelled)]);
}

/// A retry while the job of before is still under way: it is ended, another is begun, and its words only are published.
#[tokio::test(start_paused = true)]
async fn a_retry_ends_the_job_of_before() {
    let (world, file, id) = begun(20).await;
    let [look] = world.transcoded.take().try_into().expect("one look");
    give_up(&world, letter("look", look.body)).await;
    assert_eq!(state(&world, &file), State::Failed);
    retry(&world, &file).await;
    Post::new(&world).finish().await;
    assert_whole(&world, &file, "tried again");
    let jobs = world.jobs.all();
    assert_eq!(jobs.first(), Some(&(id, JobState::Cancelled)));
    assert_eq!(
        jobs.last().map(|(_, state)| state),
        Some(&JobState::Complete)
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_withdrawn_while_it_is_begun_has_no_job() {
    let (world, _, order) = ordered(21).await;
    let counted = Faults::none();
    begin(&world, &order, &counted).await;
    for moment in 0..counted.calls() {
        let (world, file, order) = ordered(21).await;
        let (store, place, mut made) = (
            world.store.clone(),
            Key::Media(file.app.clone(), file.media.clone()).place(),
            0,
        );
        let faults = Faults::planned(move |_| {
            if made == moment {
                let object = store.find(&place).unwrap();
                let mut record = serde_json::from_slice(&object.body).unwrap();
                withdrawn(&mut record);
                store.upload(&place, json!(record).to_string().as_bytes());
            }
            made += 1;
            None
        });
        assert!(begin(&world, &order, &faults).await, "before {moment}");
        // What was begun all the same is ended by the first that is heard of it.
        for sent in world.transcoded.take() {
            assert!(tell(&world, &sent.body, &Faults::none()).await);
        }
        let jobs = world.jobs.all();
        let left = jobs
            .iter()
            .filter(|(_, state)| *state != JobState::Cancelled);
        assert_eq!(left.count(), 0, "before {moment}: {jobs:?}");
        assert!(delivered(&world, &file).is_empty(), "before {moment}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_withdrawn_at_the_end_is_published_no_further() {
    let (world, _, event) = completed(22).await;
    let counted = Faults::none();
    tell(&world, &event, &counted).await;
    // Before its last look, its playlist of all of them is not there; afterwards it is ready, and withdrawn as such.
    let master = counted
        .log()
        .iter()
        .position(|(_, on)| on.ends_with("master.m3u8"));
    for moment in 0..master.unwrap() {
        let (world, file, event) = completed(22).await;
        let (store, place, mut made) = (
            world.store.clone(),
            Key::Media(file.app.clone(), file.media.clone()).place(),
            0,
        );
        let faults = Faults::planned(move |_| {
            if made == moment {
                let object = store.find(&place).unwrap();
                let mut record = serde_json::from_slice(&object.body).unwrap();
                withdrawn(&mut record);
                store.upload(&place, json!(record).to_string().as_bytes());
            }
            made += 1;
            None
        });
        assert!(tell(&world, &event, &faults).await, "before {moment}");
        assert_eq!(state(&world, &file), State::Suspending, "before {moment}");
    }
}

/// Deleted while its job is under way: the job is ended, and nothing of it is left.
#[tokio::test(start_paused = true)]
async fn what_is_deleted_ends_its_job() {
    let (world, file, id) = begun(29).await;
    let app = world.suspend_media(&Faults::none());
    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let route = "DELETE /apps/{app}/media/{media}";
    let answer = suspend_media::handle(&app, call(route, &path, &[], None)).await;
    assert_eq!(answer.status_code, 202);
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &file), State::Deleted);
    assert_eq!(world.jobs.all(), [(id, JobState::Cancelled)]);
    assert!(world.store.contents(Bucket::Work).is_empty());
    assert!(world.store.contents(Bucket::Upload).is_empty());
}

/// Suspended before the event comes: nothing of it is published, then or later.
#[tokio::test(start_paused = true)]
async fn an_event_after_a_suspension_publishes_nothing() {
    let (world, file, event) = completed(23).await;
    withdraw(&world, &file);
    for _ in 0..3 {
        assert!(tell(&world, &event, &Faults::none()).await);
        world.clock.advance(700);
    }
    assert!(delivered(&world, &file).is_empty());
}

/// The function runs out of time between two rounds: the rest is another's, and nothing is copied twice.
#[tokio::test(start_paused = true)]
async fn what_takes_longer_than_a_function_has_goes_on_in_another() {
    let (world, file, event) = completed(24).await;
    let app = world.finish_transcode(&Faults::none());
    let batch = Letter::batch(&[letter("event", event)]);
    let soon = SystemTime::now() + Duration::from_secs(20);
    let response = finish_transcode::handle(&app, batch, soon).await;
    assert!(response.batch_item_failures.is_empty());
    assert_eq!(state(&world, &file), State::Processing);
    assert!(!delivered(&world, &file).contains_key("hls/master.m3u8"));
    let mut sent = world.transcoded.take();
    let rest = sent.pop().expect("the rest");
    assert_eq!(rest.delay_seconds, 0);
    assert!(tell(&world, &rest.body, &Faults::none()).await);
    assert_whole(&world, &file, "in two runs");
}

/// What an uploader puts over it later is none of the job's: it reads a copy.
#[tokio::test(start_paused = true)]
async fn the_service_reads_what_was_validated() {
    let (world, file, order) = ordered(25).await;
    let body = film(1280, 720, 8_000.0);
    assert!(begin(&world, &order, &Faults::none()).await);
    world.upload(&file, b"something else");
    let source = format!("{}/{}/1/source.webm", file.app, file.media);
    let copy = world.store.find(&Place::anywhere(Bucket::Work, &source));
    assert_eq!(copy.unwrap().body, body);
    // And what was put over it before it was copied is refused.
    let (world, file, order) = ordered(26).await;
    world.upload(&file, b"something else");
    assert!(begin(&world, &order, &Faults::none()).await);
    let record = world.record(&file).unwrap();
    assert_eq!(record.rejection.unwrap().code, "overwritten");
    assert!(world.jobs.all().is_empty());
}

/// Narrower than the service can, or without a picture: made here in its place.
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

/// A film of many pieces is copied in rounds, and goes on where it stopped.
#[tokio::test(start_paused = true)]
async fn a_long_film_goes_on_where_it_stopped() {
    let (world, file, id) = begun(28).await;
    world.jobs.complete_in(&id, &world.store, 60);
    let event = world.jobs.event(&id, "COMPLETE");
    let counted = Faults::none();
    let copies = |faults: &Faults| {
        let log = faults.log();
        let copies = log.iter().filter(|(call, _)| call.name == "s3:copy-to");
        copies.count()
    };
    // Dies with the first object of the third round.
    let mut made = 0;
    let dies = Faults::planned(move |_| {
        made += 1;
        (made == 620).then_some(Fault::DiesBefore)
    });
    assert!(!tell(&world, &event, &dies).await);
    let before = copies(&dies);
    world.clock.advance(700);
    assert!(tell(&world, &event, &counted).await);
    assert_eq!(state(&world, &file), State::Ready);
    let all = 5 * 61 + 2;
    assert!(
        before > 128 && before + copies(&counted) <= all + 128,
        "{before} and {} of {all}",
        copies(&counted)
    );
    assert_eq!(delivered(&world, &file).len(), all + 6);
}

#[test]
fn what_the_service_needs_is_asked_for_where_it_is_used_only() {
    let read = |transcoder: &str, has_queue: bool| {
        let lookup = |name: &str| match name {
            "TRANSCODER" => Some(transcoder.to_owned()),
            "TRANSCODED_QUEUE_URL" | "MEDIACONVERT_QUEUE" | "MEDIACONVERT_ROLE" => {
                has_queue.then(|| "x".to_owned())
            }
            "COPY_PART_BYTES" | "RETRY_SECONDS" => None,
            _ => Some("x".to_owned()),
        };
        transcode_media::Config::read(&lookup).map_err(|error| error.to_string())
    };
    assert!(read("ffmpeg", false).is_ok());
    assert!(read("mediaconvert", true).is_ok());
    let missing = read("mediaconvert", false).unwrap_err();
    for name in [
        "TRANSCODED_QUEUE_URL",
        "MEDIACONVERT_QUEUE",
        "MEDIACONVERT_ROLE",
    ] {
        assert!(missing.contains(name), "{missing}");
    }
    assert!(read("another", true).is_err());
}
