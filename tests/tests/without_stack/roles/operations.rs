//! Tests the calls of the functions that run the operations of admins and apps.

use dozo::memory::faults::{Fault, Faults};
use dozo::vocabulary::digest::FileDigest;
use dozo::vocabulary::keys::{Bucket, Item, Key, ObjectLocation};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::state::State;
use dozo_tests::clips::silence;
use dozo_tests::pdfs;
use dozo_tests::post::Post;
use dozo_tests::world::{self, Letter, World, call};

use crate::operations::scene::{ENGLISH, LEGAL, PUT_CAPTIONS, REMOVE_CAPTIONS};
use crate::roles::transcoding::handed_over;
use crate::roles::{assert_exact, declared_file, good, occupy, private_file, status};

/// Calls a route as an admin.
async fn ask(
    world: &World,
    app: &suspend_media::Function,
    file: &UploadedFile,
    route: &str,
    body: Option<&str>,
) {
    let media = file.media.to_string();
    let path = [
        ("app", "demo"),
        ("media", media.as_str()),
        ("language", "en"),
    ];
    let answer = suspend_media::handle(app, call(route, &path, &[], body)).await;
    let taken = matches!(status(&answer), 200 | 202);
    assert!(taken, "{route} {:?}", world.record(file));
}

const ABUSE: Option<&str> = Some(r#"{"reason": "abuse"}"#);
const SUSPEND: &str = "POST /admin/apps/{app}/media/{media}/suspend";
const RESTORE: &str = "POST /admin/apps/{app}/media/{media}/restore";
const DESCRIBE: &str = "PATCH /apps/{app}/media/{media}";
const FOCUS: &str = "POST /apps/{app}/media/{media}/focus";
const POSTER: &str = "POST /apps/{app}/media/{media}/poster";
const MOVE: &str = "POST /apps/{app}/media/{media}/visibility";
const DELETE: &str = "DELETE /apps/{app}/media/{media}";

/// Runs all operations on a public and a private media, by functions that record their calls.
#[tokio::test(start_paused = true)]
async fn operations_call_what_they_declare() {
    let mut world = World::new(6);
    world.has_service = true;
    // Manifests of documents are rewritten while other objects are copied.
    let files = [world.file("a.pdf"), private_file(&world, "b.pdf")];
    let orders = Faults::none();
    let suspend = world.suspend_media(&orders);
    let (run, invalidate) = (Faults::none(), Faults::none());
    for (pages, file) in (1..).zip(&files) {
        world.upload(file, &pdfs::plain(pages));
        let mut post = Post::new(&world);
        post.notify(Letter::about(file, "1"));
        post.finish().await;
        world.clock.advance(1_000);
        let (there, back) = if file.upload == world.upload {
            ("private", "public")
        } else {
            ("public", "private")
        };
        let visibility = |to: &str| format!(r#"{{"visibility": "{to}"}}"#);
        for (route, body) in [
            (SUSPEND, ABUSE.map(str::to_owned)),
            (RESTORE, None),
            (MOVE, Some(visibility(there))),
            (MOVE, Some(visibility(back))),
            (SUSPEND, ABUSE.map(str::to_owned)),
        ] {
            if body == Some(visibility(there)) {
                let manifest = Key::Delivered {
                    visibility: Visibility::parse(there).unwrap(),
                    app: file.app.clone(),
                    media: file.media.clone(),
                    item: Item::Manifest,
                };
                world.store.upload(&manifest.location(), b"stale");
            }
            ask(&world, &suspend, file, route, body.as_deref()).await;
            post.written_down(&run, &invalidate).await;
        }
        // It is restored to another visibility than it was suspended in, because it was moving.
        ask(&world, &suspend, file, RESTORE, None).await;
        post.written_down(&run, &invalidate).await;
        ask(&world, &suspend, file, MOVE, Some(&visibility(there))).await;
        ask(&world, &suspend, file, SUSPEND, ABUSE).await;
        post.written_down(&run, &invalidate).await;
        // When a media is suspended a second time, its mark overwrites the earlier one.
        let mark = Key::Suspended(file.app.clone(), file.media.clone()).location();
        world.store.upload(&mark, b"stale");
        ask(&world, &suspend, file, RESTORE, None).await;
        post.written_down(&run, &invalidate).await;
        world.store.upload(&mark, b"stale");
        // The same bytes are blocked for others, too.
        let digest = FileDigest::of(&pdfs::plain(pages));
        let block = Key::Blocked(digest).location();
        let others = br#"{"holders": [], "and_more": true}"#;
        world.store.upload(&block, others);
        ask(&world, &suspend, file, SUSPEND, ABUSE).await;
        post.written_down(&run, &invalidate).await;
        // Leave objects in WORK and in DELIVERY before the media is deleted.
        let part = format!("{}/{}/1/part", file.app, file.media);
        let work = ObjectLocation::anywhere(Bucket::Work, &part);
        world.store.upload(&work, b"part");
        occupy(&world, file, Visibility::Public);
        occupy(&world, file, Visibility::Private);
        ask(&world, &suspend, file, DELETE, None).await;
        post.written_down(&run, &invalidate).await;
    }
    // A media whose stage had only begun is handed back to it.
    let begun = world.file("c.png");
    world.upload(&begun, &good(2));
    let stage = world.validate_upload(&Faults::planned(|call| {
        (call == 6).then_some(Fault::DiesAfter)
    }));
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&begun, "2")])).await;
    let mut post = Post::new(&world);
    for (route, body) in [(SUSPEND, ABUSE), (RESTORE, None)] {
        ask(&world, &suspend, &begun, route, body).await;
        post.written_down(&run, &invalidate).await;
    }
    assert_eq!(world.record(&begun).unwrap().state, State::Ready);
    ask(&world, &suspend, &begun, FOCUS, Some(r#"{"x": 0, "y": 0}"#)).await;
    post.written_down(&run, &invalidate).await;
    // The process that took this order died before it changed the record: the order changes it.
    let dies = world.suspend_media(&Faults::at(2, Fault::DiesBefore));
    let media = begun.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    suspend_media::handle(&dies, call(SUSPEND, &path, &[], ABUSE)).await;
    assert_eq!(world.record(&begun).unwrap().state, State::Ready);
    post.written_down(&run, &invalidate).await;
    assert_eq!(world.record(&begun).unwrap().state, State::Suspended);
    // A media waits for its file, is suspended and restored; another one is a copy.
    let waits = crate::roles::bringing::asked_for(&world).await;
    for (route, body) in [(SUSPEND, ABUSE), (RESTORE, None)] {
        ask(&world, &suspend, &waits, route, body).await;
        post.written_down(&run, &invalidate).await;
    }
    crate::roles::bringing::copied(&world).await;
    post.written_down(&run, &invalidate).await;
    // Captions are put and taken away.
    let sound = world.file("e.wav");
    world.upload(&sound, &silence(1));
    post.notify(Letter::about(&sound, "3"));
    post.finish().await;
    for (route, body) in [(PUT_CAPTIONS, Some(ENGLISH)), (REMOVE_CAPTIONS, None)] {
        ask(&world, &suspend, &sound, route, body).await;
        post.written_down(&run, &invalidate).await;
    }
    // A picture that was declared with an end was held, and is erased.
    let ends = declared_file(&world, "g.png");
    world.upload(&ends, &good(3));
    post.notify(Letter::about(&ends, "4"));
    post.finish().await;
    let later = Some(r#"{"expires_at": "2099-01-01T00:00:00Z"}"#);
    for (route, body) in [
        (DESCRIBE, later),
        (SUSPEND, Some(LEGAL)),
        (RESTORE, None),
        (DELETE, None),
    ] {
        ask(&world, &suspend, &ends, route, body).await;
        post.written_down(&run, &invalidate).await;
    }
    // The job of this media is under way.
    let filmed = world.file("d.webm");
    let order = handed_over(&world, &filmed).await;
    let stage = world.transcode_media(&Faults::none());
    transcode_media::handle(&stage, Letter::batch(&[order]), world::far()).await;
    ask(&world, &suspend, &filmed, SUSPEND, ABUSE).await;
    Post::new(&world).written_down(&run, &invalidate).await;
    let junk = Letter::batch(&[Letter {
        id: "junk".to_owned(),
        body: "junk".to_owned(),
        attempts: 1,
    }]);
    run_operation::handle(&world.run_operation(&run), junk.clone()).await;
    invalidate_cache::handle(&world.invalidate_cache(&invalidate), junk).await;
    let digest = FileDigest::of(&pdfs::plain(1)).to_string();
    for route in [
        "GET /admin/blocked",
        "GET /admin/blocked/{sha256}",
        "DELETE /admin/blocked/{sha256}",
    ] {
        let event = call(route, &[("sha256", &digest)], &[], None);
        let answer = suspend_media::handle(&suspend, event).await;
        assert_eq!(status(&answer), 200, "{route}");
    }
    another_poster(&orders).await;
    assert_exact("suspend-media", &orders.log());
    assert_exact("run-operation", &run.log());
    assert_exact("invalidate-cache", &invalidate.log());
}

/// Chooses another poster of a film that is published.
async fn another_poster(orders: &Faults) {
    let world = World::new(6);
    let film = world.file("f.webm");
    let order = handed_over(&world, &film).await;
    let stage = world.transcode_media(&Faults::none());
    transcode_media::handle(&stage, Letter::batch(&[order]), world::far()).await;
    let suspend = world.suspend_media(orders);
    ask(&world, &suspend, &film, POSTER, Some(r#"{"at": 1}"#)).await;
}

#[tokio::test(start_paused = true)]
async fn retry_media_calls_what_it_declares() {
    let world = World::new(7);
    let file = world.file("a.png");
    world.upload(&file, &good(1));
    let recorder = world.record_failure(&Faults::none());
    record_failure::handle(&recorder, Letter::batch(&[Letter::about(&file, "1")])).await;
    let faults = Faults::none();
    let app = world.retry_media(&faults);
    let all = call(
        "POST /admin/apps/{app}/retry",
        &[("app", "demo")],
        &[],
        None,
    );
    assert_eq!(status(&retry_media::handle(&app, all).await), 202);
    // What is indexed anew was never listed before, and then leaves a list; and what is stored is added up twice.
    let other = world.file("b.png");
    world.upload(&other, &good(2));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&other, "2")])).await;
    let index = || {
        let route = "POST /admin/apps/{app}/index";
        call(route, &[("app", "demo")], &[], None)
    };
    let asked = |route, body| {
        let path = [("app", "demo"), ("media", other.media.as_str())];
        call(route, &path, &[], body)
    };
    let describe = "PATCH /apps/{app}/media/{media}";
    let delete = "DELETE /apps/{app}/media/{media}";
    for (route, body) in [
        (describe, Some(r#"{"tags": ["a"], "metadata": {"b": "c"}}"#)),
        (describe, Some(r#"{"tags": []}"#)),
        (delete, None),
    ] {
        suspend_media::handle(&world.suspend_media(&Faults::none()), asked(route, body)).await;
        Post::new(&world).announcing_nothing().finish().await;
        world.clock.advance(400);
        assert_eq!(status(&retry_media::handle(&app, index()).await), 200);
    }
    world.clock.advance(400);
    let third = world.file("c.png");
    world.upload(&third, &good(3));
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&third, "3")])).await;
    assert_eq!(status(&retry_media::handle(&app, index()).await), 200);
    assert_exact("retry-media", &faults.log());
}
