//! A media that is withdrawn while it is being rendered, in memory: nothing of it is shown.

use dozo::keys::Key;
use dozo::memory::faults::Faults;
use dozo::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::world::{self, Letter, World};
use image::ImageFormat;
use serde_json::json;

/// Calls that rendering makes: record and registration, the object, the record again.
const CALLS: usize = 4;

#[tokio::test]
async fn whenever_it_happens_before_the_end() {
    for moment in 0..CALLS {
        let world = World::new(1);
        let file = world.file("a.png");
        world.upload(&file, &picture(ImageFormat::Png, 20, 10, 1).unwrap());
        let stage = world.validate_upload(&Faults::none());
        let batch = Letter::batch(&[Letter::about(&file, "1")]);
        let settled = validate_upload::handle(&stage, batch).await;
        assert!(settled.batch_item_failures.is_empty());

        let mut record = world.record(&file).unwrap();
        record.state = State::Suspending;
        let place = Key::Media(file.app.clone(), file.media.clone()).place();
        let (store, mut calls) = (world.store.clone(), 0);
        let faults = Faults::planned(move |_| {
            if calls == moment {
                let _written = store.upload(&place, json!(record).to_string().as_bytes());
            }
            calls += 1;
            None
        });
        let app = world.render_thumbnail(&faults);
        let path = format!(
            "/public/demo/{}/iiif/image/full/max/0/default.png",
            file.media
        );
        let event = world::request("GET", &path, &[]);
        let reply = render_thumbnail::handle(&app, event, world::far()).await;
        assert_eq!(
            reply.status, 404,
            "withdrawn before call {moment}: {reply:?}"
        );
    }
}
