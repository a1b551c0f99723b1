//! Tests that what is lost is found again: messages that never arrive, and uploads whose event never came.

mod backlog;
mod expired;
mod given_up;
mod interrupted;
mod lost;
mod marks;
mod renewed;
mod stale;
mod uploads;

use dozo::memory::faults::Faults;
use dozo::stages::sweep::Found;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, far};
use image::ImageFormat;

/// Longer than the longest wait for a message, in seconds.
const LONG: u32 = GRACE.stage_seconds * 33;

fn good(shade: u8) -> Vec<u8> {
    picture(ImageFormat::Png, 20, 10, shade).unwrap()
}

/// Runs the sweeper once, without faults.
async fn sweep(world: &World) -> Found {
    let function = world.sweep_lost(&Faults::none());
    sweep_lost::handle(&function, far()).await.unwrap()
}

fn state(world: &World, file: &UploadedFile) -> State {
    world.record(file).unwrap().state
}

/// Returns the keys in RECORDS under a folder.
fn marks(world: &World, folder: &str) -> Vec<String> {
    let all = world.store.contents(Bucket::Records).into_keys();
    all.filter(|key| key.starts_with(folder)).collect()
}

/// Uploads a PDF and loses the order to split it: the media stays `processing`.
async fn stuck(world: &World, name: &str) -> UploadedFile {
    let file = world.file(name);
    world.upload(&file, &dozo_tests::pdfs::plain(1));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
    assert_eq!(world.pdfs.take().len(), 1);
    assert_eq!(state(world, &file), State::Processing);
    file
}

/// Delivers all messages that are in the queues.
async fn deliver(world: &World) {
    Post::new(world).finish().await;
}
