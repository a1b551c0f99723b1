//! Tests that what is missing in a list is found by the sweeper, and that everything can be indexed anew.

use dozo::memory::faults::{Fault, Faults};
use dozo_tests::world::World;
use serde_json::json;

use super::{all, assert_exact, describe, index, keys, settle, sweep};
use crate::announcing::{ABUSE, DELETE, LEASE, RESTORE, SUSPEND, good, hint, order, put};

#[tokio::test(start_paused = true)]
async fn the_sweeper_finds_what_no_hint_told_of() {
    let world = World::new(21);
    world.register(|app| app.indexed = vec!["album".to_owned()]);
    let file = world.file("a.png");
    let one = std::slice::from_ref(&file);
    put(&world, &file, &good(1), "1").await;
    sweep(&world).await;
    assert_exact(&world, one).await;
    // A change of tags or metadata has no event and no generation of its own.
    for patch in [
        json!({"tags": ["sea"]}),
        json!({"metadata": {"album": "1"}}),
        json!({"tags": [], "metadata": {"album": "2"}}),
    ] {
        describe(&world, &file, &patch).await;
        sweep(&world).await;
        assert_exact(&world, one).await;
        // Each mark that has led to something is looked at once more, later.
        for _ in 0..4 {
            sweep(&world).await;
        }
        assert_eq!(keys(&world, "begun/").len(), 0);
    }
    for (route, body) in [(SUSPEND, Some(ABUSE)), (RESTORE, None), (DELETE, None)] {
        order(&world, &file, route, body).await;
        sweep(&world).await;
        assert_exact(&world, one).await;
    }
    for _ in 0..4 {
        sweep(&world).await;
    }
    assert_eq!(
        (keys(&world, "begun/"), keys(&world, "listed/")),
        Default::default()
    );
    assert_eq!(
        keys(&world, "indexed/").len(),
        0,
        "nothing is left of a media that was erased"
    );
}

/// A title leads to no entry, and so to no mark.
#[tokio::test(start_paused = true)]
async fn what_lists_nothing_costs_nothing() {
    let world = World::new(22);
    let file = world.file("a.png");
    put(&world, &file, &good(1), "1").await;
    sweep(&world).await;
    sweep(&world).await;
    describe(&world, &file, &json!({"title": "Lake", "alt": "Fog"})).await;
    assert_eq!(keys(&world, "begun/").len(), 0);
    let faults = Faults::none();
    assert!(hint(&world, &file, &faults).await);
    assert_eq!(faults.calls(), 4, "{:?}", faults.log());
}

#[tokio::test(start_paused = true)]
async fn what_was_there_before_is_indexed_by_pages() {
    let world = World::new(23);
    let files: Vec<_> = (0..450).map(|n| world.file(&format!("{n}.png"))).collect();
    for (number, file) in files.iter().enumerate() {
        let body = if number % 9 == 0 {
            b"no picture".to_vec()
        } else {
            good(1)
        };
        put(&world, file, &body, &number.to_string()).await;
    }
    assert_eq!(all(&world, &[]).await.len(), 0);
    let (mut body, mut changed, mut pages) = (json!({}), 0, 0);
    loop {
        let (status, answer) = index(&world, &body, &Faults::none()).await;
        assert_eq!(status, 200, "{answer}");
        changed += answer["changed"].as_u64().unwrap();
        pages += 1;
        if answer["next"].is_null() {
            break;
        }
        body = json!({"after": answer["next"]});
    }
    assert_eq!((changed, pages), (450, 3));
    assert_exact(&world, &files).await;
    let faults = Faults::none();
    let (_, again) = index(&world, &json!({}), &faults).await;
    assert_eq!(
        (&again["looked_at"], &again["changed"]),
        (&json!(200), &json!(0))
    );
    assert_eq!(faults.calls(), 1 + 2 * 200, "a list, and two reads of each");
    assert_eq!(
        index(&world, &json!({"after": "x"}), &Faults::none())
            .await
            .0,
        400
    );
}

/// An app declares another field: media are listed by it when they are written again, or indexed anew.
#[tokio::test(start_paused = true)]
async fn an_app_changes_what_it_lists_by() {
    let world = World::new(24);
    world.register(|app| app.indexed = vec!["album".to_owned()]);
    let files = ["a.png", "b.png"].map(|name| world.file(name));
    for file in &files {
        put(&world, file, &good(1), "1").await;
        describe(
            &world,
            file,
            &json!({"metadata": {"album": "1", "by": "Ada"}}),
        )
        .await;
    }
    settle(&world, &files).await;
    world.register(|app| app.indexed = vec!["by".to_owned()]);
    assert_eq!(all(&world, &[("metadata.by", "Ada")]).await.len(), 0);
    describe(&world, &files[0], &json!({"title": "Lake"})).await;
    assert!(hint(&world, &files[0], &Faults::none()).await);
    assert_eq!(
        all(&world, &[("metadata.by", "Ada")]).await,
        [files[0].media.to_string()]
    );
    assert_eq!(index(&world, &json!({}), &Faults::none()).await.0, 200);
    assert_eq!(all(&world, &[("metadata.by", "Ada")]).await.len(), 2);
    assert_exact(&world, &files).await;
}

#[tokio::test(start_paused = true)]
async fn indexing_anew_may_break_off_at_any_call() {
    for number in 0..40 {
        for fault in Fault::ALL {
            let world = World::new(25);
            let files = ["a.png", "b.png"].map(|name| world.file(name));
            for file in &files {
                put(&world, file, &good(1), "1").await;
            }
            index(&world, &json!({}), &Faults::at(number, fault)).await;
            world.clock.advance(LEASE);
            let (status, answer) = index(&world, &json!({}), &Faults::none()).await;
            assert_eq!(status, 200, "{fault:?} at {number}: {answer}");
            assert_exact(&world, &files).await;
        }
    }
}

/// Media are indexed beside each other. What fails at one of them must not leave the others half way.
#[tokio::test(start_paused = true)]
async fn a_failure_at_one_media_keeps_no_other_from_its_lists() {
    for number in 1..80 {
        let world = World::new(26);
        let files: Vec<_> = (0..16).map(|n| world.file(&format!("{n}.png"))).collect();
        for file in &files {
            put(&world, file, &good(1), "1").await;
        }
        index(&world, &json!({}), &Faults::at(number, Fault::Refused)).await;
        let listed = all(&world, &[]).await.len();
        assert!(listed >= 15, "{listed} of 16, at {number}");
    }
}
