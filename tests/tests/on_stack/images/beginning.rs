//! Tests that a small rendering of a large progressive JPEG reads only the first bytes of the file, in memory and on
//! the deployed stack.

use dozo::memory::faults::Faults;
use dozo::ports::store::{Condition, ObjectStore};
use dozo::vocabulary::keys::{Item, Key};
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::names::Visibility;
use dozo_tests::pictures::{Blocks, progressive_jpeg};
use dozo_tests::stack::Stack;

use super::memory::{large, published, shown};
use super::{dimensions, pictured, ready};

const SMALL: &str = "full/40,40";

#[tokio::test]
async fn the_rest_is_not_read() {
    let world = large(1);
    let file = published(&world, &progressive_jpeg(900, Blocks::Fine).unwrap()).await;
    let app = world.render_thumbnail(&Faults::none());
    let whole = shown(&app, &file, SMALL).await;
    assert_eq!(whole.status, 200);

    let location = Key::Delivered {
        visibility: Visibility::Public,
        app: file.app.clone(),
        media: file.media.clone(),
        item: Item::Original(Format::Jpeg),
    };
    let location = location.location();
    let object = world.store.find(&location).unwrap();
    assert!(object.body.len() > 512 << 10, "{} bytes", object.body.len());
    let eighth = object.body.slice(..object.body.len() / 8);
    let put = world.store.put(
        &location,
        eighth,
        &object.info.headers,
        Condition::Is(&object.info.etag),
    );
    put.await.unwrap();
    assert_eq!(shown(&app, &file, SMALL).await.body, whole.body);
    assert_eq!(shown(&app, &file, "full/400,400").await.status, 500);
}

#[tokio::test]
async fn what_tells_too_little_is_read_on() {
    let world = large(1);
    // It would be rendered from its preview.
    world.register(|app| app.previews = false);
    let file = published(&world, &progressive_jpeg(3_200, Blocks::Plain).unwrap()).await;
    let faults = Faults::none();
    let app = world.render_thumbnail(&faults);
    let small = shown(&app, &file, SMALL).await;
    assert_eq!(small.status, 200);
    let log = faults.log();
    let of_original = log.iter().filter(|(_, key)| key.contains("original"));
    assert_eq!(of_original.count(), 2, "the object in two parts: {log:?}");
    let picture = image::load_from_memory(&small.body).unwrap();
    assert_eq!(dimensions(&picture), (40, 40));
}

#[tokio::test]
async fn from_s3() {
    let stack = Stack::running();
    for (side, blocks) in [(900, Blocks::Fine), (3_200, Blocks::Plain)] {
        let body = progressive_jpeg(side, blocks).unwrap();
        let shown = ready(&stack, "progressive.jpg", body).await;
        let url = format!("{}/{SMALL}/0/default.png", shown.base());
        let small = pictured(&stack.fetch(&url).await, "image/png");
        let whole = pictured(
            &stack
                .fetch(&format!("{}/full/max/0/default.png", shown.base()))
                .await,
            "image/png",
        );
        // Compares with the means of a 40 × 40 grid, within what Lanczos and rounding change.
        let means = whole.thumbnail_exact(40, 40).to_rgb8();
        let far = small
            .to_rgb8()
            .iter()
            .zip(means.iter())
            .filter(|(one, other)| one.abs_diff(**other) > 40)
            .count();
        assert!(far < 40 * 40 * 3 / 20, "{far} samples are far off");
    }
}
