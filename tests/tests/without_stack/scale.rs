//! Tests that a million media make no operation dearer: each makes as many calls as in an empty platform.

use dozo::memory::faults::Faults;
use dozo::ports::clock::Clock;
use dozo::vocabulary::keys::{Item, Key};
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{FileName, MediaId, UploadId, Visibility};
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call, far, request};
use image::ImageFormat;

/// Media that are there before.
const MANY: u32 = 1_000_000;

/// Media of one upload.
const OF_AN_UPLOAD: u32 = 1_000;

#[tokio::test]
async fn no_operation_makes_more_calls_among_a_million_media() {
    let among_none = calls(0).await;
    let among_many = calls(MANY).await;
    assert_eq!(among_none, among_many);
    assert!(
        among_none.iter().all(|(_, calls)| *calls > 0),
        "{among_none:?}"
    );
}

/// Counts the calls of each operation in a world with this many other media.
async fn calls(others: u32) -> Vec<(&'static str, usize)> {
    let world = World::new(1);
    fill(&world, others);
    let file = world.file("one.png");
    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let mut made = Vec::new();

    let faults = Faults::none();
    let event = call("POST /apps/{app}/uploads", &path[..1], &[], Some("{}"));
    let answer = issue_token::handle(&world.issue_token(&faults), event).await;
    assert_eq!(answer.status_code, 201, "{answer:?}");
    made.push(("grant", faults.calls()));

    world.upload(&file, &picture(ImageFormat::Png, 20, 10, 7).unwrap());
    let mut post = Post::new(&world);
    post.notify(Letter::about(&file, "s3"));
    made.push(("upload", delivered(post).await));
    assert_eq!(state(&world, &file), State::Ready);

    let upload = world.upload.to_string();
    let show = "GET /apps/{app}/media/{media}";
    let list = "GET /apps/{app}/media";
    for (what, route, query) in [
        ("show", show, None),
        ("list an upload", list, Some(("upload", upload.as_str()))),
        ("list what failed", list, Some(("state", "failed"))),
        ("list what is suspended", list, Some(("state", "suspended"))),
    ] {
        let faults = Faults::none();
        let path = if route == show { &path[..] } else { &path[..1] };
        let event = call(route, path, query.as_slice(), None);
        let answer = show_media::handle(&world.show_media(&faults), event).await;
        assert_eq!(answer.status_code, 200, "{what}: {answer:?}");
        made.push((what, faults.calls()));
    }

    let faults = Faults::none();
    let image = format!("/public/demo/{media}/iiif/image/full/9,/0/default.jpg");
    let event = request("GET", &image, &[]);
    let reply = render_thumbnail::handle(&world.render_thumbnail(&faults), event, far()).await;
    assert_eq!(reply.status, 200);
    made.push(("render", faults.calls()));

    for (what, route, body, end) in [
        (
            "suspend",
            "POST /admin/apps/{app}/media/{media}/suspend",
            Some(r#"{"reason": "other"}"#),
            State::Suspended,
        ),
        (
            "restore",
            "POST /admin/apps/{app}/media/{media}/restore",
            None,
            State::Ready,
        ),
        (
            "move",
            "POST /apps/{app}/media/{media}/visibility",
            Some(r#"{"visibility": "private"}"#),
            State::Ready,
        ),
        (
            "delete",
            "DELETE /apps/{app}/media/{media}",
            None,
            State::Deleted,
        ),
    ] {
        let faults = Faults::none();
        let event = call(route, &path, &[], body);
        let answer = suspend_media::handle(&world.suspend_media(&faults), event).await;
        assert_eq!(answer.status_code, 202, "{what}: {answer:?}");
        let followed = delivered(Post::new(&world)).await;
        assert_eq!(state(&world, &file), end, "{what}");
        made.push((what, faults.calls() + followed));
    }

    // All uploads are of this day, and so the hour's comparison lists those of one file.
    world.clock.advance(86_400);
    for what in ["sweep what has ended", "sweep nothing"] {
        let faults = Faults::none();
        let found = sweep_lost::handle(&world.sweep_lost(&faults), far()).await;
        assert_eq!(found.unwrap().sent_again, 0, "{what}");
        made.push((what, faults.calls()));
    }
    made
}

/// Delivers all messages; returns the number of calls that it took.
async fn delivered(mut post: Post<'_>) -> usize {
    let faults = Faults::none();
    while post.deliver(&faults).await {}
    faults.calls()
}

fn state(world: &World, file: &UploadedFile) -> State {
    world.record(file).unwrap().state
}

/// Adds media of earlier uploads of the same app, each with a record and a delivered original. What they hold is no
/// record and no picture: an operation that read it would fail.
fn fill(world: &World, count: u32) {
    let mut upload = world.upload.clone();
    for number in 0..count {
        if number.is_multiple_of(OF_AN_UPLOAD) {
            upload = UploadId::new(world.clock.now(), world.clock.random());
        }
        let name = FileName::new(&format!("{number}.png")).unwrap();
        let media = MediaId::of(&upload, &name);
        let original = Key::Delivered {
            visibility: Visibility::Public,
            app: world.app.clone(),
            media: media.clone(),
            item: Item::Original(Format::Png),
        };
        for key in [Key::Media(world.app.clone(), media), original] {
            world.store.upload(&key.location(), b"-");
        }
    }
}
