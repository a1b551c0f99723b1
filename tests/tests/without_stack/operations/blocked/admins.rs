//! Tests what admins see of blocks, and how they lift them.

use dozo::vocabulary::state::State;
use dozo_tests::world::call;
use serde_json::Value;

use crate::operations::blocked::*;

const LIST: &str = "GET /admin/blocked";
const SHOW: &str = "GET /admin/blocked/{sha256}";
const LIFT: &str = "DELETE /admin/blocked/{sha256}";

async fn admin(world: &World, route: &str, sha256: &str, after: Option<&str>) -> (i64, Value) {
    let query: Vec<_> = after.map(|after| ("after", after)).into_iter().collect();
    let event = call(route, &[("sha256", sha256)], &query, None);
    let answer = suspend_media::handle(&world.suspend_media(&Faults::none()), event).await;
    let Some(aws_lambda_events::encodings::Body::Text(text)) = answer.body else {
        panic!("an answer without a body");
    };
    (answer.status_code, serde_json::from_str(&text).unwrap())
}

/// Whoever could delete a suspended media and upload it again would undo the suspension.
#[tokio::test(start_paused = true)]
async fn what_was_erased_while_it_was_suspended_is_blocked_until_an_admin_lifts_it() {
    for kind in KINDS {
        let (world, bytes) = (kind.world(), kind.bytes(1));
        let (first, second) = (kind.file(&world, "first"), kind.file(&world, "second"));
        publish(&world, &first, &bytes).await;
        done(&world, &first, SUSPEND, Some(ABUSE)).await;
        done(&world, &first, DELETE, None).await;
        assert_eq!(state(&world, &first), State::Deleted);
        bring(&world, &second, &bytes).await;
        assert_refused(&world, &second, &format!("{kind:?}"));

        // The record of the refused file says which bytes are meant.
        let digest = record(&world, &second).content.unwrap().sha256.unwrap();
        let (status, shown) = admin(&world, SHOW, &digest, None).await;
        assert_eq!(status, 200, "{shown}");
        assert_eq!(shown["sha256"], digest.as_str());
        assert_eq!(shown["holders"][0]["app"], "demo");
        assert_eq!(shown["holders"][0]["media"], first.media.as_str());
        let (_, listed) = admin(&world, LIST, "", None).await;
        assert_eq!(listed["items"], Value::from(vec![shown.clone()]));

        assert_eq!(admin(&world, LIFT, &digest, None).await, (200, shown));
        for route in [SHOW, LIFT] {
            let (status, answer) = admin(&world, route, &digest, None).await;
            let code = answer["code"].as_str();
            assert_eq!((status, code), (404, Some("unknown_block")), "{route}");
        }
        publish(&world, &second, &bytes).await;
    }
}

/// The uploader is faster than the suspension: it is asked for, and nothing of it is done yet.
#[tokio::test(start_paused = true)]
async fn an_erasure_that_overtakes_a_suspension_blocks_all_the_same() {
    let kind = Kind::Picture;
    let (world, bytes) = (kind.world(), kind.bytes(1));
    let file = kind.file(&world, "first");
    publish(&world, &file, &bytes).await;
    order(&world, &file, SUSPEND, Some(ABUSE)).await;
    order(&world, &file, DELETE, None).await;
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &file), State::Deleted);
    assert_eq!(blocks(&world), block_of(&bytes, &[&file]));
}

/// A block that an admin has lifted does not come back by itself, and a file that was never suspended is not blocked.
#[tokio::test(start_paused = true)]
async fn an_erasure_alone_blocks_nothing() {
    let kind = Kind::Picture;
    for is_suspended in [true, false] {
        let (world, bytes) = (kind.world(), kind.bytes(1));
        let file = kind.file(&world, "first");
        publish(&world, &file, &bytes).await;
        if is_suspended {
            done(&world, &file, SUSPEND, Some(ABUSE)).await;
            let digest = FileDigest::of(&bytes).to_string();
            assert_eq!(admin(&world, LIFT, &digest, None).await.0, 200);
        }
        done(&world, &file, DELETE, None).await;
        assert_eq!(blocks(&world), [].into());
    }
}

#[tokio::test]
async fn blocks_are_listed_a_hundred_a_page() {
    let world = World::new(1);
    for number in 0..250_u32 {
        let digest = FileDigest::of(&number.to_le_bytes());
        let block = json!({"holders": [], "and_more": true}).to_string();
        let location = Key::Blocked(digest).location();
        world.store.upload(&location, block.as_bytes());
    }
    let (mut after, mut seen) = (None::<String>, Vec::new());
    for page in [100, 100, 50] {
        let (status, listed) = admin(&world, LIST, "", after.as_deref()).await;
        let items = listed["items"].as_array().unwrap();
        assert_eq!((status, items.len()), (200, page));
        seen.extend(items.iter().map(|one| one["sha256"].to_string()));
        after = listed["next"].as_str().map(str::to_owned);
    }
    assert_eq!(after, None);
    assert!(seen.is_sorted() && seen.len() == 250);
}

#[tokio::test]
async fn what_is_no_digest_is_refused() {
    let world = World::new(1);
    let upper = FileDigest::of(b"a").to_string().to_uppercase();
    for text in ["", "..", upper.as_str()] {
        for route in [SHOW, LIFT] {
            let (status, answer) = admin(&world, route, text, None).await;
            let field = answer["field"].as_str();
            assert_eq!((status, field), (400, Some("sha256")), "{text:?}");
        }
    }
    let (status, answer) = admin(&world, LIST, "", Some("x")).await;
    assert_eq!((status, answer["field"].as_str()), (400, Some("after")));
}
