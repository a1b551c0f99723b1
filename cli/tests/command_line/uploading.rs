//! Tests `dozo upload` against a platform in memory: whatever ends a run early, it tells of every file that arrived.

use std::collections::BTreeMap;

use serde_json::Value;
use tempfile::TempDir;

use crate::platform::{Platform, Ran};

async fn with(files: &[&str]) -> (Platform, TempDir) {
    let (platform, folder) = (Platform::new().await, tempfile::tempdir().unwrap());
    for name in files {
        std::fs::write(folder.path().join(name), format!("bytes of {name}")).unwrap();
    }
    (platform, folder)
}

/// Returns the state that was told of each file.
fn states(ran: &Ran) -> BTreeMap<String, String> {
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = answer["items"].as_array().unwrap().iter();
    items
        .map(|item| (text(&item["file"]), text(&item["state"])))
        .collect()
}

fn told(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    let files = files.iter();
    files
        .map(|(name, state)| ((*name).to_owned(), (*state).to_owned()))
        .collect()
}

fn arrived(platform: &Platform) -> usize {
    let held = platform.held();
    let put = held.objects.keys().filter(|(bucket, _)| bucket == "upload");
    put.count()
}

/// The number of the first call that has this text, in a run to its end.
async fn call_with(text: &str, files: &[&str]) -> usize {
    let (platform, folder) = with(files).await;
    let arguments = [&["upload", "--wait", "0"], files].concat();
    platform.dozo(folder.path(), &arguments, None).await;
    let calls = platform.held().calls.clone();
    let place = calls.iter().position(|call| call.contains(text));
    place.unwrap_or_else(|| panic!("{text}: {calls:?}"))
}

/// Ctrl-C once did nothing while the results were waited for.
#[tokio::test]
async fn ctrl_c_ends_the_wait_for_results() {
    let files = ["a.jpg", "slow.jpg"];
    let at = call_with("/media?upload=", &files).await;
    for more in [&["--json"][..], &[]] {
        let (platform, folder) = with(&files).await;
        let arguments = [&["upload"], &files[..], more].concat();
        let ran = platform.interrupted(folder.path(), &arguments, at).await;
        assert_eq!((ran.code, arrived(&platform)), (130, 2), "{ran:?}");
        if more.is_empty() {
            for name in files {
                let media = format!("upload0-{name}");
                assert!(ran.stdout.contains(&media), "{ran:?}");
            }
        } else {
            let wanted = told(&[("a.jpg", "undecided"), ("slow.jpg", "undecided")]);
            assert_eq!(states(&ran), wanted);
        }
    }
}

/// Ctrl-C once hid the files that had arrived, so that the same command uploaded them a second time.
#[tokio::test]
async fn ctrl_c_tells_of_files_that_arrived() {
    let files = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg"];
    for (more, state) in [(&[][..], "undecided"), (&["--no-wait"], "uploaded")] {
        let (platform, folder) = with(&files).await;
        let arguments = [&["upload", "--json"], &files[..], more].concat();
        // The grant is the first call, and four files are sent at once: when the sixth is, two have arrived at least.
        let ran = platform.interrupted(folder.path(), &arguments, 6).await;
        assert_eq!(ran.code, 130, "{ran:?}");
        let states = states(&ran);
        assert!(states.len() >= 2, "{ran:?}");
        assert!(states.values().all(|told| told == state), "{ran:?}");
    }
}

#[tokio::test]
async fn a_failure_while_waiting_tells_of_files_that_arrived() {
    let (platform, folder) = with(&["a.jpg", "b.jpg"]).await;
    platform.held().is_hidden = true;
    let arguments = ["upload", "--json", "a.jpg", "b.jpg"];
    let ran = platform.dozo(folder.path(), &arguments, None).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("forbidden"), "{ran:?}");
    let wanted = told(&[("a.jpg", "undecided"), ("b.jpg", "undecided")]);
    assert_eq!(states(&ran), wanted);
}

/// A reader that had enough once ended the upload, which claimed success.
#[tokio::test]
async fn a_closed_standard_output_neither_stops_the_work_nor_hides_its_outcome() {
    for more in [&["--json"][..], &["--no-wait"], &[]] {
        let (platform, folder) = with(&["a.txt", "b.jpg"]).await;
        let arguments = [&["upload", "a.txt", "b.jpg"], more].concat();
        let mut child = platform.command(folder.path(), &arguments).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().await.unwrap();
        assert_eq!(arrived(&platform), 2);
        let is_judged = more != ["--no-wait"];
        let code = output.status.code();
        assert_eq!(code, Some(i32::from(is_judged)), "{more:?}: {output:?}");
        let calls = platform.held().calls.clone();
        let asked = calls.iter().any(|call| call.contains("/media?upload="));
        assert_eq!(asked, is_judged, "{calls:?}");
    }
}

/// A file that was written to during its upload was once published, and reported as not uploaded.
#[tokio::test]
async fn a_file_that_changes_is_not_sent() {
    let (platform, folder) = with(&["a.jpg", "b.jpg"]).await;
    platform.held().rewritten = Some(folder.path().join("a.jpg"));
    let arguments = ["upload", "--json", "a.jpg", "b.jpg"];
    let ran = platform.dozo(folder.path(), &arguments, None).await;
    assert_eq!((ran.code, arrived(&platform)), (2, 1), "{ran:?}");
    let wanted = told(&[("a.jpg", "not_uploaded"), ("b.jpg", "ready")]);
    assert_eq!(states(&ran), wanted);
}
