//! Tests that messages repeated, out of order, at once and after a fault at any call have the effect of one.

use std::collections::BTreeMap;

use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::{Fault, Faults};
use dozo::ports::metrics::Metric;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::world::{Letter, World};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::redelivery::{deliver, end, files, finish, undisturbed};

#[tokio::test(start_paused = true)]
async fn every_kind_of_file_gets_its_verdict() {
    let (_, _, end) = undisturbed(1).await;
    let verdicts: BTreeMap<_, _> = end
        .records
        .iter()
        .map(|(name, (state, code, _))| (name.as_str(), (*state, code.as_deref())))
        .collect();
    assert_eq!(verdicts["good.png"], (State::Ready, None));
    assert_eq!(verdicts["long.png"], (State::Ready, None));
    assert_eq!(verdicts["good.jpg"], (State::Ready, None));
    assert_eq!(verdicts["猫/../写真 1.webp"], (State::Ready, None));
    assert_eq!(verdicts["anim.gif"], (State::Ready, None));
    assert_eq!(verdicts["drawing.bmp"], (State::Ready, None));
    assert_eq!(verdicts["photo.tif"], (State::Ready, None));
    assert_eq!(
        verdicts["late.dng"],
        (State::Rejected, Some("format_not_supported"))
    );
    assert_eq!(verdicts["cut.png"], (State::Rejected, Some("damaged")));
    assert_eq!(
        verdicts["page.jpg"],
        (State::Rejected, Some("script_not_accepted"))
    );
    assert_eq!(verdicts["empty.png"], (State::Rejected, Some("empty_file")));
    assert_eq!(
        verdicts["wide.png"],
        (State::Rejected, Some("too_many_pixels"))
    );
    assert_eq!(
        verdicts["heavy.bin"],
        (State::Rejected, Some("too_many_bytes"))
    );
    assert_eq!(end.delivered.len(), 8, "seven originals, and a preview");
    assert_eq!(
        end.uploaded.len(),
        12,
        "what is over the byte limit is removed at once"
    );
}

#[tokio::test(start_paused = true)]
async fn ten_times_in_any_order_is_once() {
    let (_, _, expected) = undisturbed(7).await;
    for seed in 0..20 {
        let world = World::new(7);
        let files = files(&world);
        let mut letters = Vec::new();
        for (file, body) in &files {
            world.upload(file, body);
            letters.extend((0..10).map(|copy| Letter::about(file, &format!("m{copy}"))));
        }
        letters.shuffle(&mut StdRng::seed_from_u64(seed));
        for letter in &letters {
            finish(&world, letter).await;
        }
        let files: Vec<_> = files.into_iter().map(|(file, _)| file).collect();
        assert_eq!(end(&world, &files), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn ten_at_once_are_one() {
    let (_, _, expected) = undisturbed(7).await;
    for seed in 0..30 {
        let mut world = World::new(7);
        world.store = world.store.paced_by(&MemoryClock::new(seed));
        let files = files(&world);
        for (file, body) in &files {
            world.upload(file, body);
            let letters: Vec<_> = (0..10)
                .map(|copy| Letter::about(file, &format!("m{copy}")))
                .collect();
            futures_util::future::join_all(letters.iter().map(|letter| finish(&world, letter)))
                .await;
        }
        let files: Vec<_> = files.into_iter().map(|(file, _)| file).collect();
        assert_eq!(end(&world, &files), expected);
        let published = |file: &UploadedFile| {
            let history = world.record(file).unwrap().history;
            history
                .iter()
                .filter(|event| event.what == What::Ready)
                .count()
        };
        assert!(
            files.iter().all(|file| published(file) <= 1),
            "none is published twice"
        );
        assert_eq!(
            (
                world.metrics.of(Metric::MediaReady),
                world.metrics.of(Metric::MediaRejected)
            ),
            (7, 6)
        );
    }
}

/// With any fault at any call, followed by redelivery, the result is that of an undisturbed run.
#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_changes_nothing_in_the_end() {
    let (_, _, expected) = undisturbed(7).await;
    let mut struck = 0;
    for fault in Fault::ALL {
        for index in 0..files(&World::new(7)).len() {
            for call in 0.. {
                let world = World::new(7);
                let files = files(&world);
                for (file, body) in &files {
                    world.upload(file, body);
                }
                let faults = Faults::at(call, fault);
                let letter = Letter::about(&files[index].0, "m");
                let acknowledged = deliver(&world, &letter, &faults).await;
                if faults.calls() <= call {
                    break;
                }
                struck += 1;
                if !acknowledged {
                    finish(
                        &world,
                        &Letter {
                            attempts: 2,
                            ..letter
                        },
                    )
                    .await;
                }
                for (file, _) in &files {
                    finish(&world, &Letter::about(file, "other")).await;
                }
                let files: Vec<_> = files.into_iter().map(|(file, _)| file).collect();
                assert_eq!(
                    end(&world, &files),
                    expected,
                    "{fault:?} at call {call} for {}",
                    files[index].name.as_str()
                );
            }
        }
    }
    assert!(struck > 200, "only {struck} faults struck");
}
