//! Tests errors: missing, denied, failing origin; none may be cached for longer than at CloudFront.

use std::time::Duration;

use crate::fixture::{Fixture, HOUR};

#[tokio::test]
async fn a_missing_object_is_forgotten_after_the_distributions_second() {
    let fixture = Fixture::start().await;
    let missing = fixture.get("/public/m1/a.txt").await;
    assert_eq!((missing.status, missing.from()), (404, "Error"));
    fixture
        .put("public/m1/a.txt", "here now", "max-age=60")
        .await;
    fixture.advance(Duration::from_millis(900));
    assert_eq!(
        fixture.get("/public/m1/a.txt").await.status,
        404,
        "kept for ErrorCachingMinTTL"
    );
    assert_eq!(fixture.tap.take_seen().len(), 1);
    fixture.advance(Duration::from_millis(100));
    let found = fixture.get("/public/m1/a.txt").await;
    assert_eq!(
        (found.status, found.body.as_str(), found.from()),
        (200, "here now", "Miss")
    );
    fixture.stop().await;
}

#[tokio::test]
async fn the_bucket_policy_decides_and_a_missing_object_needs_list_bucket() {
    let fixture = Fixture::start().await;
    fixture.put("public/m1/a.txt", "here", "max-age=60").await;
    for (actions, present, missing) in [
        (&["s3:GetObject", "s3:ListBucket"][..], 200, 404),
        (&["s3:GetObject"], 200, 403),
        (&["s3:PutObject", "s3:ListBucket"], 403, 403),
    ] {
        fixture.set_policy(actions).await;
        fixture.advance(HOUR);
        fixture.invalidate(&actions.concat(), "/*").await;
        assert_eq!(
            fixture.get("/public/m1/a.txt").await.status,
            present,
            "{actions:?}"
        );
        assert_eq!(
            fixture.get("/public/m1/missing.txt").await.status,
            missing,
            "{actions:?}"
        );
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_broken_origin_is_covered_by_what_is_kept_unless_invalidated() {
    let fixture = Fixture::start().await;
    fixture.put("public/m1/a.txt", "kept", "max-age=60").await;
    fixture.get("/public/m1/a.txt").await;
    fixture.advance(HOUR);
    fixture.tap.set_broken(true);
    let stale = fixture.get("/public/m1/a.txt").await;
    assert_eq!((stale.status, stale.body.as_str()), (200, "kept"));

    fixture.invalidate("1", "#media-m1").await;
    let error = fixture.get("/public/m1/a.txt").await;
    assert_eq!((error.status, error.from()), (503, "Error"));
    fixture.tap.set_broken(false);
    fixture.advance(Duration::from_secs(11));
    assert_eq!(fixture.get("/public/m1/a.txt").await.body, "kept");
    fixture.stop().await;
}
