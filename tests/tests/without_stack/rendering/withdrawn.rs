//! Tests what is served of a media that is withdrawn while it is rendered.

use dozo::memory::faults::Faults;
use dozo::vocabulary::keys::Key;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::world::World;
use image::ImageFormat;
use serde_json::json;

use super::{SMALL, asked, published, published_as, read};

/// Returns a process without faults, whose first call takes so many seconds. Before its call of this number, an operation
/// brings the media into another state.
fn overtaken(
    world: &World,
    file: &UploadedFile,
    moment: usize,
    (state, seconds): (State, u32),
) -> Faults {
    let (store, clock) = (world.store.clone(), world.clock.clone());
    let mut record = world.record(file).unwrap();
    record.state = state;
    record.generation += 1;
    let place = Key::Media(record.app.clone(), record.media.clone()).location();
    let body = json!(record).to_string();
    Faults::planned(move |call| {
        if call == 0 {
            clock.advance(seconds);
        }
        if call == moment {
            store.upload(&place, body.as_bytes());
        }
        None
    })
}

/// Returns the statuses of renderings whose media is withdrawn before the first call, before the second, and so on up to
/// the one for which it is withdrawn after all calls; and which calls of that one looked at the record.
async fn withdrawn_meanwhile(
    format: ImageFormat,
    image: &str,
    seconds: u32,
) -> (Vec<u16>, Vec<usize>) {
    let mut served = Vec::new();
    loop {
        let (world, file) = published_as(format).await;
        let moment = served.len();
        assert!(moment < 9, "{image}");
        let faults = overtaken(&world, &file, moment, (State::Suspending, seconds));
        let app = world.render_thumbnail(&faults);
        let (status, _) = asked(&app, &file, &format!("iiif/image/{image}")).await;
        served.push(status);
        if faults.calls() <= moment {
            let keys = read(&faults, &file).into_iter().enumerate();
            let looks = keys.filter(|(_, key)| key == "Records media/demo/MEDIA.json");
            return (served, looks.map(|(call, _)| call).collect());
        }
    }
}

/// A quick rendering looks at the record once, and a slow one once more at the end. What was withdrawn before the last look
/// is not served.
#[tokio::test]
async fn a_slow_rendering_looks_at_the_record_once_more() {
    let large = "full/max/0/default.jpg";
    for (format, image, calls) in [
        (ImageFormat::Png, SMALL, 3),
        (ImageFormat::Png, large, 4),
        (ImageFormat::Jpeg, large, 3),
    ] {
        for (seconds, calls, looks) in [(1, calls, 1), (2, calls + 1, 2)] {
            let (served, looked) = withdrawn_meanwhile(format, image, seconds).await;
            assert_eq!((served.len(), looked.len()), (calls + 1, looks), "{image}");
            let last = *looked.last().unwrap();
            let wanted = (0..=calls).map(|moment| if moment <= last { 404 } else { 200 });
            assert_eq!(served, wanted.collect::<Vec<_>>(), "{image}, {seconds} s");
            assert!(looks == 1 || last == calls - 1);
        }
    }
}

/// A change of captions goes on meanwhile: the media stays shown, and what is rendered of it is the same.
#[tokio::test]
async fn what_is_updated_meanwhile_is_served() {
    for moment in 0..9 {
        let (world, file) = published().await;
        let faults = overtaken(&world, &file, moment, (State::Updating, 2));
        let app = world.render_thumbnail(&faults);
        let (status, _) = asked(&app, &file, "iiif/image/full/max/0/default.jpg").await;
        assert_eq!(status, 200, "before call {moment}");
    }
}
