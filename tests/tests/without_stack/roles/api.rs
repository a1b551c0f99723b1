//! Tests the calls of the functions that answer apps and viewers.

use dozo::memory::faults::Faults;
use dozo::ports::clock::Clock;
use dozo::ports::tokens::READ_KEY;
use dozo::vocabulary::day::Day;
use dozo::vocabulary::keys::Key;
use dozo::vocabulary::keys::used::{Ledger, Mark};
use dozo::vocabulary::names::{FileName, MediaId};
use dozo_tests::clips::silence;
use dozo_tests::pdfs;
use dozo_tests::world::{self, Letter, World, call};

use crate::roles::{assert_exact, good, private_file, status, webhooks};

#[tokio::test]
async fn register_app_calls_what_it_declares() {
    let world = World::new(3);
    let faults = Faults::none();
    let app = world.register_app(&faults);
    let path = [("app", "other")];
    let with_preset = r#"{"presets": {"card": {"width": 10, "height": 10, "eager": true}}}"#;
    for (body, expected) in [(Some(with_preset), 201), (None, 200)] {
        let event = call("PUT /admin/apps/{app}", &path, &[], body);
        let answer = register_app::handle(&app, event).await;
        assert_eq!(status(&answer), expected, "{body:?}");
    }
    for (route, expected) in [
        ("GET /admin/apps/{app}", 200),
        ("PATCH /admin/apps/{app}", 200),
        ("GET /admin/apps", 200),
    ] {
        let answer = register_app::handle(&app, call(route, &path, &[], None)).await;
        assert_eq!(status(&answer), expected, "{route}");
    }
    webhooks::all_calls(&world, &faults).await;
    // An app that has a media is not removed, and one that has none is.
    let file = world.file("a.png");
    world.upload(&file, b"not a picture");
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
    for (of, expected) in [("demo", 409), ("other", 200)] {
        let remove = call("DELETE /admin/apps/{app}", &[("app", of)], &[], None);
        let answer = register_app::handle(&app, remove).await;
        assert_eq!(status(&answer), expected, "{of}");
    }
    assert_exact("register-app", &faults.log());
}

/// Orders files that the platform brings: one at an address, which expires, and a copy of a ready picture.
async fn order_files(world: &World, app: &issue_token::Function) {
    let file = world.file("a.png");
    world.upload(&file, &good(1));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let fetch = r#"{"url": "https://example.com/a.png", "expires_at": "2099-01-01T00:00:00Z"}"#;
    for (route, body) in [
        ("POST /apps/{app}/ingest", fetch),
        ("POST /apps/{app}/media/{media}/copy", "{}"),
    ] {
        let answer = issue_token::handle(app, call(route, &path, &[], Some(body))).await;
        assert_eq!(status(&answer), 202, "{route}");
    }
}

#[tokio::test]
async fn issue_token_calls_what_it_declares() {
    let mut made = Vec::new();
    for has_role in [false, true] {
        let mut world = World::new(4);
        world.has_role = has_role;
        let faults = Faults::none();
        let app = world.issue_token(&faults);
        let request = call(
            "POST /apps/{app}/uploads",
            &[("app", "demo")],
            &[],
            Some("{}"),
        );
        assert_eq!(status(&issue_token::handle(&app, request).await), 201);
        order_files(&world, &app).await;
        let calls = faults.log();
        let reads_key = calls.iter().any(|(call, _)| *call == READ_KEY);
        assert_eq!(reads_key, !has_role, "a role has no secret");
        made.extend(calls);
    }
    assert_exact("issue-token", &made);
}

#[tokio::test]
async fn grant_access_calls_what_it_declares() {
    let world = World::new(6);
    let faults = Faults::none();
    let app = world.grant_access(&faults);
    let file = private_file(&world, "a.png");
    world.upload(&file, &good(1));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;

    let media = file.media.to_string();
    let request = call(
        "POST /apps/{app}/media/{media}/grants",
        &[("app", "demo"), ("media", media.as_str())],
        &[],
        Some(r#"{"expires_in": 60, "as": "url"}"#),
    );
    assert_eq!(status(&grant_access::handle(&app, request).await), 201);
    assert_exact("grant-access", &faults.log());
}

#[tokio::test]
async fn show_media_calls_what_it_declares() {
    let world = World::new(5);
    let faults = Faults::none();
    let app = world.show_media(&faults);
    let file = world.file("a.png");
    world.upload(&file, &good(1));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;

    let (media, upload) = (file.media.to_string(), world.upload.to_string());
    let one = [("app", "demo"), ("media", media.as_str())];
    let shown = call("GET /apps/{app}/media/{media}", &one, &[], None);
    assert_eq!(status(&show_media::handle(&app, shown).await), 200);
    // This film is being transcoded.
    let film = world.file("c.wav");
    world.upload(&film, &silence(1));
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&film, "4")])).await;
    let media_of_film = film.media.to_string();
    let one = [("app", "demo"), ("media", media_of_film.as_str())];
    let shown = call("GET /apps/{app}/media/{media}", &one, &[], None);
    assert_eq!(status(&show_media::handle(&app, shown).await), 200);
    // This document is being split.
    let document = world.file("b.pdf");
    world.upload(&document, &pdfs::plain(9));
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&document, "2")])).await;
    let [order] = world.pdfs.take().try_into().unwrap();
    let order = Letter {
        id: "3".to_owned(),
        body: order.body,
        attempts: 1,
    };
    let split = world.split_pdf(&Faults::none());
    split_pdf::handle(&split, Letter::batch(&[order]), world::far()).await;
    let media = document.media.to_string();
    let one = [("app", "demo"), ("media", media.as_str())];
    let shown = call("GET /apps/{app}/media/{media}", &one, &[], None);
    assert_eq!(status(&show_media::handle(&app, shown).await), 200);
    for query in [
        ("upload", upload.as_str()),
        ("state", "failed"),
        ("state", "suspended"),
        ("state", "stuck"),
        ("state", "ready"),
        ("kind", "image"),
        ("order", "oldest"),
    ] {
        let listed = call("GET /apps/{app}/media", &[("app", "demo")], &[query], None);
        assert_eq!(
            status(&show_media::handle(&app, listed).await),
            200,
            "{query:?}"
        );
    }
    // What is stored is added up when nobody can be putting marks of that time, and again when there are others.
    for name in ["d.png", "e.png"] {
        let other = world.file(name);
        world.upload(&other, &good(3));
        validate_upload::handle(&stage, Letter::batch(&[Letter::about(&other, name)])).await;
        world.announce().await;
        world.clock.advance(400);
        let asked = call("GET /apps/{app}/usage", &[("app", "demo")], &[], None);
        assert_eq!(status(&show_media::handle(&app, asked).await), 200);
    }
    // So are days, when a page of marks is full.
    for (number, hours) in [(1_500, 1), (1_500, 2)] {
        fill(&world, number, hours);
        world.clock.advance(hours * 3_600);
        let asked = call("GET /apps/{app}/usage", &[("app", "demo")], &[], None);
        assert_eq!(status(&show_media::handle(&app, asked).await), 200);
    }
    assert_exact("show-media", &faults.log());
}

/// Puts marks of media that were accepted just now.
fn fill(world: &World, number: u32, ledger: u32) {
    let now = world.clock.now();
    for n in 0..number {
        let name = FileName::new(&format!("{ledger} {n}")).unwrap();
        let mark = Mark::new(now, MediaId::of(&world.upload, &name), 1);
        let key = Key::Used(world.app.clone(), Ledger::Day(Day::of(now)), mark);
        world.store.upload(&key.location(), b"");
    }
}

#[tokio::test]
async fn render_thumbnail_calls_what_it_declares() {
    let world = World::new(6);
    let faults = Faults::none();
    let app = world.render_thumbnail(&faults);
    let stage = world.validate_upload(&Faults::none());
    for file in [world.file("a.png"), private_file(&world, "b.png")] {
        world.upload(&file, &good(1));
        validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
        let record = world.record(&file).unwrap();
        let subject = format!("/{}/demo/{}", record.visibility.as_str(), record.media);
        let path = format!("{subject}/iiif/image/full/max/0/default.png");
        let event = world::request("GET", &path, &[]);
        let reply = render_thumbnail::handle(&app, event, world::far()).await;
        assert_eq!(reply.status, 200, "{path}: {:?}", reply.body);
    }
    assert_exact("render-thumbnail", &faults.log());
}
