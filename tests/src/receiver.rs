//! A back end that receives webhooks: `tests/receiver/receive.py`, which verifies them with the public library and knows
//! nothing of Dozo.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stack::{PATIENCE, Stack, until};
use crate::template::workspace;

/// A running receiver of the events of one app; it ends with this value.
#[derive(Debug)]
pub struct Receiver {
    directory: TempDir,
    process: Child,
}

/// The events that came, each once, and the number of deliveries.
#[derive(Debug, Default)]
pub struct Received {
    /// The events by their ids.
    pub events: BTreeMap<String, Value>,
    /// The number of deliveries.
    pub deliveries: usize,
}

impl Receiver {
    /// Starts a receiver, and has all events of an app sent to it.
    ///
    /// # Panics
    /// Panics if it does not start, or the API refuses it.
    pub async fn of(stack: &Stack, app: &str) -> Self {
        let directory = TempDir::with_prefix("dozo-receiver-").unwrap();
        let process = Command::new(workspace().join(".local/venv-test/bin/python3"))
            .arg(workspace().join("tests/receiver/receive.py"))
            .arg(directory.path())
            .spawn()
            .unwrap();
        let receiver = Self { directory, process };
        let port = until("the receiver listens", PATIENCE, async || {
            receiver.read("port")
        });
        let url = format!("http://127.0.0.1:{}/in", port.await);
        let path = format!("/admin/apps/{app}/webhooks/receiver");
        let body = json!({"url": url});
        let reply = stack.admin().send(Method::PUT, &path, &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        let secret = reply.json()["secret"].as_str().unwrap().to_owned();
        std::fs::write(receiver.directory.path().join("secret"), secret).unwrap();
        receiver
    }

    fn read(&self, name: &str) -> Option<String> {
        let path: &Path = self.directory.path();
        std::fs::read_to_string(path.join(name)).ok()
    }

    /// Returns what came so far.
    ///
    /// # Panics
    /// Panics if an id came with two contents, or another id in the header than in the event.
    #[must_use]
    pub fn received(&self) -> Received {
        let mut received = Received::default();
        let text = self.read("received").unwrap_or_default();
        // The last line may be half written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for line in whole.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let event = line["event"].clone();
            let id = event["id"].as_str().unwrap().to_owned();
            assert_eq!(line["webhook_id"], event["id"]);
            received.deliveries += 1;
            let before = received.events.insert(id, event.clone());
            assert!(before.is_none_or(|before| before == event), "{event}");
        }
        received
    }

    /// Waits until an event of this type has come for each of these media.
    pub async fn until_told(&self, kind: &str, media: &BTreeSet<String>) -> Received {
        let what = format!("{kind} for {} media", media.len());
        until(&what, PATIENCE * 4, async || {
            let received = self.received();
            let events = received.events.values();
            let of_kind = events.filter(|event| event["type"] == kind);
            let told: BTreeSet<_> = of_kind
                .filter_map(|event| event["subject"].as_str().map(str::to_owned))
                .collect();
            told.is_superset(media).then_some(received)
        })
        .await
    }
}

impl Received {
    /// Checks that the numbers of each subject's events begin with 1 and have no gap.
    ///
    /// # Panics
    /// Panics if they do not.
    pub fn assert_without_gap(&self) {
        let mut numbers: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for event in self.events.values() {
            let number = event["sequence"].as_str().unwrap().parse().unwrap();
            let of_subject = numbers.entry(event["subject"].as_str().unwrap());
            of_subject.or_default().insert(number);
        }
        for (subject, numbers) in numbers {
            let last = *numbers.last().unwrap();
            assert!(
                numbers.iter().copied().eq(1..=last),
                "{subject}: {numbers:?}"
            );
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
