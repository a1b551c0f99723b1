//! Tests withdrawing a media while its job is under way.

use super::*;

/// Changes the record as an order to suspend does, without any faults.
fn withdraw(world: &World, file: &UploadedFile) {
    let location = Key::Media(file.app.clone(), file.media.clone()).location();
    let object = world.store.find(&location).unwrap();
    let mut record: MediaRecord = serde_json::from_slice(&object.body).unwrap();
    withdrawn(&mut record);
    let text = json!(record).to_string();
    world.store.upload(&location, text.as_bytes());
}

fn withdrawn(record: &mut MediaRecord) {
    let quiet_at = record
        .state_since
        .checked_add(SignedDuration::from_secs(5_000));
    record.resume_state = Some(record.state);
    record.state = State::Suspending;
    record.generation += 1;
    record.withdrawal = Some(Withdrawal::new(quiet_at.unwrap()));
    record.suspension = Some(Suspension {
        reason: SuspendReason::Abuse,
        note: None,
        blocked_by: None,
    });
}

/// A retry while the earlier job is still under way ends that job and starts another, and only the second one's output
/// is published.
#[tokio::test(start_paused = true)]
async fn a_retry_ends_the_job_of_before() {
    let (world, file, id) = begun(20).await;
    let [look] = world.transcoded.take().try_into().expect("one look");
    give_up(&world, letter("look", look.body)).await;
    assert_eq!(state(&world, &file), State::Failed);
    retry(&world, &file).await;
    Post::new(&world).finish().await;
    assert_whole(&world, &file, "tried again");
    let jobs = world.jobs.all();
    assert_eq!(jobs.first(), Some(&(id, JobState::Cancelled)));
    assert_eq!(
        jobs.last().map(|(_, state)| state),
        Some(&JobState::Complete)
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_withdrawn_while_it_is_begun_has_no_job() {
    let (world, _, order) = ordered(21).await;
    let counted = Faults::none();
    begin(&world, &order, &counted).await;
    for moment in 0..counted.calls() {
        let (world, file, order) = ordered(21).await;
        let (store, location, mut made) = (
            world.store.clone(),
            Key::Media(file.app.clone(), file.media.clone()).location(),
            0,
        );
        let faults = Faults::planned(move |_| {
            if made == moment {
                let object = store.find(&location).unwrap();
                let mut record = serde_json::from_slice(&object.body).unwrap();
                withdrawn(&mut record);
                store.upload(&location, json!(record).to_string().as_bytes());
            }
            made += 1;
            None
        });
        assert!(begin(&world, &order, &faults).await, "before {moment}");
        // If a job was started all the same, the first message about it ends it.
        for sent in world.transcoded.take() {
            assert!(tell(&world, &sent.body, &Faults::none()).await);
        }
        let jobs = world.jobs.all();
        let left = jobs
            .iter()
            .filter(|(_, state)| *state != JobState::Cancelled);
        assert_eq!(left.count(), 0, "before {moment}: {jobs:?}");
        assert!(delivered(&world, &file).is_empty(), "before {moment}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_withdrawn_at_the_end_is_published_no_further() {
    let (world, _, event) = completed(22).await;
    let counted = Faults::none();
    tell(&world, &event, &counted).await;
    // Withdrawn before the last look, the media has no master playlist; afterwards it is ready, and is withdrawn as
    // such.
    let master = counted
        .log()
        .iter()
        .position(|(_, on)| on.ends_with("master.m3u8"));
    for moment in 0..master.unwrap() {
        let (world, file, event) = completed(22).await;
        let (store, location, mut made) = (
            world.store.clone(),
            Key::Media(file.app.clone(), file.media.clone()).location(),
            0,
        );
        let faults = Faults::planned(move |_| {
            if made == moment {
                let object = store.find(&location).unwrap();
                let mut record = serde_json::from_slice(&object.body).unwrap();
                withdrawn(&mut record);
                store.upload(&location, json!(record).to_string().as_bytes());
            }
            made += 1;
            None
        });
        assert!(tell(&world, &event, &faults).await, "before {moment}");
        assert_eq!(state(&world, &file), State::Suspending, "before {moment}");
    }
}

/// Deleting a media while its job is under way ends the job, and nothing of it is left.
#[tokio::test(start_paused = true)]
async fn what_is_deleted_ends_its_job() {
    let (world, file, id) = begun(29).await;
    let app = world.suspend_media(&Faults::none());
    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let route = "DELETE /apps/{app}/media/{media}";
    let answer = suspend_media::handle(&app, call(route, &path, &[], None)).await;
    assert_eq!(answer.status_code, 202);
    Post::new(&world).finish().await;
    assert_eq!(state(&world, &file), State::Deleted);
    assert_eq!(world.jobs.all(), [(id, JobState::Cancelled)]);
    assert!(world.store.contents(Bucket::Work).is_empty());
    assert!(world.store.contents(Bucket::Upload).is_empty());
}

/// The media is suspended before the event comes: nothing of it is published, then or later.
#[tokio::test(start_paused = true)]
async fn an_event_after_a_suspension_publishes_nothing() {
    let (world, file, event) = completed(23).await;
    withdraw(&world, &file);
    for _ in 0..3 {
        assert!(tell(&world, &event, &Faults::none()).await);
        world.clock.advance(700);
    }
    assert!(delivered(&world, &file).is_empty());
}
