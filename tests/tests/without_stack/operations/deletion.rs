//! Tests deletion: only a tombstone is left, and nothing brings the media back.

use dozo::memory::faults::Faults;
use dozo::ports::store::ObjectStore;
use dozo::vocabulary::keys::{Bucket, Prefix};
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
