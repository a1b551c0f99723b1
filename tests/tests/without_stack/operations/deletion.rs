//! Tests deletion: only a tombstone is left, and nothing brings the media back.

use bytes::Bytes;
use dozo::memory::faults::Faults;
use dozo::ports::store::{Condition, ERASE, Headers, LIST_VERSIONS, ObjectStore};
use dozo::vocabulary::keys::{Bucket, ObjectLocation, Prefix};
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::Letter;

use crate::operations::scene::*;

#[tokio::test(start_paused = true)]
async fn nothing_is_left_but_a_tombstone_without_a_name() {
    for suspended in [false, true] {
        let (world, file) = published(1).await;
        fetch(&world, &file);
        if suspended {
            done(&world, &file, SUSPEND, Some(ABUSE)).await;
        }
        let (status, _) = ask(&world, &file, DELETE, None, &Faults::none()).await;
        assert_eq!(status, 202);
        watch(&world, &file, &mut Post::new(&world)).await;
        for bucket in [
            Bucket::Upload,
            Bucket::Delivery,
            Bucket::Backup,
            Bucket::Work,
        ] {
            assert_eq!(objects(&world, bucket), Objects::new(), "{bucket:?}");
        }
        for visibility in Visibility::ALL {
            let prefix = Prefix::delivered(Bucket::Backup, visibility, &file.app, &file.media);
            assert_eq!(world.store.versions(&prefix, None).await.unwrap(), []);
        }
        let tombstone = serde_json::to_string(&record(&world, &file)).unwrap();
        assert!(!tombstone.contains('猫'), "{tombstone}");
        assert_eq!(state(&world, &file), State::Deleted);
        assert_eq!(times(&world, &file, What::Deleted), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_message_does_not_bring_it_back() {
    let (world, file) = published(1).await;
    done(&world, &file, DELETE, None).await;
    let tombstone = record(&world, &file);
    world.upload(&file, &good());
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "late"));
    watch(&world, &file, &mut post).await;
    assert_eq!(record(&world, &file), tombstone);
    for (route, body) in [(SUSPEND, Some(ABUSE)), (RESTORE, None), (RETRY, None)] {
        let (status, answer) = ask(&world, &file, route, body, &Faults::none()).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (409, Some("deleted")),
            "{route}"
        );
    }
}

/// Each call erases 1,000 versions, and each run of the function 10,000: none of them comes near its time.
#[tokio::test(start_paused = true)]
async fn a_film_of_fifty_thousand_objects_is_erased_in_bounded_runs() {
    const OBJECTS: usize = 50_000;
    let (world, file) = published(1).await;
    done(&world, &file, SUSPEND, Some(ABUSE)).await;
    let prefix = Prefix::delivered(Bucket::Backup, Visibility::Public, &file.app, &file.media);
    for number in 0..OBJECTS {
        let key = format!("{}hls/segment-{number}.m4s", prefix.as_str());
        let segment = ObjectLocation::anywhere(Bucket::Backup, &key);
        let headers = Headers::default();
        let put = world
            .store
            .put(&segment, Bytes::new(), &headers, Condition::Absent);
        put.await.unwrap();
    }
    let (status, _) = ask(&world, &file, DELETE, None, &Faults::none()).await;
    assert_eq!(status, 202);
    let mut post = Post::new(&world);
    let (mut runs, mut erasing) = (0, 0);
    loop {
        let faults = Faults::none();
        if !post.deliver(&faults).await {
            break;
        }
        let log = faults.log();
        let calls = |of| log.iter().filter(|(call, _)| *call == of).count();
        assert!(calls(ERASE) <= 10 && calls(LIST_VERSIONS) <= 12, "{log:?}");
        erasing += calls(ERASE);
        runs += usize::from(calls(ERASE) > 0);
    }
    assert_eq!(state(&world, &file), State::Deleted);
    assert_eq!(world.store.versions(&prefix, None).await.unwrap(), []);
    assert_eq!(
        erasing,
        OBJECTS / 1_000 + 1,
        "and one for the picture itself"
    );
    assert_eq!(runs, 6);
}
