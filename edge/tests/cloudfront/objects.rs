//! Tests objects: caching, age, revalidation, ranges, and one fetch for several requests.

use reqwest::Method;

use crate::fixture::{Fixture, HOUR};

#[tokio::test]
async fn an_object_is_kept_for_its_time_and_then_revalidated() {
    let fixture = Fixture::start().await;
    fixture
        .put(
            "public/m1/a.txt",
            "0123456789",
            "public, max-age=60, s-maxage=7200",
        )
        .await;

    let first = fixture.get("/public/m1/a.txt").await;
    assert_eq!(
        (first.status, first.body.as_str(), first.from()),
        (200, "0123456789", "Miss")
    );
    assert_eq!(first.header("age"), None);
    assert_eq!(first.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        first.header("x-amz-meta-cache-tag"),
        None,
        "viewers do not see tags"
    );
    assert_eq!(first.header("content-type"), Some("text/plain"));

    fixture.advance(HOUR);
    let again = fixture.get("/public/m1/a.txt?ignored=1").await;
    assert_eq!(
        (again.body.as_str(), again.from(), again.header("age")),
        ("0123456789", "Hit", Some("3600"))
    );
    assert_eq!(
        again.header("cache-control"),
        Some("public, max-age=60, s-maxage=7200")
    );
    assert!(again.header("via").unwrap().contains("CloudFront"));
    assert_eq!(fixture.tap.take_seen(), ["GET /public/m1/a.txt"]);

    fixture.advance(HOUR);
    let refreshed = fixture.get("/public/m1/a.txt").await;
    assert_eq!(
        (refreshed.body.as_str(), refreshed.from()),
        ("0123456789", "RefreshHit")
    );
    assert_eq!(refreshed.header("age"), Some("0"));
    assert_eq!(fixture.get("/public/m1/a.txt").await.from(), "Hit");
    assert_eq!(fixture.tap.take_seen().len(), 1);

    fixture
        .put("public/m1/a.txt", "changed", "max-age=60")
        .await;
    fixture.advance(2 * HOUR);
    let changed = fixture.get("/public/m1/a.txt").await;
    assert_eq!((changed.body.as_str(), changed.from()), ("changed", "Miss"));
    fixture.stop().await;
}

#[tokio::test]
async fn heads_ranges_and_conditions_are_answered_from_the_cache() {
    let fixture = Fixture::start().await;
    fixture
        .put("public/m1/a.txt", "0123456789", "max-age=60")
        .await;
    let path = "/public/m1/a.txt";

    let head = fixture.ask(Method::HEAD, path, &[]).await;
    assert_eq!(
        (
            head.status,
            head.body.as_str(),
            head.header("content-length")
        ),
        (200, "", Some("10"))
    );
    let part = fixture
        .ask(Method::GET, path, &[("range", "bytes=-3")])
        .await;
    assert_eq!(
        (part.status, part.body.as_str(), part.from()),
        (206, "789", "Miss"),
        "the whole is fetched"
    );
    assert_eq!(part.header("content-range"), Some("bytes 7-9/10"));
    fixture.tap.take_seen();

    let part = fixture
        .ask(Method::GET, path, &[("range", "bytes=2-4")])
        .await;
    assert_eq!(
        (part.status, part.body.as_str(), part.from()),
        (206, "234", "Hit")
    );
    let beyond = fixture
        .ask(Method::GET, path, &[("range", "bytes=10-")])
        .await;
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, Some("bytes */10"))
    );
    let head = fixture.ask(Method::HEAD, path, &[]).await;
    assert_eq!(
        (head.status, head.from(), head.header("content-length")),
        (200, "Hit", Some("10"))
    );
    let etag = head.header("etag").unwrap().to_owned();
    let unchanged = fixture
        .ask(Method::GET, path, &[("if-none-match", &etag)])
        .await;
    assert_eq!(
        (unchanged.status, unchanged.body.as_str(), unchanged.from()),
        (304, "", "Hit")
    );
    assert_eq!(unchanged.header("etag"), Some(etag.as_str()));
    let date = head.header("last-modified").unwrap();
    assert_eq!(
        fixture
            .ask(Method::GET, path, &[("if-modified-since", date)])
            .await
            .status,
        304
    );
    let whole = fixture
        .ask(
            Method::GET,
            path,
            &[("cache-control", "no-cache"), ("pragma", "no-cache")],
        )
        .await;
    assert_eq!(
        (whole.body.as_str(), whole.from()),
        ("0123456789", "Hit"),
        "a viewer cannot force a fetch"
    );
    assert!(fixture.tap.take_seen().is_empty());
    fixture.stop().await;
}

#[tokio::test]
async fn what_is_asked_at_once_is_fetched_once() {
    let fixture = Fixture::start().await;
    fixture.put("public/m1/a.txt", "once", "max-age=60").await;
    fixture.tap.set_held(true);
    let viewers = futures_util::future::join_all((0..8).map(|_| fixture.get("/public/m1/a.txt")));
    let (answers, ()) = tokio::join!(viewers, async {
        fixture.tap.wait_for_held().await;
        fixture.tap.set_held(false);
    });
    assert!(
        answers.iter().all(|answer| answer.body == "once"),
        "{answers:?}"
    );
    assert_eq!(fixture.tap.take_seen(), ["GET /public/m1/a.txt"]);
    fixture.stop().await;
}

#[tokio::test]
async fn what_says_no_store_is_never_kept() {
    let fixture = Fixture::start().await;
    for cache_control in ["no-store", "private, max-age=60"] {
        fixture
            .put("public/m1/a.txt", cache_control, cache_control)
            .await;
        for _ in 0..2 {
            let answer = fixture.get("/public/m1/a.txt").await;
            assert_eq!(
                (answer.body.as_str(), answer.from()),
                (cache_control, "Miss")
            );
        }
    }
    assert_eq!(fixture.tap.take_seen().len(), 4);
    fixture.stop().await;
}
