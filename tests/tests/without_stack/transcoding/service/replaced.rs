//! Tests an upload that is replaced while the outputs of its job are on their way to viewers.

use super::*;

/// Lets the process die right after its first copy into delivery.
async fn dies_while_it_copies(world: &World, event: &str) {
    for number in 0.. {
        tell(world, event, &Faults::at(number, Fault::DiesAfter)).await;
        if !world.store.contents(Bucket::Delivery).is_empty() {
            return;
        }
        // The next process waits until the claim of the dead one has ended.
        world.clock.advance(2_000);
    }
}

/// It was rejected as overwritten once, and what was copied stayed in delivery.
#[tokio::test(start_paused = true)]
async fn a_film_that_is_published_in_part_is_not_rejected() {
    let (world, file, event) = completed(31).await;
    dies_while_it_copies(&world, &event).await;
    world.upload(&file, &film(640, 360, 8_000.0));
    world.clock.advance(10_000);
    let stage = world.validate_upload(&Faults::none());
    let batch = Letter::batch(&[Letter::about(&file, "another version")]);
    let response = validate_upload::handle(&stage, batch).await;
    assert!(response.batch_item_failures.is_empty());
    assert_eq!(world.record(&file).unwrap().state, State::Processing);
    tell_until_heard(&world, &event).await;
    assert_eq!(world.record(&file).unwrap().state, State::Ready);
}
