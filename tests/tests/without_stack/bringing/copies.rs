//! Tests what becomes of copies.

use dozo::ports::metrics::Metric;
use dozo::vocabulary::keys::{Item, Key};
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::quota::Quota;
use dozo_tests::clips::film;
use dozo_tests::pdfs;

use super::*;

/// A copy is a media of its own, with what was said about the other one.
#[tokio::test(start_paused = true)]
async fn of_every_kind_are_published_like_uploads() {
    for (name, bytes) in [
        ("a.png", with_text()),
        ("a.pdf", pdfs::plain(3)),
        ("a.webm", film(640, 360, 4_000.0)),
    ] {
        let world = World::new(1);
        world.register(|app| app.keep_original_metadata = true);
        let file = publish(&world, name, &bytes).await;
        let body = json!({"visibility": "private", "name": "copy.bin"});
        let answer = copy(&world, &file, COPY, &body).await;
        let new = expected(&answer, "copy.bin");
        assert_eq!(answer.1["state"], "validating");
        assert_eq!(answer.1["awaits"], "copy");
        Post::new(&world).finish().await;
        let (record, old) = (world.record(&new).unwrap(), world.record(&file).unwrap());
        assert_eq!(record.state, State::Ready, "{name} {record:?}");
        assert_eq!(record.visibility, Visibility::Private);
        assert_eq!(record.awaits, None);
        assert_eq!(record.content.unwrap().kind(), old.content.unwrap().kind());
        assert_eq!(
            delivered(&world, &new).len(),
            delivered(&world, &file).len(),
            "{name}"
        );
        assert_eq!(old.state, State::Ready);
    }
}

/// Without its original, a film is copied as it is played. (What the engine of these tests makes is no film.)
#[tokio::test(start_paused = true)]
async fn of_films_are_made_of_what_is_played() {
    let world = World::new(5);
    let file = publish(&world, "a.webm", &film(640, 360, 4_000.0)).await;
    let new = expected(&copy(&world, &file, COPY, &json!({})).await, "a.webm");
    Post::new(&world).finish().await;
    let played = Key::Delivered {
        visibility: Visibility::Public,
        app: file.app.clone(),
        media: file.media.clone(),
        item: Item::Film,
    };
    let played = world.store.find(&played.location()).unwrap();
    let copied = world.store.find(&new.key().location()).unwrap();
    assert_eq!(copied.body, played.body);
    assert_eq!(rejection(&world, &new).as_deref(), Some("unknown_format"));
}

#[tokio::test(start_paused = true)]
async fn carry_over_words_and_nothing_that_leads_back() {
    let world = World::new(2);
    let file = publish(&world, "a.png", &with_text()).await;
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let words = json!({"title": "T", "alt": "A", "tags": ["x"], "metadata": {"k": "v"}, "expires_at": "2035-01-01T00:00:00Z"});
    let event = call(
        "PATCH /apps/{app}/media/{media}",
        &path,
        &[],
        Some(&words.to_string()),
    );
    let answer = suspend_media::handle(&world.suspend_media(&Faults::none()), event).await;
    assert_eq!(answer.status_code, 200);
    let new = expected(&copy(&world, &file, COPY, &json!({})).await, "a.png");
    // It is seen at once, by its id, as it will be.
    let seen = world.record(&new).unwrap();
    assert_eq!(seen.state, State::Validating);
    Post::new(&world).finish().await;
    let (record, old) = (world.record(&new).unwrap(), world.record(&file).unwrap());
    assert_eq!(record.description, old.description);
    assert_eq!(
        (record.expires_at, record.visibility),
        (None, old.visibility)
    );
    assert_eq!(record.history.first().unwrap().by, "unknown");
    let uploaded = world.store.find(&new.key().location()).unwrap();
    assert!(
        uploaded.info.headers.metadata.is_empty(),
        "{:?}",
        uploaded.info.headers
    );
    let original = |file: &UploadedFile| {
        let key = Key::Delivered {
            visibility: Visibility::Public,
            app: file.app.clone(),
            media: file.media.clone(),
            item: Item::Original(Format::Png),
        };
        world.store.find(&key.location()).unwrap().body
    };
    assert_eq!(original(&new), original(&file));
}

#[tokio::test(start_paused = true)]
async fn into_another_app_are_judged_by_its_limits_and_quotas() {
    let world = World::new(3);
    let file = publish(&world, "a.png", &with_text()).await;
    let other = another_app(&world, |app| app.limits.image_bytes = 10);
    let body = json!({"app": "other"});
    let new = expected(&copy(&world, &file, COPY_AS_ADMIN, &body).await, "a.png");
    assert_eq!(new.app, other);
    Post::new(&world).finish().await;
    assert_eq!(rejection(&world, &new).as_deref(), Some("too_many_bytes"));

    let other = another_app(&world, |app| app.quotas.media_per_day = 1);
    let new = expected(&copy(&world, &file, COPY_AS_ADMIN, &body).await, "a.png");
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &new), State::Ready);
    let (status, refused) = copy(&world, &file, COPY_AS_ADMIN, &body).await;
    let sentence = Quota::MediaPerDay(1).sentence();
    assert_eq!((status, &refused["code"]), (429, &json!("quota_exceeded")));
    assert_eq!(refused["detail"], sentence);
    // The app's own quota is its own.
    expected(&copy(&world, &file, COPY, &json!({})).await, "a.png");
    assert_eq!(other.as_str(), "other");
    assert_eq!(world.metrics.of(Metric::MediaRejected), 1);
}

/// Copies of a copy are refused like the first file, although what is delivered has other bytes.
#[tokio::test(start_paused = true)]
async fn of_copies_remember_the_first_file() {
    let world = World::new(4);
    let first = publish(&world, "a.png", &with_text()).await;
    let second = expected(&copy(&world, &first, COPY, &json!({})).await, "a.png");
    Post::new(&world).finish().await;
    let third = expected(&copy(&world, &second, COPY, &json!({})).await, "a.png");
    Post::new(&world).finish().await;
    let digest = |file: &UploadedFile| {
        let content = world.record(file).unwrap().content.unwrap();
        (content.digest().unwrap(), content.copied_from)
    };
    let ((one, none), (two, of_two), (_, of_three)) =
        (digest(&first), digest(&second), digest(&third));
    assert_ne!(one, two, "the text was taken out");
    assert_eq!(none, []);
    assert_eq!(of_two, std::slice::from_ref(&one));
    assert_eq!(of_three, [two, one]);
}
