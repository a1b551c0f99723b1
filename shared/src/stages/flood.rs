//! Keeps an app that floods from holding up the others: what it brings beyond its share of a minute waits in a queue of
//! its own, which is validated at the same time.
//!
//! S3's notifications carry no message group, so the queue of uploads is not fair by itself. Each process counts the
//! uploads that it receives, by app and by the minute in which S3 took them; nothing is called for that. Its share of a
//! minute is the app's, divided by the number of processes that receive uploads at the same time. So all of them
//! together validate about as many of a flood's files at once as an app may bring in a minute, and hand over the others
//! in one call each, without a look at the file.
//!
//! A message is handed over only if it has waited: where nothing waits, nobody is held up, and an app may bring as much
//! as there is room for. A process that is new begins to count anew, so each lets in its share once more.
//!
//! A message that was handed over is validated from its own queue and never handed over again. A process that dies
//! between the sending and the acknowledgement leaves the message in both queues, and a validation that comes twice
//! does no harm. If the message cannot be sent, it is validated at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::platform::batch::Message;
use crate::ports::clock::Clock;
use crate::ports::queue::Outbox;
use crate::vocabulary::message::upload;
use crate::vocabulary::names::AppId;

/// The seconds that a message has waited before it is handed over.
const PATIENCE_SECONDS: i64 = 10;

/// The number of apps and minutes that a process remembers, the latest ones. Forgetting lets a share in once more.
const REMEMBERED: usize = 1_024;

/// The share of an app, and where the rest goes.
pub struct Flood {
    /// The queue for what is beyond the share.
    bulk: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
    /// The uploads of an app in a minute that this process validates, or `None` for all.
    share: Option<u64>,
    /// The uploads that were received, by minute since 1970 and app.
    received: Mutex<BTreeMap<(i64, AppId), u64>>,
}

impl Flood {
    /// Creates the share of one of `processes` of what an app may bring in a minute; 0 files are any number.
    #[must_use]
    pub fn new(
        bulk: Arc<dyn Outbox>,
        clock: Arc<dyn Clock>,
        files_per_minute: u64,
        processes: u64,
    ) -> Self {
        let share = files_per_minute.div_ceil(processes.max(1));
        Self {
            bulk,
            clock,
            share: Some(share).filter(|share| *share > 0),
            received: Mutex::default(),
        }
    }

    /// Hands a notification about an upload of this app over, if it is beyond the app's share and has waited. Returns
    /// whether it did.
    pub async fn take(&self, app: &AppId, message: &Message) -> bool {
        let Some(share) = self.share else {
            return false;
        };
        // Only S3 says a time; a message without one was sent by us, in its app's group.
        let Some(at) = upload::event_time(&message.body) else {
            return false;
        };
        let at = at.as_second();
        let waited = self.clock.now().as_second().saturating_sub(at);
        if self.count(at.div_euclid(60), app) <= share || waited < PATIENCE_SECONDS {
            return false;
        }
        match self.bulk.send(app, &message.body, 0).await {
            Ok(()) => true,
            Err(error) => {
                let cause = crate::platform::error::causes(&error);
                tracing::warn!(cause, "an upload could not be handed over");
                false
            }
        }
    }

    /// Counts an upload, and returns how many this process has received of the app in that minute.
    fn count(&self, minute: i64, app: &AppId) -> u64 {
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        let count = received.entry((minute, app.clone())).or_default();
        *count = count.saturating_add(1);
        let count = *count;
        if received.len() > REMEMBERED {
            received.pop_first();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::clock::MemoryClock;
    use crate::memory::queue::MemoryQueue;

    const START: i64 = 1_767_225_600;

    fn app(name: &str) -> AppId {
        AppId::parse(name).unwrap()
    }

    /// A notification about an upload that S3 took this many seconds after the start.
    fn message(second: i64) -> Message {
        let at = jiff::Timestamp::from_second(START + second).unwrap();
        let body =
            serde_json::json!({"Records": [{"eventTime": at, "s3": {"object": {"key": "k"}}}]});
        Message {
            id: "m".to_owned(),
            body: body.to_string(),
            deliveries: 1,
            receipt: "r".to_owned(),
        }
    }

    fn flood(files_per_minute: u64, processes: u64) -> (Flood, MemoryClock, MemoryQueue) {
        let (clock, queue) = (MemoryClock::new(1), MemoryQueue::new("BulkUploadsQueue"));
        let (bulk, time) = (Arc::new(queue.clone()), Arc::new(clock.clone()));
        let flood = Flood::new(bulk, time, files_per_minute, processes);
        (flood, clock, queue)
    }

    #[tokio::test]
    async fn an_app_s_share_of_each_minute_stays() {
        let (flood, clock, queue) = flood(5, 2);
        clock.advance(200);
        for minute in [0, 1, 2] {
            for (name, seconds) in [("one", [0, 10, 59]), ("two", [3, 4, 5])] {
                for second in seconds {
                    let message = message(60 * minute + second);
                    assert!(!flood.take(&app(name), &message).await, "three of five");
                }
            }
            // The fourth of each minute is beyond half of five, and the other app's count is its own.
            assert!(flood.take(&app("one"), &message(60 * minute + 30)).await);
        }
        let sent = queue.take();
        assert!(sent.iter().all(|sent| sent.group == "one"));
        let expected = [30, 90, 150].map(|second| message(second).body);
        assert_eq!(
            sent.into_iter().map(|sent| sent.body).collect::<Vec<_>>(),
            expected
        );
    }

    #[tokio::test]
    async fn what_has_not_waited_stays() {
        let (flood, clock, queue) = flood(1, 1);
        for seconds in [0, 9] {
            clock.advance(seconds);
            assert!(!flood.take(&app("one"), &message(0)).await);
        }
        clock.advance(1);
        assert!(flood.take(&app("one"), &message(0)).await);
        assert_eq!(queue.take().len(), 1);
    }

    #[tokio::test]
    async fn nothing_is_handed_over_without_a_share_or_a_time() {
        let (never, clock, queue) = flood(0, 2);
        clock.advance(60);
        for _ in 0..9 {
            assert!(!never.take(&app("one"), &message(0)).await);
        }
        let (flood, ..) = flood(1, 1);
        for body in [
            "",
            "{}",
            r#"{"Records": []}"#,
            r#"{"Records": [{"eventTime": 7}]}"#,
        ] {
            let message = Message {
                body: body.to_owned(),
                ..message(0)
            };
            for _ in 0..9 {
                assert!(!flood.take(&app("one"), &message).await, "{body}");
            }
        }
        assert_eq!(queue.take(), []);
    }

    #[tokio::test]
    async fn the_oldest_minutes_are_forgotten() {
        let (flood, clock, _queue) = flood(1, 1);
        clock.advance(1_000_000);
        for minute in 0..2_000 {
            assert!(!flood.take(&app("one"), &message(60 * minute)).await);
        }
        assert_eq!(flood.received.lock().unwrap().len(), REMEMBERED);
        assert!(flood.take(&app("one"), &message(60 * 1_999)).await);
    }
}
