//! Tests the way from a job's end, however it is announced, to the publication of its output.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_of_the_end_leaves_one_set_of_outputs() {
    let (world, _, event) = completed(5).await;
    let counted = Faults::none();
    assert!(tell(&world, &event, &counted).await);
    let calls = counted.calls();
    assert!(calls > 60, "{calls}");
    for fault in Fault::ALL {
        for number in 0..calls {
            let (world, file, event) = completed(6).await;
            if !tell(&world, &event, &Faults::at(number, fault)).await {
                world.clock.advance(700);
                tell_until_heard(&world, &event).await;
            }
            assert_whole(&world, &file, &format!("{fault:?} at call {number}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_events_at_once_publish_once() {
    for seed in 0..50 {
        let (mut world, file, event) = completed(seed).await;
        world.store = world.store.paced_by(&world.clock);
        let (none, other) = (Faults::none(), Faults::none());
        let (one, two) = tokio::join!(tell(&world, &event, &none), tell(&world, &event, &other));
        assert!(one || two, "seed {seed}");
        world.clock.advance(700);
        tell_until_heard(&world, &event).await;
        assert_whole(&world, &file, &format!("seed {seed}"));
    }
}

#[tokio::test(start_paused = true)]
async fn events_in_any_order_come_to_the_same() {
    const WORDS: [&str; 4] = ["STATUS_UPDATE", "COMPLETE", "STATUS_UPDATE", "COMPLETE"];
    for first in 0..WORDS.len() {
        let (world, file, id) = begun(10).await;
        let early = world.jobs.event(&id, "STATUS_UPDATE");
        world.jobs.complete(&id, &world.store);
        for turn in 0..WORDS.len() {
            let word = WORDS[(first + turn) % WORDS.len()];
            let event = if word == "COMPLETE" {
                world.jobs.event(&id, word)
            } else {
                early.clone()
            };
            assert!(
                tell(&world, &event, &Faults::none()).await,
                "{first} {turn}"
            );
        }
        assert_whole(&world, &file, &format!("from {first}"));
    }
}

/// The service may announce a job's end before it reports the job as ended.
#[tokio::test(start_paused = true)]
async fn an_event_ahead_of_its_job_is_not_lost() {
    let (world, file, id) = begun(11).await;
    let event = world.jobs.event(&id, "COMPLETE");
    assert!(tell(&world, &event, &Faults::none()).await);
    assert_eq!(state(&world, &file), State::Processing);
    Post::new(&world).finish().await;
    assert_whole(&world, &file, "looked at soon");
}

/// No event ever comes: our own looks find the end, and there is one chain of them, however often they come.
#[tokio::test(start_paused = true)]
async fn a_job_of_which_nothing_is_heard_is_looked_at() {
    let (world, file, id) = begun(12).await;
    let [mut look] = world.transcoded.take().try_into().expect("one look");
    for _ in 0..10 {
        world.clock.advance(look.delay_seconds);
        for _ in 0..3 {
            assert!(tell(&world, &look.body, &Faults::none()).await);
        }
        let [next] = world
            .transcoded
            .take()
            .try_into()
            .expect("one look after another");
        look = next;
    }
    world.jobs.complete(&id, &world.store);
    assert!(tell(&world, &look.body, &Faults::none()).await);
    assert_whole(&world, &file, "looked at");
    assert!(world.transcoded.take().is_empty());
}

/// Whatever strikes a look, another follows.
#[tokio::test(start_paused = true)]
async fn looks_go_on_whatever_strikes_one() {
    for fault in Fault::ALL {
        for number in 0.. {
            let (world, _, _) = begun(13).await;
            let [look] = world.transcoded.take().try_into().expect("one look");
            let faults = Faults::at(number, fault);
            if !tell(&world, &look.body, &faults).await {
                tell_until_heard(&world, &look.body).await;
            }
            let left = world.transcoded.take();
            assert!(!left.is_empty(), "{fault:?} at call {number}");
            if faults.calls() <= number {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_of_others_are_none_of_ours() {
    let (world, file, id) = begun(14).await;
    let event: Value = serde_json::from_str(&world.jobs.event(&id, "COMPLETE")).unwrap();
    for metadata in [json!({}), json!({"customer": "7"})] {
        let mut theirs = event.clone();
        theirs["detail"]["userMetadata"] = metadata;
        for status in ["COMPLETE", "ERROR", "CANCELED", "STATUS_UPDATE"] {
            theirs["detail"]["status"] = json!(status);
            assert!(tell(&world, &theirs.to_string(), &Faults::none()).await);
        }
    }
    // The event is of another stack, with a media of the same id.
    let mut other = event.clone();
    other["detail"]["userMetadata"]["dozo-work"] = json!("other-work");
    assert!(tell(&world, &other.to_string(), &Faults::none()).await);
    // The event claims to be ours, but its job belongs to another attempt.
    let mut forged = event.clone();
    forged["detail"]["userMetadata"]["dozo-attempt"] = json!("0000");
    assert!(tell(&world, &forged.to_string(), &Faults::none()).await);
    assert_eq!(world.jobs.all(), [(id, JobState::Working { percent: 0 })]);
    assert_eq!(state(&world, &file), State::Processing);
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_and_never_goes_back() {
    let (world, file, id) = begun(16).await;
    let shown = async || {
        let app = world.show_media(&Faults::none());
        let media = file.media.to_string();
        let path = [("app", "demo"), ("media", media.as_str())];
        let event = call("GET /apps/{app}/media/{media}", &path, &[], None);
        let answer = show_media::handle(&app, event).await;
        let Some(aws_lambda_events::encodings::Body::Text(text)) = answer.body else {
            panic!("no answer")
        };
        let answer: Value = serde_json::from_str(&text).unwrap();
        answer["progress"]["done"].as_u64().unwrap()
    };
    let mut events = Vec::new();
    for percent in [25, 75] {
        world.jobs.set(&id, JobState::Working { percent });
        events.push(world.jobs.event(&id, "STATUS_UPDATE"));
    }
    assert_eq!(shown().await, 0);
    tell(&world, &events[1], &Faults::none()).await;
    assert_eq!(shown().await, 6);
    tell(&world, &events[0], &Faults::none()).await;
    assert_eq!(shown().await, 6, "an older event came later");
    // If recording progress fails, it is not retried, as long as it was known whether the job is wanted.
    let strikes = Faults::at(2, Fault::Refused);
    assert!(tell(&world, &events[1], &strikes).await);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_decoded_is_refused() {
    let (world, file, id) = begun(17).await;
    world.jobs.set(&id, failed(1_030));
    let event = world.jobs.event(&id, "ERROR");
    assert!(tell(&world, &event, &Faults::none()).await);
    let record = world.record(&file).unwrap();
    assert_eq!(record.state, State::Rejected);
    assert_eq!(record.rejection.unwrap().code, "undecodable");
    assert!(delivered(&world, &file).is_empty());
    assert!(tell(&world, &event, &Faults::none()).await);
}

fn failed(code: i32) -> JobState {
    JobState::Failed {
        code,
        message: "s3://bucket/and/key".to_owned(),
    }
}

/// A failure that is ours or AWS's fails the media with a reason, and a retry makes it ready.
#[tokio::test(start_paused = true)]
async fn a_job_that_fails_can_be_tried_again() {
    for (state_of_job, word, code) in [
        (failed(1_401), "ERROR", "job_failed"),
        (failed(1_999), "ERROR", "job_failed"),
        (JobState::Cancelled, "CANCELED", "job_cancelled"),
    ] {
        let (world, file, id) = begun(18).await;
        let looks = world.transcoded.take();
        assert_eq!(looks.len(), 1);
        world.jobs.set(&id, state_of_job);
        let event = world.jobs.event(&id, word);
        let mut dead = letter("event", event);
        for attempts in 1..=5 {
            dead.attempts = attempts;
            let app = world.finish_transcode(&Faults::none());
            let batch = Letter::batch(std::slice::from_ref(&dead));
            let response = finish_transcode::handle(&app, batch, far()).await;
            assert_eq!(response.batch_item_failures.len(), 1);
        }
        give_up(&world, dead).await;
        let record = world.record(&file).unwrap();
        assert_eq!(record.state, State::Failed);
        let failure = record.last_error.unwrap();
        assert_eq!((failure.code.as_str(), failure.attempts), (code, 5));
        assert_eq!(failure.stage.as_str(), "finish-transcode");
        assert!(!failure.message.contains("s3://"), "{}", failure.message);
        retry(&world, &file).await;
        Post::new(&world).finish().await;
        assert_whole(&world, &file, code);
    }
}

/// A progress event that was given up is no failure: more of them come, and the end is announced separately.
#[tokio::test(start_paused = true)]
async fn dead_letters_fail_a_media_only_where_nothing_else_would_end_it() {
    let (world, file, id) = begun(19).await;
    let news = letter("news", world.jobs.event(&id, "STATUS_UPDATE"));
    give_up(&world, news).await;
    assert_eq!(state(&world, &file), State::Processing);
    let [look] = world.transcoded.take().try_into().expect("one look");
    give_up(&world, letter("look", look.body)).await;
    let record = world.record(&file).unwrap();
    assert_eq!(record.state, State::Failed);
    assert_eq!(record.last_error.unwrap().code, STAGE_CRASHED);
    // The job goes on, and is cancelled at its next event.
    let event = world.jobs.event(&id, "STATUS_UPDATE");
    assert!(tell(&world, &event, &Faults::none()).await);
    assert_eq!(world.jobs.all(), [(id, JobState::Cancelled)]);
}

/// The function runs out of time between two rounds: another one copies the rest, and nothing is copied twice.
#[tokio::test(start_paused = true)]
async fn what_takes_longer_than_a_function_has_goes_on_in_another() {
    let (world, file, event) = completed(24).await;
    let app = world.finish_transcode(&Faults::none());
    let batch = Letter::batch(&[letter("event", event)]);
    let soon = SystemTime::now() + Duration::from_secs(20);
    let response = finish_transcode::handle(&app, batch, soon).await;
    assert!(response.batch_item_failures.is_empty());
    assert_eq!(state(&world, &file), State::Processing);
    assert!(!delivered(&world, &file).contains_key("hls/master.m3u8"));
    let mut sent = world.transcoded.take();
    let rest = sent.pop().expect("the rest");
    assert_eq!(rest.delay_seconds, 0);
    assert!(tell(&world, &rest.body, &Faults::none()).await);
    assert_whole(&world, &file, "in two runs");
}

/// A film of many segments is copied in rounds, and continues where it stopped.
#[tokio::test(start_paused = true)]
async fn a_long_film_goes_on_where_it_stopped() {
    let (world, file, id) = begun(28).await;
    world.jobs.complete_in(&id, &world.store, 60);
    let event = world.jobs.event(&id, "COMPLETE");
    let counted = Faults::none();
    let copies = |faults: &Faults| {
        let log = faults.log();
        let copies = log.iter().filter(|(call, _)| call.name == "s3:copy-to");
        copies.count()
    };
    // The process dies at the first object of the third round.
    let mut made = 0;
    let dies = Faults::planned(move |_| {
        made += 1;
        (made == 620).then_some(Fault::DiesBefore)
    });
    assert!(!tell(&world, &event, &dies).await);
    let before = copies(&dies);
    world.clock.advance(700);
    assert!(tell(&world, &event, &counted).await);
    assert_eq!(state(&world, &file), State::Ready);
    let all = 5 * 61 + 2;
    assert!(
        before > 128 && before + copies(&counted) <= all + 128,
        "{before} and {} of {all}",
        copies(&counted)
    );
    // The playlists, captions with theirs, two sheets and the storyboard that names them.
    assert_eq!(delivered(&world, &file).len(), all + 6 + 2 + 3);
}

/// The process dies before a sheet of the storyboard is put; another one puts that sheet and no earlier one.
#[tokio::test(start_paused = true)]
async fn a_storyboard_goes_on_where_it_stopped() {
    let (world, file, id) = begun(29).await;
    world.jobs.complete_in(&id, &world.store, 60);
    let event = world.jobs.event(&id, "COMPLETE");
    let puts = |faults: &Faults, sheet: &str| {
        let log = faults.log();
        let is_put =
            |(call, on): &&(Call, String)| call.name.starts_with("s3:put") && on.ends_with(sheet);
        log.iter().filter(is_put).count()
    };
    let all = Faults::none();
    assert!(tell(&world, &event, &all).await);
    let second = |(_, on): &(Call, String)| on.ends_with("storyboard/2.jpg");
    let moment = all.log().iter().position(second).unwrap();

    let (world, file_of_two, id) = begun(29).await;
    world.jobs.complete_in(&id, &world.store, 60);
    let dies = Faults::at(moment, Fault::DiesBefore);
    assert!(!tell(&world, &event, &dies).await);
    let objects = delivered(&world, &file_of_two);
    assert!(objects.contains_key("storyboard/1.jpg"));
    for later in ["storyboard/2.jpg", "storyboard.vtt", "hls/master.m3u8"] {
        assert!(!objects.contains_key(later), "{later}");
    }
    world.clock.advance(700);
    let rest = Faults::none();
    assert!(tell(&world, &event, &rest).await);
    assert_eq!(state(&world, &file_of_two), State::Ready);
    let (first, second) = ("storyboard/1.jpg", "storyboard/2.jpg");
    assert_eq!((puts(&rest, first), puts(&rest, second)), (0, 1));
    assert_eq!(file, file_of_two);
}
