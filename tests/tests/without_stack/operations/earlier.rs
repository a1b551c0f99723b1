//! Tests that operations which an earlier version began end well: with its records and its messages, as it wrote them.

use dozo::memory::faults::Faults;
use dozo::ports::queue::Outbox;
use dozo::vocabulary::keys::Key;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::World;
use serde_json::{Value, json};

use crate::operations::scene::*;

/// The operations, what each is called in a record, and the state that it ends in.
const OPERATIONS: [(&str, Option<&str>, &str, State); 3] = [
    (SUSPEND, Some(ABUSE), "suspending", State::Suspended),
    (VISIBILITY, Some(PRIVATE), "moving", State::Ready),
    (DELETE, None, "deleting", State::Deleted),
];

/// How far an operation is when the new version takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// The order was sent.
    Ordered,
    /// The objects are taken away, and the CDN is to be asked for the first time.
    TakenAway,
    /// The CDN was asked for the first time, and is looked at.
    Asked,
    /// The CDN was asked for the last time, and is looked at.
    AskedAgain,
}

async fn send(world: &World, file: &UploadedFile, message: &Value, to_operations: bool) {
    let queue = if to_operations {
        &world.operations
    } else {
        &world.invalidations
    };
    queue
        .send(&file.app, &message.to_string(), 0)
        .await
        .unwrap();
}

/// Begins an operation as the earlier version did: it left no word of how often the CDN is asked.
async fn begun(
    (route, body, name): (&str, Option<&str>, &str),
    progress: Progress,
) -> (World, UploadedFile) {
    let (world, file) = published(1).await;
    fetch(&world, &file);
    ask(&world, &file, route, body, &Faults::none()).await;
    if progress != Progress::Ordered {
        assert!(Post::new(&world).deliver(&Faults::none()).await);
        fetch(&world, &file);
    }
    let _new = (world.operations.take(), world.invalidations.take());
    let key = Key::Media(file.app.clone(), file.media.clone());
    let mut record = json!(record(&world, &file));
    assert_eq!(record["state"], name);
    let at = record["state_since"].clone();
    let asked = |id: &str| json!({"id": id, "requested_at": at});
    let quiet_at = record["withdrawal"]["quiet_at"].clone();
    record["withdrawal"] = match progress {
        Progress::Ordered | Progress::TakenAway => json!({"quiet_at": quiet_at}),
        Progress::Asked => json!({"quiet_at": quiet_at, "first": asked("i-1")}),
        Progress::AskedAgain => {
            json!({"quiet_at": at, "first": asked("i-1"), "last": asked("i-2")})
        }
    };
    world
        .store
        .upload(&key.location(), record.to_string().as_bytes());
    (world, file)
}

/// Sends the messages that the earlier version left in the queues, and lets the CDN do what it was asked for.
async fn messages(progress: Progress, world: &World, file: &UploadedFile) {
    let (app, media) = (&file.app, &file.media);
    let order = json!({"app": app, "media": media, "generation": 2});
    let request =
        |phase: &str| json!({"app": app, "media": media, "generation": 2, "phase": phase});
    let look = |id: &str, phase: &str| json!({"look": {"id": id, "requests": [request(phase)], "looks": 3}});
    let items = [Key::invalidation_item(media)];
    for id in ["i-1", "i-2"] {
        if progress == Progress::AskedAgain || (progress == Progress::Asked && id == "i-1") {
            let asked = dozo::ports::cdn::Cdn::invalidate(&world.cdn, id, &items).await;
            assert_eq!(asked.unwrap(), id);
        }
    }
    match progress {
        Progress::Ordered => send(world, file, &order, true).await,
        Progress::TakenAway => {
            send(world, file, &json!({"forget": request("first")}), false).await;
            send(world, file, &order, true).await;
        }
        Progress::Asked => {
            send(world, file, &look("i-1", "first"), false).await;
            send(world, file, &order, true).await;
        }
        Progress::AskedAgain => send(world, file, &look("i-2", "last"), false).await,
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_version_began_ends_as_it_was_begun() {
    for (route, body, name, end) in OPERATIONS {
        for progress in [
            Progress::Ordered,
            Progress::TakenAway,
            Progress::Asked,
            Progress::AskedAgain,
        ] {
            let (world, file) = begun((route, body, name), progress).await;
            messages(progress, &world, &file).await;
            watch(&world, &file, &mut Post::new(&world)).await;
            let ended = record(&world, &file);
            assert_eq!((ended.state, ended.generation), (end, 2), "{progress:?}");
            assert_eq!(world.cdn.invalidations(), 2, "{name} {progress:?}");
            let public = &places(&file)[0];
            assert_eq!(world.cdn.fetch(&world.store, public), None, "{name}");
            if end == State::Suspended {
                let withdrawal = ended.withdrawal.unwrap();
                assert!(withdrawal.last.unwrap().completed_at.is_some());
            }
        }
    }
}

/// The earlier version reads what is new as what it knows, and asks twice: a rollback ends well, too.
#[tokio::test(start_paused = true)]
async fn what_is_new_in_a_record_is_only_said_where_it_differs() {
    for (route, body, name, _) in OPERATIONS {
        let (world, file) = published(1).await;
        ask(&world, &file, route, body, &Faults::none()).await;
        let record = json!(record(&world, &file));
        let expected = if name == "suspending" {
            Value::Null
        } else {
            json!("once")
        };
        assert_eq!(record["withdrawal"]["forgets"], expected, "{name}");
    }
}
