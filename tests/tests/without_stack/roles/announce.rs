//! Tests the calls of the function that tells apps.

use dozo::memory::faults::{Fault, Faults};
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call};

use crate::roles::{assert_exact, good};

#[tokio::test(start_paused = true)]
async fn announce_change_calls_what_it_declares() {
    let mut world = World::new(9);
    world.store = world.store.keeping_records();
    world.declare(&["a.png"]);
    let file = world.file("a.png");
    world.upload(&file, &good(1));
    let mut post = Post::new(&world).announcing_nothing();
    post.notify(Letter::about(&file, "1"));
    post.finish().await;
    let key = format!("media/demo/{}.json", file.media);
    let hint = || Letter::batch(&[Letter::about_record(&key, "hint")]);
    let hook = [("app", "demo"), ("webhook", "shop")];
    let put = "PUT /admin/apps/{app}/webhooks/{webhook}";
    let body = Some(r#"{"url": "https://shop.example/"}"#);
    let registered = call(put, &hook, &[], body);
    register_app::handle(&world.register_app(&Faults::none()), registered).await;
    // A process dies when it has frozen the first event.
    let frozen = Faults::planned(|number| (number == 4).then_some(Fault::DiesAfter));
    announce_change::handle(&world.announce_change(&frozen), hint()).await;
    // More changes than are told at once, or than a history holds.
    for number in 0..60 {
        let visibility = ["private", "public"][number % 2];
        let body = format!(r#"{{"visibility": "{visibility}"}}"#);
        let path = [("app", "demo"), ("media", file.media.as_str())];
        let route = "POST /apps/{app}/media/{media}/visibility";
        let asked = call(route, &path, &[], Some(&body));
        suspend_media::handle(&world.suspend_media(&Faults::none()), asked).await;
        Post::new(&world).announcing_nothing().finish().await;
    }
    let faults = Faults::none();
    let function = world.announce_change(&faults);
    announce_change::handle(&function, hint()).await;
    // The bus is down: the message is to come later.
    let bus_is_down = Faults::planned(|number| (number == 4).then_some(Fault::Refused));
    announce_change::handle(&world.announce_change(&bus_is_down), hint()).await;
    // It is described, erased, and another one comes long after: entries and notes come and go, and what is stored is added up.
    let hints = Faults::none();
    for (route, body) in [
        (
            "PATCH /apps/{app}/media/{media}",
            Some(r#"{"tags": ["a"]}"#),
        ),
        ("PATCH /apps/{app}/media/{media}", Some(r#"{"tags": []}"#)),
        ("DELETE /apps/{app}/media/{media}", None),
    ] {
        let path = [("app", "demo"), ("media", file.media.as_str())];
        let asked = call(route, &path, &[], body);
        suspend_media::handle(&world.suspend_media(&Faults::none()), asked).await;
        Post::new(&world).announcing_nothing().finish().await;
        world.clock.advance(400);
        announce_change::handle(&world.announce_change(&hints), hint()).await;
    }
    let other = world.file("b.png");
    world.declare(&["a.png", "b.png"]);
    world.upload(&other, &good(2));
    let mut post = Post::new(&world).announcing_nothing();
    post.notify(Letter::about(&other, "2"));
    post.finish().await;
    world.clock.advance(400);
    let key = format!("media/demo/{}.json", other.media);
    let about = Letter::batch(&[Letter::about_record(&key, "other")]);
    announce_change::handle(&world.announce_change(&hints), about).await;
    let mut made = faults.log();
    made.extend(hints.log());
    made.extend(frozen.log());
    made.extend(bus_is_down.log());
    assert_exact("announce-change", &made);
}
