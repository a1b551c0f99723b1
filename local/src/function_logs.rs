//! Follows the functions' logs into files, one per function, while the stack runs.
//!
//! As on AWS, functions write to CloudWatch Logs only, but a developer wants `tail -f`. The logs are read through the
//! API, so the files show the same as an operator would see.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::signed_http::SignedHttp;
use deployment::aws_cli::list_at;

/// Time between two reads; a shorter one would make no difference to a person.
const EVERY: Duration = Duration::from_secs(2);

/// A running follower.
#[derive(Debug)]
pub struct FunctionLogs {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Follower {
    http: SignedHttp,
    endpoint: String,
    directory: PathBuf,
    /// For each function, its log group and how far it was read.
    positions: BTreeMap<String, Position>,
}

#[derive(Debug)]
struct Position {
    group: String,
    /// Milliseconds since the epoch; more events of this very moment may still arrive.
    from: i64,
    /// Ids of events that are written already and are not older than `from`.
    seen: Vec<String>,
}

impl FunctionLogs {
    /// Follows `groups` (log group by function) from now on, into `<directory>/<function>.log`.
    pub fn follow(
        http: SignedHttp,
        endpoint: &str,
        directory: PathBuf,
        groups: &BTreeMap<String, String>,
    ) -> Self {
        let from = jiff::Timestamp::now().as_millisecond();
        let position = |group: &String| Position {
            group: group.clone(),
            from,
            seen: Vec::new(),
        };
        let positions = groups
            .iter()
            .map(|(function, group)| (function.clone(), position(group)))
            .collect();
        let follower = Follower {
            http,
            endpoint: format!("{endpoint}/"),
            directory,
            positions,
        };
        let (stop, stopped) = watch::channel(false);
        Self {
            stop,
            task: tokio::spawn(follower.run(stopped)),
        }
    }

    /// Reads once more, then stops.
    pub async fn finish(self) {
        self.stop.send(true).unwrap_or_default();
        self.task.await.unwrap_or_default();
    }
}

impl Follower {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        loop {
            let last = tokio::time::timeout(EVERY, stopped.wait_for(|stop| *stop))
                .await
                .is_ok();
            for (function, position) in &mut self.positions {
                let file = self.directory.join(format!("{function}.log"));
                // The stack may be stopping, or the disk may be full: the stack goes on without logs.
                if let Some(lines) = read(&self.http, &self.endpoint, position).await {
                    append(&file, &lines).unwrap_or_default();
                }
            }
            if last {
                return;
            }
        }
    }
}

async fn read(http: &SignedHttp, endpoint: &str, position: &mut Position) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    let mut next: Option<Value> = None;
    let start = position.from;
    loop {
        let mut request = json!({ "logGroupName": position.group, "startTime": start });
        if let (Some(token), Some(fields)) = (&next, request.as_object_mut()) {
            fields.insert("nextToken".to_owned(), token.clone());
        }
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "Logs_20140328.FilterLogEvents"),
        ];
        let answer = http
            .send(
                reqwest::Method::POST,
                endpoint,
                &headers,
                request.to_string(),
            )
            .await
            .ok()?;
        let answer: Value = serde_json::from_str(&answer.body).ok()?;
        lines.extend(
            list_at(&answer, "/events")
                .iter()
                .filter_map(|event| position.take(event)),
        );
        next = answer
            .get("nextToken")
            .filter(|token| token.is_string())
            .cloned();
        if next.is_none() {
            return Some(lines);
        }
    }
}

impl Position {
    /// Returns the event's line, or `None` if it was written before.
    fn take(&mut self, event: &Value) -> Option<String> {
        let time = event.get("timestamp").and_then(Value::as_i64)?;
        let message = event.get("message").and_then(Value::as_str)?;
        let id = event
            .get("eventId")
            .and_then(Value::as_str)
            .unwrap_or(message)
            .to_owned();
        if self.seen.contains(&id) {
            return None;
        }
        if time > self.from {
            self.from = time;
            self.seen.clear();
        }
        self.seen.push(id);
        Some(message.trim_end().to_owned())
    }
}

fn append(file: &std::path::Path, lines: &[String]) -> std::io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    let mut text = lines.join("\n");
    text.push('\n');
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_written_once() {
        let mut position = Position {
            group: String::new(),
            from: 5,
            seen: Vec::new(),
        };
        let event =
            |time: i64, id: &str| json!({ "timestamp": time, "eventId": id, "message": "m\n" });
        assert_eq!(position.take(&event(5, "a")).as_deref(), Some("m"));
        assert_eq!(position.take(&event(5, "a")), None);
        assert_eq!(position.take(&event(5, "b")).as_deref(), Some("m"));
        assert_eq!(position.take(&event(9, "c")).as_deref(), Some("m"));
        assert_eq!(position.from, 9);
        assert_eq!(position.take(&event(9, "c")), None);
    }
}
