//! Tests that invalidations made through the CloudFront API apply from the next answer on.

use crate::fixture::Fixture;

#[tokio::test]
async fn by_path_and_by_tag_at_once() {
    let fixture = Fixture::start().await;
    for (number, item, still_kept) in [
        (
            1,
            "/public/m1/a.txt",
            ["/public/m1/b.txt", "/public/m2/a.txt"],
        ),
        (2, "/public/m1/*", ["/public/m2/a.txt", "/public/m2/b.txt"]),
        (3, "#media-m1", ["/public/m2/a.txt", "/public/m2/b.txt"]),
        (4, "#MEDIA-M1", ["/public/m2/a.txt", "/public/m2/b.txt"]),
    ] {
        for key in [
            "public/m1/a.txt",
            "public/m1/b.txt",
            "public/m2/a.txt",
            "public/m2/b.txt",
        ] {
            fixture
                .put(key, &format!("{key} {number}"), "s-maxage=31536000")
                .await;
            fixture
                .invalidate(&format!("{number} {key}"), &format!("/{key}"))
                .await;
            assert_eq!(
                fixture.get(&format!("/{key}")).await.body,
                format!("{key} {number}")
            );
            fixture.put(key, "new", "s-maxage=31536000").await;
            assert_ne!(
                fixture.get(&format!("/{key}")).await.body,
                "new",
                "it is kept"
            );
        }
        fixture.invalidate(&format!("{number}"), item).await;
        assert_eq!(fixture.get("/public/m1/a.txt").await.body, "new", "{item}");
        for path in still_kept {
            let kept = fixture.get(path).await;
            assert_eq!(
                (kept.body == "new", kept.from()),
                (false, "Hit"),
                "{item} does not name {path}"
            );
        }
    }
    fixture.stop().await;
}

#[tokio::test]
async fn everything_of_an_app_by_its_tag_and_gone_means_gone() {
    let fixture = Fixture::start().await;
    fixture
        .put("public/m1/a.txt", "suspended soon", "s-maxage=31536000")
        .await;
    assert_eq!(fixture.get("/public/m1/a.txt").await.status, 200);
    fixture.delete("public/m1/a.txt").await;
    assert_eq!(fixture.get("/public/m1/a.txt").await.from(), "Hit");
    fixture.invalidate("1", "#app-demo").await;
    assert_eq!(fixture.get("/public/m1/a.txt").await.status, 404);
    fixture.stop().await;
}

#[tokio::test]
async fn an_answer_under_way_cannot_overtake_its_invalidation() {
    let fixture = Fixture::start().await;
    fixture
        .put("public/m1/a.txt", "old", "s-maxage=31536000")
        .await;
    fixture.tap.set_held(true);
    let slow = fixture.get("/public/m1/a.txt");
    let ((), slow) = tokio::join!(
        async {
            fixture.tap.wait_for_held().await;
            fixture
                .put("public/m1/a.txt", "new", "s-maxage=31536000")
                .await;
            fixture.invalidate("1", "#media-m1").await;
            fixture.tap.set_held(false);
        },
        slow
    );
    assert_eq!(slow.body, "old", "it was read before");
    assert_eq!(fixture.get("/public/m1/a.txt").await.body, "new");
    fixture.stop().await;
}
