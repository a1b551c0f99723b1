//! Tests which changes are told, and what is said.

use dozo::memory::faults::Faults;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World};
use serde_json::{Value, json};

use super::{
    ABUSE, DELETE, PRIVATE, RESTORE, RETRY, SUSPEND, VISIBILITY, good, hint, kinds, order, put,
    ready, told,
};

#[tokio::test(start_paused = true)]
async fn a_life_is_told_in_its_order() {
    let (world, file) = ready(1).await;
    hint(&world, &file, &Faults::none()).await;
    let steps = [
        (VISIBILITY, Some(PRIVATE), "private"),
        (SUSPEND, Some(ABUSE), "suspended"),
        (RESTORE, None, "ready"),
        (DELETE, None, "deleted"),
    ];
    for (route, body, _) in steps {
        order(&world, &file, route, body).await;
        hint(&world, &file, &Faults::none()).await;
    }
    let expected = [
        "media.ready",
        "media.visibility_changed",
        "media.suspended",
        "media.restored",
        "media.deleted",
    ];
    assert_eq!(kinds(&world, &file), expected);
    let events = told(&world, &file);
    assert_eq!(events[0].data["state"], "ready");
    assert_eq!(events[0].data["file_name"], "a.png");
    assert!(events[0].data["urls"]["original"].is_string());
    assert_eq!(events[1].data["visibility"], "private");
    assert_eq!(events[2].data["state"], "suspended");
    assert_eq!(events[2].data["suspension"]["reason"], "abuse");
    assert_eq!(events[2].data["urls"], Value::Null);
    assert_eq!(events[4].data["state"], "deleted");
    assert_eq!(events[4].data["file_name"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn an_event_says_what_it_is() {
    let (world, file) = ready(2).await;
    hint(&world, &file, &Faults::none()).await;
    let published = world.bus.published();
    let mut event: Value = serde_json::from_str(&published[0].body).unwrap();
    let data = event["data"].take();
    let expected = json!({
        "specversion": "1.0",
        "id": format!("{}-1", file.media),
        "source": "/apps/demo",
        "type": "media.ready",
        "subject": file.media,
        "time": published[0].at,
        "datacontenttype": "application/json",
        "sequence": "0000000001",
        "data": null,
    });
    assert_eq!(event, expected);
    let ready = data["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(ready["what"], "ready");
    assert_eq!(ready["seq"], 1);
    assert_eq!(ready["at"], expected["time"]);
    // What was sent is kept, to be sent again.
    let key = Key::Event(file.app.clone(), file.media.clone(), 1);
    let kept = world.store.find(&key.location()).unwrap();
    assert_eq!(kept.body, published[0].body.as_bytes());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_and_a_failure_are_told_and_so_is_what_comes_after_them() {
    let world = World::new(3);
    let file = world.file("a.png");
    put(&world, &file, b"no picture", "1").await;
    hint(&world, &file, &Faults::none()).await;
    put(&world, &file, &good(1), "2").await;
    hint(&world, &file, &Faults::none()).await;
    assert_eq!(kinds(&world, &file), ["media.rejected", "media.ready"]);
    assert!(told(&world, &file)[0].data["rejection"].is_object());

    let other = world.file("b.png");
    world.upload(&other, &good(2));
    let dead = Letter::batch(&[Letter::about(&other, "3")]);
    record_failure::handle(&world.record_failure(&Faults::none()), dead).await;
    assert_eq!(world.record(&other).unwrap().state, State::Failed);
    hint(&world, &other, &Faults::none()).await;
    order(&world, &other, RETRY, None).await;
    hint(&world, &other, &Faults::none()).await;
    assert_eq!(kinds(&world, &other), ["media.failed", "media.ready"]);
    assert!(told(&world, &other)[0].data["failure"].is_object());
}

/// An uploader may put as many versions as he likes: he would drive out of the history what was not told yet.
#[tokio::test(start_paused = true)]
async fn what_an_uploader_can_repeat_is_not_told() {
    let mut world = World::new(4);
    world.store = world.store.keeping_records();
    let file = world.file("a.png");
    put(&world, &file, &good(1), "1").await;
    for version in 0..60 {
        put(
            &world,
            &file,
            &good(version + 2),
            &format!("again {version}"),
        )
        .await;
    }
    assert_eq!(world.record(&file).unwrap().seq, 1);
    hint(&world, &file, &Faults::none()).await;
    assert_eq!(kinds(&world, &file), ["media.ready"]);
}

#[tokio::test(start_paused = true)]
async fn a_hint_about_nothing_new_costs_four_reads() {
    let (world, file) = ready(5).await;
    hint(&world, &file, &Faults::none()).await;
    let faults = Faults::none();
    hint(&world, &file, &faults).await;
    let calls: Vec<_> = faults
        .log()
        .into_iter()
        .map(|(call, _)| call.name)
        .collect();
    // The record and how far it was announced; the note of its entries, and the record.
    assert_eq!(calls, ["s3:read"; 4]);
    assert_eq!(world.bus.published().len(), 1);
}

/// A media's tombstone says nothing about its file, and neither does what is announced after its end.
#[tokio::test(start_paused = true)]
async fn what_is_announced_after_a_deletion_names_no_file() {
    let (world, file) = ready(6).await;
    order(&world, &file, SUSPEND, Some(ABUSE)).await;
    order(&world, &file, DELETE, None).await;
    let record = world.record(&file).unwrap();
    assert!(record.history.iter().all(|event| event.note.is_none()));
    hint(&world, &file, &Faults::none()).await;
    let expected = ["media.ready", "media.suspended", "media.deleted"];
    assert_eq!(kinds(&world, &file), expected);
    for key in world.store.contents(Bucket::Records).into_keys() {
        let object = world.store.contents(Bucket::Records).remove(&key).unwrap();
        let is_about = key.starts_with("events/") || key.starts_with("announced/");
        let text = String::from_utf8(object.body.to_vec()).unwrap();
        assert!(!is_about || !text.contains("a.png"), "{key}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn records_of_earlier_versions_go_on_from_nothing() {
    let (world, file) = ready(7).await;
    let key = Key::Media(file.app.clone(), file.media.clone()).location();
    let object = world.store.find(&key).unwrap();
    let mut record: Value = serde_json::from_slice(&object.body).unwrap();
    record.as_object_mut().unwrap().remove("seq");
    for event in record["history"].as_array_mut().unwrap() {
        event.as_object_mut().unwrap().remove("seq");
    }
    world.store.upload(&key, record.to_string().as_bytes());
    hint(&world, &file, &Faults::none()).await;
    assert_eq!(kinds(&world, &file), Vec::<String>::new());
    order(&world, &file, VISIBILITY, Some(PRIVATE)).await;
    hint(&world, &file, &Faults::none()).await;
    assert_eq!(kinds(&world, &file), ["media.visibility_changed"]);
    let mut post = Post::new(&world);
    assert!(!post.deliver(&Faults::none()).await);
}
