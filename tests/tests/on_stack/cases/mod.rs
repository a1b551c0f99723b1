//! Tests files of the kinds that strangers upload, each through the deployed stack, against an expected outcome.
//!
//! The files are in `tests/cases`, and the README of each folder describes them. A new case is one file there and one
//! line in a table here; a file without a line fails, and so does a line without a file.

mod av;
mod documents;
mod images;
mod picture;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dozo_tests::stack::{DEMO, Grant, Stack, until};
use serde_json::Value;

/// The longest wait for a verdict on a file; pages that never end are given up after 20 s each.
const PATIENCE: Duration = Duration::from_secs(240);

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(of)
}

fn file(of: &str, name: &str) -> Vec<u8> {
    let path = folder(of).join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Asserts that a table names exactly the files in the folder.
fn assert_whole<'a>(of: &str, named: impl Iterator<Item = &'a str>) {
    let named: BTreeSet<String> = named.map(str::to_owned).collect();
    let files = std::fs::read_dir(folder(of)).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.filter(|name| name != "README.md").collect();
    assert_eq!(named, files, "left: the table, right: tests/cases/{of}");
}

/// A file's media, once its outcome is known.
struct Case<'a> {
    stack: &'a Stack,
    name: &'a str,
    /// The media as the API shows it.
    shown: Value,
}

impl<'a> Case<'a> {
    async fn decided(stack: &'a Stack, grant: &Grant, name: &'a str) -> Self {
        let media = grant.media(name);
        let what = format!("a verdict on {name}");
        let shown = until(&what, PATIENCE, || async {
            let shown = stack.show(DEMO, &media).await?;
            let decided = ["ready", "rejected", "failed"].contains(&shown["state"].as_str()?);
            decided.then_some(shown)
        });
        Self {
            stack,
            name,
            shown: shown.await,
        }
    }

    fn state(&self) -> &str {
        self.shown["state"].as_str().unwrap()
    }

    fn assert_ready(&self) {
        assert_eq!(self.state(), "ready", "{}: {}", self.name, self.shown);
    }

    /// Asserts that the file was rejected with this code (any code if it is empty), and that its message contains all
    /// of `says` and none of `never`, ignoring case.
    fn assert_refused(&self, code: &str, says: &[&str], never: &[&str]) {
        let (name, shown) = (self.name, &self.shown);
        assert_eq!(self.state(), "rejected", "{name}: {shown}");
        if !code.is_empty() {
            assert_eq!(shown["rejection"]["code"], code, "{name}: {shown}");
        }
        let sentence = shown["rejection"]["message"].as_str().unwrap();
        let lower = sentence.to_lowercase();
        for part in says {
            assert!(lower.contains(&part.to_lowercase()), "{name}: {sentence}");
        }
        for part in never {
            assert!(!lower.contains(&part.to_lowercase()), "{name}: {sentence}");
        }
        assert!(shown.get("urls").is_none(), "{name}: {shown}");
    }

    fn url(&self, of: &str) -> &str {
        let url = self.shown["urls"][of].as_str();
        url.unwrap_or_else(|| panic!("{}: no {of}: {}", self.name, self.shown))
    }

    async fn fetch(&self, url: &str) -> Vec<u8> {
        let reply = self.stack.fetch(url).await;
        let text = String::from_utf8_lossy(&reply.body);
        let shown = &text[..text.floor_char_boundary(300)];
        assert_eq!(reply.status, 200, "{}: {url}: {shown}", self.name);
        reply.body.to_vec()
    }
}

/// Uploads all files of a table, each under its own name.
async fn put_all<'a>(stack: &Stack, of: &str, names: impl Iterator<Item = &'a str>) -> Grant {
    let grant = stack.grant().await;
    for name in names {
        stack.put(&grant, name, file(of, name)).await;
    }
    grant
}
