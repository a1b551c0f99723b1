//! Tests what is listed, in which order, and how pages follow each other.

use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::world::World;
use serde_json::json;

use super::{all, assert_exact, describe, ids, list, settle};
use crate::announcing::{ABUSE, DELETE, SUSPEND, good, order, put};

/// Parameters of a list.
type Asked<'a> = &'a [(&'a str, &'a str)];

/// Seven files, each uploaded a minute after the one before: two are refused, one is suspended, one erased. Some have tags
/// and metadata.
async fn scene() -> (World, Vec<UploadedFile>) {
    let world = World::new(11);
    world.register(|app| app.indexed = vec!["album".to_owned(), "by".to_owned()]);
    let names = ["a.png", "b.png", "c", "d.png", "e.png", "f", "g.png"];
    let files = names.map(|name| world.file(name)).to_vec();
    for (number, file) in files.iter().enumerate() {
        let is_good = !["c", "f"].contains(&names[number]);
        let body = if is_good {
            good(u8::try_from(number).unwrap())
        } else {
            b"no picture".to_vec()
        };
        put(&world, file, &body, &number.to_string()).await;
        world.clock.advance(60);
    }
    describe(
        &world,
        &files[0],
        &json!({"tags": ["sea", "sky"], "metadata": {"album": "1"}}),
    )
    .await;
    describe(
        &world,
        &files[1],
        &json!({"tags": ["sea"], "metadata": {"album": "2", "by": "Ada"}}),
    )
    .await;
    describe(
        &world,
        &files[4],
        &json!({"tags": ["sky"], "metadata": {"album": "1", "by": "Ada"}}),
    )
    .await;
    order(&world, &files[3], SUSPEND, Some(ABUSE)).await;
    order(&world, &files[6], DELETE, None).await;
    settle(&world, &files).await;
    (world, files)
}

#[tokio::test(start_paused = true)]
async fn each_list_has_what_it_asks_for_the_newest_first() {
    let (world, files) = scene().await;
    assert_exact(&world, &files).await;
    let at = |minute: i64| {
        let created = world.record(&files[0]).unwrap().created_at;
        (created + jiff::SignedDuration::from_mins(minute)).to_string()
    };
    let (one, three) = (at(1), at(3));
    let lists: [(Asked, &[usize]); 20] = [
        (&[], &[5, 4, 3, 2, 1, 0]),
        (&[("order", "newest")], &[5, 4, 3, 2, 1, 0]),
        (&[("state", "ready")], &[4, 1, 0]),
        (&[("state", "rejected")], &[5, 2]),
        (&[("state", "suspended")], &[3]),
        (&[("state", "suspended"), ("order", "newest")], &[3]),
        (&[("state", "failed"), ("order", "newest")], &[]),
        (&[("kind", "image")], &[4, 3, 1, 0]),
        (&[("kind", "pdf")], &[]),
        (&[("tag", "sea")], &[1, 0]),
        (&[("tag", "Sea")], &[]),
        (&[("tag", "sky"), ("metadata.album", "1")], &[4, 0]),
        (&[("metadata.by", "Ada"), ("state", "ready")], &[4, 1]),
        (&[("metadata.by", "Ada"), ("metadata.album", "2")], &[1]),
        (&[("metadata.by", ""), ("metadata.album", "2")], &[]),
        (&[("created_from", &one)], &[5, 4, 3, 2, 1]),
        (&[("created_before", &one)], &[0]),
        (
            &[("created_from", &one), ("created_before", &three)],
            &[2, 1],
        ),
        (
            &[
                ("created_from", &one),
                ("created_before", &three),
                ("kind", "image"),
                ("tag", "sea"),
            ],
            &[1],
        ),
        (&[("created_from", &three), ("created_before", &one)], &[]),
    ];
    for (query, expected) in lists {
        let expected: Vec<_> = expected
            .iter()
            .map(|n| files[*n].media.to_string())
            .collect();
        assert_eq!(all(&world, query).await, expected, "{query:?}");
    }
}

/// The older lists go by ids, which for one upload are the digests of the names.
#[tokio::test(start_paused = true)]
async fn lists_by_ids_are_as_they_were() {
    let (world, files) = scene().await;
    let upload = world.upload.to_string();
    let in_order = |numbers: &[usize]| {
        let mut ids: Vec<_> = numbers
            .iter()
            .map(|n| files[*n].media.to_string())
            .collect();
        ids.sort();
        ids
    };
    let lists: [(Asked, &[usize]); 6] = [
        (&[("upload", &upload)], &[0, 1, 2, 3, 4, 5, 6]),
        (
            &[("upload", &upload), ("order", "oldest")],
            &[0, 1, 2, 3, 4, 5, 6],
        ),
        (&[("order", "oldest")], &[0, 1, 2, 3, 4, 5]),
        (&[("state", "suspended")], &[3]),
        (&[("state", "suspended"), ("order", "oldest")], &[3]),
        (&[("state", "stuck"), ("order", "oldest")], &[]),
    ];
    for (query, expected) in lists {
        assert_eq!(all(&world, query).await, in_order(expected), "{query:?}");
    }
    let last = in_order(&[0, 1, 2, 3, 4, 5, 6]).pop().unwrap();
    let (_, page) = list(&world, &[("upload", &upload), ("after", &last)]).await;
    assert_eq!((ids(&page), &page["next"]), (vec![], &json!(null)));
}

/// An entry that does not fit its record is not shown, however long it is there.
#[tokio::test(start_paused = true)]
async fn what_is_outdated_is_never_shown() {
    let (world, files) = scene().await;
    order(&world, &files[0], DELETE, None).await;
    describe(
        &world,
        &files[1],
        &json!({"tags": ["lake"], "metadata": null}),
    )
    .await;
    order(&world, &files[4], SUSPEND, Some(ABUSE)).await;
    for (query, expected) in [
        (("tag", "sea"), vec![]),
        (("metadata.by", "Ada"), vec![4]),
        (("state", "ready"), vec![1]),
        (("kind", "image"), vec![4, 3, 1]),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|n: &usize| files[*n].media.to_string())
            .collect();
        assert_eq!(all(&world, &[query]).await, expected, "{query:?}");
    }
    settle(&world, &files).await;
    assert_exact(&world, &files).await;
}
