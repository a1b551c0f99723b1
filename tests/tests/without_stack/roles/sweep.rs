//! Tests the calls of the function that finds what was lost.

use dozo::memory::faults::Faults;
use dozo::vocabulary::keys::{Begun, Key};
use dozo::vocabulary::second::Second;
use dozo_tests::clips::silence;
use dozo_tests::pdfs;
use dozo_tests::world::{Letter, World, call, far};

use crate::roles::{assert_exact, declared_file, good};

#[tokio::test(start_paused = true)]
async fn sweep_lost_calls_what_it_declares() {
    let world = World::new(8);
    let faults = Faults::none();
    let function = world.sweep_lost(&faults);
    let stage = world.validate_upload(&Faults::none());
    // The message of each is lost: a document's, a film's, and that of a suspension. The last file is refused.
    let contents = [
        ("a.pdf", pdfs::plain(1)),
        ("b.wav", silence(1)),
        ("c.png", good(1)),
        ("e.png", b"no picture".to_vec()),
    ];
    for (name, body) in contents {
        let file = world.file(name);
        world.upload(&file, &body);
        validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
        if name == "c.png" {
            let path = [("app", "demo"), ("media", file.media.as_str())];
            let route = "POST /admin/apps/{app}/media/{media}/suspend";
            let suspend = call(route, &path, &[], Some(r#"{"reason": "other"}"#));
            suspend_media::handle(&world.suspend_media(&Faults::none()), suspend).await;
        }
    }
    // So is that of a file that is to be fetched.
    let fetch = call(
        "POST /apps/{app}/ingest",
        &[("app", "demo")],
        &[],
        Some(r#"{"url": "https://example.com/h.png"}"#),
    );
    issue_token::handle(&world.issue_token(&Faults::none()), fetch).await;
    // A picture expires.
    let ends = declared_file(&world, "g.png");
    world.upload(&ends, &good(4));
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&ends, "1")])).await;
    // A picture has only begun.
    let begun = world.file("d.png");
    world.upload(&begun, &good(2));
    let dies =
        Faults::planned(|call| (call == 6).then_some(dozo::memory::faults::Fault::DiesBefore));
    validate_upload::handle(
        &world.validate_upload(&dies),
        Letter::batch(&[Letter::about(&begun, "1")]),
    )
    .await;
    // A picture is ready, and has the marks of an operation whose processes died.
    let ready = world.file("f.png");
    world.upload(&ready, &good(3));
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&ready, "1")])).await;
    let path = [("app", "demo"), ("media", ready.media.as_str())];
    let said = Some(r#"{"metadata": {"album": "1"}}"#);
    let describe = call("PATCH /apps/{app}/media/{media}", &path, &[], said);
    suspend_media::handle(&world.suspend_media(&Faults::none()), describe).await;
    // Its app was told everything, so only its entries are left to be compared.
    let key = format!("media/demo/{}.json", ready.media);
    let hint = Letter::batch(&[Letter::about_record(&key, "hint")]);
    announce_change::handle(&world.announce_change(&Faults::none()), hint).await;
    let record = world.record(&ready).unwrap();
    let (app, media) = (ready.app.clone(), ready.media.clone());
    for mark in [
        Key::Failed(app.clone(), media.clone()),
        Key::Suspended(app.clone(), media.clone()),
        Key::Begun(Begun {
            since: Second::of(record.state_since),
            app,
            media,
            generation: record.generation + 1,
            sweeps: 0,
        }),
    ] {
        world.store.upload(&mark.location(), b"{}");
    }
    for _ in 0..7 {
        world.clock.advance(100_000);
        sweep_lost::handle(&function, far()).await.unwrap();
    }
    assert_exact("sweep-lost", &faults.log());
}
