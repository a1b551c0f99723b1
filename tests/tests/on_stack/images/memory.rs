//! Helpers for rendering on the in-memory platform.

use dozo::memory::faults::Faults;
use dozo::stages::render::Reply;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::world::{self, Letter, World};

/// Makes a world whose limits allow large pictures.
pub(crate) fn large(seed: u64) -> World {
    let limits = Limits {
        image_bytes: 10_000_000,
        image_pixels: 20_000_000,
        image_frames: 1,
        ..Limits::STANDARD
    };
    World::with_limits(seed, limits)
}

/// Uploads and publishes a file.
pub(crate) async fn published(world: &World, picture: &[u8]) -> UploadedFile {
    let file = world.file("picture");
    world.upload(&file, picture);
    let stage = world.validate_upload(&Faults::none());
    let batch = Letter::batch(&[Letter::about(&file, "1")]);
    let settled = validate_upload::handle(&stage, batch).await;
    assert!(settled.batch_item_failures.is_empty());
    file
}

/// Renders a region and size of the file's image as a JPEG.
pub(crate) async fn shown(
    app: &render_thumbnail::Function,
    file: &UploadedFile,
    asked: &str,
) -> Reply {
    let path = format!(
        "/public/demo/{}/iiif/image/{asked}/0/default.jpg",
        file.media
    );
    let event = world::request("GET", &path, &[]);
    render_thumbnail::handle(app, event, world::far()).await
}
