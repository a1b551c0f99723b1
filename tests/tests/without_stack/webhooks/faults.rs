//! Tests deliveries with a fault at any call, and at the same time.

use std::collections::BTreeSet;

use dozo::memory::faults::{Fault, Faults};
use dozo_tests::world::Letter;
use serde_json::json;

use super::{
    HOOK, Mail, announced, answer_with, api, deliveries, hint, more, ready, received, states,
};

/// More calls than a delivery makes.
const CALLS: usize = 12;

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_loses_no_event() {
    for number in 0..CALLS {
        for fault in Fault::ALL {
            let (world, file, _) = announced(1).await;
            let mut mail = Mail::default();
            mail.deliver(&world, &Faults::at(number, fault)).await;
            mail.run(&world, 2_000).await;
            let received: BTreeSet<_> = received(&world).into_iter().collect();
            let expected = BTreeSet::from([format!("{}-1", file.media)]);
            assert_eq!(received, expected, "{fault:?} at {number}");
            assert_eq!(states(&world).await, ["delivered"], "{fault:?} at {number}");
            assert!(mail.waiting.is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_while_the_endpoint_fails_loses_no_event() {
    for number in 0..CALLS {
        for fault in Fault::ALL {
            let (world, file, _) = announced(2).await;
            more(&world, &file, 4).await;
            answer_with(&world, 500);
            let mut mail = Mail::default();
            mail.run(&world, 1).await;
            // One at a time is tried now, and the others are put off.
            world.clock.advance(60);
            mail.deliver(&world, &Faults::at(number, fault)).await;
            answer_with(&world, 200);
            mail.run(&world, 10_000).await;
            assert_eq!(
                states(&world).await,
                ["delivered"; 5],
                "{fault:?} at {number}"
            );
            assert!(mail.waiting.is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_call_of_an_announcement_reaches_the_endpoint_all_the_same() {
    for number in 0..40 {
        for fault in Fault::ALL {
            let (world, file) = ready(3).await;
            super::register(&world).await;
            if !hint(&world, &file, &Faults::at(number, fault)).await {
                // A process that died may have been at work at lists.
                world.clock.advance(1_000);
                assert!(hint(&world, &file, &Faults::none()).await);
            }
            Mail::default().run(&world, 0).await;
            // What was asked for twice may be sent twice, at the same time.
            let received: BTreeSet<_> = received(&world).into_iter().collect();
            let expected = BTreeSet::from([format!("{}-1", file.media)]);
            assert_eq!(received, expected, "{fault:?} at {number}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_processes_with_the_same_message_end_in_one_record() {
    for seed in 0..100 {
        let (mut world, file, _) = announced(seed).await;
        let (_, _) = api(&world, &format!("GET {HOOK}"), None).await;
        let mut mail = Mail::default();
        mail.collect(&world);
        let mut other = Mail {
            waiting: mail.waiting.clone(),
            sent: 100,
        };
        world.store = world.store.paced_by(&world.clock);
        let none = Faults::none();
        tokio::join!(mail.deliver(&world, &none), other.deliver(&world, &none));
        mail.waiting.append(&mut other.waiting);
        mail.run(&world, 2_000).await;
        let received: BTreeSet<_> = received(&world).into_iter().collect();
        assert_eq!(received, BTreeSet::from([format!("{}-1", file.media)]));
        assert_eq!(states(&world).await, ["delivered"], "{seed}");
        assert!(mail.waiting.is_empty());
    }
}

/// Whatever brings a message back early or a second time: the attempts at one event are spread over a day.
#[tokio::test(start_paused = true)]
async fn neither_a_second_message_nor_a_fault_makes_the_attempts_end_sooner() {
    let check = async |copies: usize, faults: Faults| {
        let (world, _, _) = announced(4).await;
        answer_with(&world, 500);
        let mut mail = Mail::default();
        mail.collect(&world);
        let (due, letter) = mail.waiting[0].clone();
        for copy in 1..copies {
            let id = format!("copy-{copy}");
            let letter = letter.clone();
            mail.waiting.push((due, Letter { id, ..letter }));
        }
        mail.deliver(&world, &faults).await;
        mail.run(&world, 85_000).await;
        assert_eq!(states(&world).await, ["waiting"], "{copies} {faults:?}");
        mail.run(&world, 25_000).await;
        let [delivery] = deliveries(&world).await.try_into().unwrap();
        assert_eq!(
            (&delivery["state"], &delivery["attempts"]),
            (&json!("failed"), &json!(9)),
            "{copies} {faults:?}"
        );
        assert!(mail.waiting.is_empty(), "{:?}", mail.waiting);
    };
    for copies in 1..4 {
        check(copies, Faults::none()).await;
    }
    for number in 0..CALLS {
        for fault in Fault::ALL {
            check(1, Faults::at(number, fault)).await;
        }
    }
}
