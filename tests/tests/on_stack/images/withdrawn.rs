//! Tests, in memory, a media that is withdrawn while it is being rendered, which takes long: nothing of it is shown.

use dozo::memory::faults::Faults;
use dozo::vocabulary::keys::Key;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::{Blocks, picture, progressive_jpeg};

use super::memory::{large, published, shown};
use image::ImageFormat;
use serde_json::json;

#[tokio::test]
async fn whenever_it_happens_before_the_end() {
    // The calls are: record and registration, and a preview where one may serve; the object, the record again; and both
    // once more if the object's beginning is not enough.
    let png = picture(ImageFormat::Png, 20, 10, 1).unwrap();
    each_moment(&png, "full/max", 4).await;
    let progressive = progressive_jpeg(900, Blocks::Fine).unwrap();
    each_moment(&progressive, "full/40,40", 5).await;
    let plain = progressive_jpeg(3_200, Blocks::Plain).unwrap();
    each_moment(&plain, "full/40,40", 7).await;
}

async fn each_moment(picture: &[u8], asked: &str, calls: usize) {
    for moment in 0..calls {
        let world = large(1);
        // So the original is read.
        world.register(|app| app.previews = false);
        let file = published(&world, picture).await;
        let mut record = world.record(&file).unwrap();
        record.state = State::Suspending;
        let location = Key::Media(file.app.clone(), file.media.clone()).location();
        let (store, clock) = (world.store.clone(), world.clock.clone());
        let faults = Faults::planned(move |call| {
            if call == 0 {
                clock.advance(2);
            }
            if call == moment {
                let _written = store.upload(&location, json!(record).to_string().as_bytes());
            }
            None
        });
        let app = world.render_thumbnail(&faults);
        let reply = shown(&app, &file, asked).await;
        assert_eq!(
            reply.status, 404,
            "withdrawn before call {moment}: {reply:?}"
        );
        assert!(faults.calls() > moment, "it makes {calls} calls");
    }
}
