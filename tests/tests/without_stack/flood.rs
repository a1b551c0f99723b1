//! Tests that an app that floods does not hold up another one: what is beyond its share of a minute waits in a queue of
//! its own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use dozo::memory::faults::{Fault, Faults};
use dozo::ports::clock::Clock;
use dozo::ports::queue::SEND;
use dozo::stages::flood::Flood;
use dozo::vocabulary::app::{AppRecord, GrantRecord};
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{AppId, FileName, UploadId, Visibility};
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World};
use image::ImageFormat;
use serde_json::json;
use validate_upload::Function;

const FLOOD: usize = 2_000;

/// Files that an app may bring in a minute; the template's default.
const SHARE: usize = 60;

/// Processes of each of the two queues.
const SLOTS: usize = 2;

/// Messages that a process hands over while another one validates a file.
const HANDED_OVER_AT_A_TIME: usize = 20;

/// A process of validate-upload, and its calls.
struct Process {
    function: Function,
    faults: Faults,
}

/// The two queues of validate-upload, and the processes that receive from them.
struct Queues<'a> {
    world: &'a World,
    uploads: VecDeque<Letter>,
    bulk: VecDeque<Letter>,
    of_uploads: Vec<Process>,
    of_bulk: Vec<Process>,
    handed_over: usize,
}

impl<'a> Queues<'a> {
    fn new(world: &'a World, share: u64) -> Self {
        let processes = || {
            let process = |_| {
                let faults = Faults::none();
                let mut function = world.validate_upload(&faults);
                let bulk = function.bulk_inbox.queue.clone();
                let slots = u64::try_from(SLOTS).unwrap();
                function.flood = Flood::new(bulk, function.settler.clock.clone(), share, slots);
                Process { function, faults }
            };
            (0..SLOTS).map(process).collect()
        };
        Self {
            world,
            uploads: VecDeque::new(),
            bulk: VecDeque::new(),
            of_uploads: processes(),
            of_bulk: processes(),
            handed_over: 0,
        }
    }

    /// Lets each process validate one file, or hand some over. Returns whether there was anything to do.
    async fn turn(&mut self) -> bool {
        let mut was_busy = false;
        for slot in 0..SLOTS {
            for _ in 0..HANDED_OVER_AT_A_TIME {
                let Some(letter) = self.uploads.pop_front() else {
                    break;
                };
                was_busy = true;
                if !self.receive(slot, letter).await {
                    break;
                }
            }
            if let Some(letter) = self.bulk.pop_front() {
                was_busy = true;
                let batch = Letter::bulk_batch(&[letter]);
                let answer = validate_upload::handle(&self.of_bulk[slot].function, batch).await;
                assert!(answer.batch_item_failures.is_empty());
                assert!(
                    self.world.bulk_uploads.take().is_empty(),
                    "handed over again"
                );
            }
        }
        self.world.clock.advance(1);
        was_busy
    }

    /// Delivers a message of the first queue. Returns whether it was handed over, which is one call.
    async fn receive(&mut self, slot: usize, letter: Letter) -> bool {
        let Process { function, faults } = &self.of_uploads[slot];
        let before = faults.calls();
        let batch = Letter::batch(std::slice::from_ref(&letter));
        let answer = validate_upload::handle(function, batch).await;
        assert!(answer.batch_item_failures.is_empty());
        let sent = self.world.bulk_uploads.take();
        let calls = faults.log().split_off(before);
        let is_hand_over = |(call, on): &(_, String)| *call == SEND && on == "BulkUploadsQueue";
        assert_eq!(calls.iter().any(is_hand_over), !sent.is_empty());
        for sent in &sent {
            assert_eq!((sent.body.as_str(), calls.len()), (letter.body.as_str(), 1));
            self.bulk.push_back(letter.clone());
            self.handed_over += 1;
        }
        !sent.is_empty()
    }
}

/// Registers another app, and returns a file that it uploads.
fn of_another_app(world: &World) -> UploadedFile {
    let app = AppId::parse("quiet").unwrap();
    let demo = world.store.find(&Key::App(world.app.clone()).location());
    let mut registration: AppRecord = serde_json::from_slice(&demo.unwrap().body).unwrap();
    registration.app = app.clone();
    let upload = UploadId::new(world.clock.now(), world.clock.random());
    let grant = GrantRecord {
        visibility: Visibility::Public,
        files: None,
        declared: BTreeMap::new(),
        origin: None,
        expires_at: world.clock.now(),
        created_at: world.clock.now(),
    };
    for (key, record) in [
        (Key::App(app.clone()), json!(registration)),
        (Key::Grant(app.clone(), upload.clone()), json!(grant)),
    ] {
        world
            .store
            .upload(&key.location(), record.to_string().as_bytes());
    }
    UploadedFile::new(app, upload, FileName::new("single.gif").unwrap())
}

fn is_ready(world: &World, file: &UploadedFile) -> bool {
    world
        .record(file)
        .is_some_and(|record| record.state == State::Ready)
}

/// Brings a flood and then a single picture of another app. Returns how many files of the flood were ready when the single
/// picture was, and how many were handed over.
async fn flood_and_single(share: usize) -> (usize, usize) {
    let world = World::new(1);
    let body = picture(ImageFormat::Gif, 2, 2, 1).unwrap();
    let mut queues = Queues::new(&world, u64::try_from(share).unwrap());
    let flood: Vec<_> = (0..FLOOD)
        .map(|n| world.file(&format!("{n}.gif")))
        .collect();
    let single = of_another_app(&world);
    let at = world.clock.now();
    for (n, file) in flood.iter().chain([&single]).enumerate() {
        world.upload(file, &body);
        queues
            .uploads
            .push_back(Letter::about_at(file, &n.to_string(), at));
    }
    let mut then = None;
    while queues.turn().await {
        if then.is_none() && is_ready(&world, &single) {
            then = Some(flood.iter().filter(|file| is_ready(&world, file)).count());
        }
    }
    assert!(
        flood.iter().all(|file| is_ready(&world, file)),
        "none is lost"
    );
    (then.unwrap(), queues.handed_over)
}

#[tokio::test(start_paused = true)]
async fn a_single_picture_is_ready_long_before_the_flood_before_it() {
    let (before, handed_over) = flood_and_single(SHARE).await;
    assert_eq!(handed_over, FLOOD - SHARE, "the share itself stays");
    // The share, and what the processes of bulk uploads did while the others handed over the rest.
    let turns = SHARE / SLOTS + (FLOOD - SHARE) / (SLOTS * HANDED_OVER_AT_A_TIME) + 1;
    assert!(before <= SHARE + SLOTS * turns, "{before} of the flood");

    let (before, handed_over) = flood_and_single(0).await;
    assert_eq!(
        (before, handed_over),
        (FLOOD, 0),
        "without a share, it waits for all"
    );
}

/// Without a backlog nothing is handed over, however much comes.
#[tokio::test(start_paused = true)]
async fn an_app_may_bring_as_much_as_there_is_room_for() {
    let world = World::new(2);
    let body = picture(ImageFormat::Gif, 2, 2, 1).unwrap();
    let mut queues = Queues::new(&world, 10);
    for n in 0..300 {
        let file = world.file(&format!("{n}.gif"));
        world.upload(&file, &body);
        let at = world.clock.now();
        queues
            .uploads
            .push_back(Letter::about_at(&file, &n.to_string(), at));
        if n % SLOTS == 1 {
            queues.turn().await;
        }
    }
    while queues.turn().await {}
    assert_eq!(queues.handed_over, 0);
}

/// After a fault at any call of a hand-over, each file is ready once and counted once.
#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_of_a_hand_over_changes_nothing_in_the_end() {
    let mut struck = BTreeSet::new();
    for fault in Fault::ALL {
        for call in 0.. {
            let world = World::new(3);
            let body = picture(ImageFormat::Gif, 2, 2, 1).unwrap();
            let file = world.file("one.gif");
            world.upload(&file, &body);
            let letter = Letter::about_at(&file, "m", world.clock.now());
            world.clock.advance(10);
            let faults = Faults::at(call, fault);
            let mut function = world.validate_upload(&faults);
            let clock = function.settler.clock.clone();
            function.flood = Flood::new(function.bulk_inbox.queue.clone(), clock, 1, 1);
            // It is the second one of its minute.
            let other = world.file("other.gif");
            let other = Letter::about_at(&other, "o", world.clock.now());
            let message = dozo::platform::batch::Message {
                id: other.id,
                body: other.body,
                deliveries: 1,
                receipt: String::new(),
            };
            assert!(!function.flood.take(&world.app, &message).await);
            let batch = Letter::batch(std::slice::from_ref(&letter));
            let answer = validate_upload::handle(&function, batch).await;
            let mut post = Post::new(&world);
            post.collect();
            if faults.died() || !answer.batch_item_failures.is_empty() {
                post.notify(Letter {
                    attempts: 2,
                    ..letter
                });
            }
            post.finish().await;
            let record = world.record(&file).unwrap();
            let ready = record
                .history
                .iter()
                .filter(|event| event.what == What::Ready);
            assert_eq!(
                (record.state, ready.count()),
                (State::Ready, 1),
                "{fault:?} at {call}"
            );
            let marks = world.store.contents(Bucket::Records).into_keys();
            let marks = marks.filter(|key| key.starts_with("usage/demo/day-"));
            assert_eq!(marks.count(), 1, "{fault:?} at {call}");
            if faults.calls() <= call {
                break;
            }
            struck.insert(format!("{fault:?} at {call}"));
        }
    }
    assert_eq!(struck.len(), Fault::ALL.len(), "one call each: {struck:?}");
}

/// An upload that is handed over fails as others do: it is tried as often, and its dead letter is recorded as
/// validate-upload's.
#[tokio::test(start_paused = true)]
async fn what_is_handed_over_is_given_up_as_other_uploads_are() {
    let world = World::new(4);
    let file = world.file("one.gif");
    world.upload(&file, &picture(ImageFormat::Gif, 2, 2, 1).unwrap());
    let letter = Letter::about_at(&file, "m", world.clock.now());
    for attempts in 1..=20 {
        // The original is never put.
        let faults = Faults::planned(|call| (call > 11).then_some(Fault::Refused));
        let function = world.validate_upload(&faults);
        let letter = Letter {
            attempts,
            ..letter.clone()
        };
        let answer = validate_upload::handle(&function, Letter::bulk_batch(&[letter])).await;
        assert_eq!(answer.batch_item_failures.len(), 1, "try {attempts}");
    }
    let waits = world.bulk_uploads.waits();
    let dead = Letter {
        attempts: 21,
        ..letter
    };
    let recorder = world.record_failure(&Faults::none());
    record_failure::handle(&recorder, Letter::batch(&[dead])).await;
    let record = world.record(&file).unwrap();
    assert_eq!(record.state, State::Failed);
    let failure = record.last_error.unwrap();
    assert_eq!(failure.stage.as_str(), "validate-upload");
    assert!(!waits.is_empty(), "it waits in its own queue");
    assert!(world.uploads.waits().is_empty());
}
