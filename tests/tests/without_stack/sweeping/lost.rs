//! Tests that everything ends well when any message may be lost.

use dozo::memory::faults::Faults;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::state::State;
use dozo_tests::clips::film;
use dozo_tests::pdfs;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World, call};

use crate::sweeping::{LONG, good, marks, sweep};

/// The share of the messages that never arrive.
const LOST: f64 = 0.05;

/// The most runs of the sweeper that may be needed.
const ROUNDS: u32 = 5;

fn files(world: &World) -> Vec<(UploadedFile, Vec<u8>)> {
    let picture = |number: u8| (world.file(&format!("{number}.png")), good(number));
    let document = |number: usize| {
        let name = format!("{number}.pdf");
        (world.file(&name), pdfs::plain(number * 6))
    };
    let video = |number: u16| {
        let name = format!("{number}.webm");
        (world.file(&name), film(64 + number * 2, 64, 1_000.0))
    };
    let bad = (world.file("bad.png"), b"no picture".to_vec());
    let pictures = (0..20).map(picture);
    let rest = (1..5).map(document).chain((0..5).map(video));
    pictures.chain(rest).chain([bad]).collect()
}

/// Sweeps and delivers until all files are in a state that is an end.
async fn end(world: &World, post: &mut Post<'_>, files: &[UploadedFile]) {
    let is_at_rest = |file: &UploadedFile| {
        let record = world.record(file);
        record.is_some_and(|record| record.state.is_at_rest())
    };
    post.finish().await;
    for _ in 0..ROUNDS {
        if files.iter().all(is_at_rest) {
            return;
        }
        world.clock.advance(LONG);
        sweep(world).await;
        post.finish().await;
    }
    let left: Vec<_> = files.iter().filter(|file| !is_at_rest(file)).collect();
    assert!(left.is_empty(), "{left:?}");
}

async fn ask(world: &World, file: &UploadedFile, route: &str, body: Option<&str>) {
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let app = world.suspend_media(&Faults::none());
    let answer = suspend_media::handle(&app, call(route, &path, &[], body)).await;
    assert_eq!(answer.status_code, 202, "{route}");
}

async fn all_end_well(seed: u64, has_service: bool) -> u32 {
    let mut world = World::new(seed);
    world.has_service = has_service;
    let files = files(&world);
    let mut post = Post::new(&world).losing(LOST, seed);
    for (file, body) in &files {
        world.upload(file, body);
        post.notify(Letter::about(file, "s3"));
    }
    let files: Vec<_> = files.into_iter().map(|(file, _)| file).collect();
    end(&world, &mut post, &files).await;
    for file in &files {
        let record = world.record(file).unwrap();
        let expected = if file.name.as_str() == "bad.png" {
            State::Rejected
        } else {
            State::Ready
        };
        assert_eq!(record.state, expected, "{record:?}");
    }
    for (number, file) in files
        .iter()
        .filter(|file| file.name.as_str() != "bad.png")
        .enumerate()
    {
        match number % 3 {
            0 => {
                let route = "POST /admin/apps/{app}/media/{media}/suspend";
                ask(&world, file, route, Some(r#"{"reason": "other"}"#)).await;
            }
            1 => {
                let route = "POST /apps/{app}/media/{media}/visibility";
                ask(&world, file, route, Some(r#"{"visibility": "private"}"#)).await;
            }
            _ => ask(&world, file, "DELETE /apps/{app}/media/{media}", None).await,
        }
    }
    end(&world, &mut post, &files).await;
    for (number, file) in files
        .iter()
        .filter(|file| file.name.as_str() != "bad.png")
        .enumerate()
    {
        let expected = [State::Suspended, State::Ready, State::Deleted];
        assert_eq!(world.record(file).unwrap().state, expected[number % 3]);
    }
    // Nothing is left of it.
    world.clock.advance(LONG);
    sweep(&world).await;
    for folder in ["begun/", "stuck/", "failed/"] {
        assert_eq!(marks(&world, folder), Vec::<String>::new());
    }
    post.lost
}

#[tokio::test(start_paused = true)]
async fn everything_ends_when_one_message_in_twenty_is_lost() {
    let mut lost = 0;
    for seed in 0..6 {
        lost += Box::pin(all_end_well(seed, false)).await;
        lost += Box::pin(all_end_well(seed, true)).await;
    }
    assert!(lost > 100, "{lost}");
}
