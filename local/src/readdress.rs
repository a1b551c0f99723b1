//! Rewrites the queue URLs in the emulator's snapshot after it moved to another port.
//!
//! The emulator names a queue by its URL, with the port it had when the queue was created, but looks up the queue of
//! an event source mapping under its current port: with a snapshot from another port, no message would ever be
//! received. So the port is changed in the whole snapshot, including queue URLs in stacks and in functions'
//! variables. AWS has nothing like it.
//!
//! The format is that of the emulator pinned in `local/requirements/run.txt`:
//! `http://localhost:{port}/{account}/{name}` in `sqs.json`, and wherever else a queue's URL was given out.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// The part of the emulator's own address before the port.
const HOST: &str = "localhost:";

/// Rewrites `snapshot` as if it had been made by an emulator at `port`.
///
/// # Errors
///
/// An I/O error if the snapshot's files cannot be read or written.
pub fn to_port(snapshot: &Path, port: u16) -> io::Result<()> {
    let queues = snapshot.join("sqs.json");
    if !queues.is_file() {
        return Ok(());
    }
    let text = std::fs::read_to_string(queues)?;
    let mut moved = ports_in(&text);
    moved.remove(port.to_string().as_str());
    if moved.is_empty() {
        return Ok(());
    }
    for entry in std::fs::read_dir(snapshot)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let text = std::fs::read_to_string(&path)?;
            let readdressed = readdress(&text, &moved, port);
            if readdressed != text {
                replace(&path, &readdressed)?;
            }
        }
    }
    Ok(())
}

fn ports_in(text: &str) -> BTreeSet<&str> {
    text.split(HOST).skip(1).filter_map(port_of_queue).collect()
}

fn readdress(text: &str, moved: &BTreeSet<&str>, port: u16) -> String {
    let mut parts = text.split(HOST);
    let mut readdressed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        readdressed.push_str(HOST);
        let old = port_of_queue(part).filter(|old| moved.contains(old));
        match old.and_then(|old| part.strip_prefix(old)) {
            Some(rest) => {
                readdressed.push_str(&port.to_string());
                readdressed.push_str(rest);
            }
            None => readdressed.push_str(part),
        }
    }
    readdressed
}

/// Returns the port of `{port}/{account}/…`, and `None` for other text: a message or a setting may name another
/// server on this machine.
fn port_of_queue(text: &str) -> Option<&str> {
    let (port, path) = text.split_once('/')?;
    let (account, _) = path.split_once('/')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!port.is_empty() && digits(port) && account.len() == 12 && digits(account)).then_some(port)
}

/// Replaces the file atomically, because a snapshot that is half old and half new would be lost.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let passing = path.with_extension("new");
    std::fs::write(&passing, text)?;
    std::fs::rename(passing, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(files: &[(&str, String)], port: u16) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        to_port(directory.path(), port).unwrap();
        let read = |(name, _): &(&str, String)| {
            std::fs::read_to_string(directory.path().join(name)).unwrap()
        };
        files.iter().map(read).collect()
    }

    const ACCOUNT: &str = "000000000000";

    #[test]
    fn queue_urls_get_the_new_port_wherever_they_stand() {
        let queue = |port: u16| format!("http://localhost:{port}/{ACCOUNT}/a");
        let queues = |port| format!(r#"{{"{0}": {{"url": "{0}"}}}}"#, queue(port));
        let other = r#""ORIGIN": "http://localhost:4566/page", "DEEP": "http://localhost:45/000000000000/a""#;
        let variables = |port| format!(r#"{{"QUEUE": "{}", {other}}}"#, queue(port));
        let files = [
            ("sqs.json", queues(4566).as_str()),
            ("lambda.json", variables(4566).as_str()),
        ]
        .map(|(name, text)| (name, text.to_owned()));
        assert_eq!(moved(&files, 81), [queues(81), variables(81)]);
    }

    #[test]
    fn a_snapshot_that_stays_is_left_alone() {
        let files = [
            (
                "sqs.json",
                format!("http://localhost:4566/{ACCOUNT}/a http://localhost:3000/"),
            ),
            ("lambda.json", format!("http://localhost:1234/{ACCOUNT}/a")),
        ];
        assert_eq!(moved(&files, 4566), files.clone().map(|(_, text)| text));
    }

    #[test]
    fn without_a_snapshot_there_is_nothing_to_move() {
        assert!(moved(&[], 4566).is_empty());
    }
}
