//! Tests that sums are exact, whatever came late, at once or not at all.

use super::*;

/// Sums that are settled are exact, also of marks that were written minutes after their time, in the middle of what was
/// added up before.
#[tokio::test]
async fn what_was_missed_is_counted_when_sums_are_settled() {
    let stand = stand();
    stand.clock.advance(NOON);
    stand.fill(5_500, 10);
    assert_eq!(stand.whole_count().await, 5_500);
    let now = milliseconds(stand.clock.now());
    for n in 0..300 {
        stand.put(now - 55_000 + 100 * n, 10_000 + n);
    }
    assert_eq!(stand.whole_count().await, 5_500, "they are between others");
    stand.clock.advance(480);
    stand.fill(10, 1);
    assert_eq!(stand.whole_count().await, 5_510);
    stand.clock.advance(120);
    for _ in 0..3 {
        assert!(stand.whole_count().await > 5_510, "some pages each time");
    }
    assert_eq!(stand.whole_count().await, 5_810);
    // The sums are kept: a new process lists what came after them, and no more.
    let process = stand.process();
    let (app, today) = (&stand.app, stand.today());
    let now = stand.clock.now();
    process.usage.count(app, &today, now).await.unwrap();
    assert_eq!(process.faults.calls(), 2, "{:?}", process.faults.log());
}

/// The mark of a message that comes again is the same one, at any age, and with whatever happened before.
#[tokio::test]
async fn a_late_mark_is_neither_lost_nor_doubled() {
    for written_in_time in [true, false] {
        let stand = stand();
        stand.clock.advance(NOON);
        stand.fill(3_000, 10);
        let (process, record) = (stand.process(), stand.accepted("late"));
        let now = stand.clock.now();
        if written_in_time {
            process.usage.mark(&record, 1, now).await.unwrap();
        }
        stand.clock.advance(300);
        let waiting = process.usage.mark(&record, 1, stand.clock.now()).await;
        match waiting {
            Ok(()) => assert!(written_in_time),
            Err(error) => {
                assert!(!written_in_time && matches!(error, Error::Busy { seconds: 180 }));
            }
        }
        stand.clock.advance(300);
        assert_eq!(
            stand.whole_count().await,
            3_000 + u64::from(written_in_time)
        );
        for _ in 0..3 {
            let now = stand.clock.now();
            process.usage.mark(&record, 1, now).await.unwrap();
            assert_eq!((stand.whole_count().await, stand.marks()), (3_001, 3_001));
            stand.clock.advance(1_000);
        }
    }
}

/// Late marks lie behind all others, and are counted each time.
#[tokio::test]
async fn late_marks_are_counted_behind_all_others() {
    let stand = stand();
    stand.clock.advance(NOON);
    stand.fill(1_500, 1_000);
    let process = stand.process();
    let records: Vec<_> = (0..1_200).map(|n| stand.accepted(&n.to_string())).collect();
    stand.clock.advance(600);
    for record in &records {
        let now = stand.clock.now();
        process.usage.mark(record, 1, now).await.unwrap();
    }
    for more in 0..3 {
        stand.fill(10 * more, 1);
        let others = u64::try_from(stand.marks()).unwrap() - 1_200;
        assert_eq!(stand.whole_count().await, others + 1_200);
    }
}

/// Whatever happens to a checkpoint, the count is right.
#[tokio::test]
async fn a_fault_at_any_call_of_a_count_changes_no_count() {
    for fault in Fault::ALL {
        for call in 0..=MOST_CALLS {
            let stand = stand();
            stand.clock.advance(NOON);
            stand.fill(3_500, 200);
            assert_eq!(stand.whole_count().await, 3_500);
            stand.clock.advance(100);
            stand.fill(2_500, 10);
            let faults = Faults::at(call, fault);
            let usage = Usage::new(Arc::new(stand.store.seen_by(&faults)));
            let (app, today, now) = (&stand.app, stand.today(), stand.clock.now());
            if let Ok(count) = usage.count(app, &today, now).await {
                assert_eq!(count.used.media, 6_000, "{fault:?} at {call}");
            }
            assert_eq!(stand.whole_count().await, 6_000, "{fault:?} at {call}");
        }
    }
}

/// One of the processes that count at the same time writes the checkpoint; none adds to what another one added.
#[tokio::test]
async fn processes_that_count_at_once_count_the_same() {
    for seed in 0..20 {
        let stand = stand();
        stand.clock.advance(NOON);
        stand.fill(9_000, 100);
        let store = stand.store.paced_by(&MemoryClock::new(seed));
        let (app, today, now) = (&stand.app, stand.today(), stand.clock.now());
        for _ in 0..3 {
            let counts = (0..10).map(|_| {
                let usage = Usage::new(Arc::new(store.clone()));
                let today = &today;
                async move { usage.count(app, today, now).await.unwrap().used.media }
            });
            let counts = futures_util::future::join_all(counts).await;
            assert!(counts.iter().all(|count| *count <= 9_000), "{counts:?}");
        }
        assert_eq!(stand.whole_count().await, 9_000);
    }
}
