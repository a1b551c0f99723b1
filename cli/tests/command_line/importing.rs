//! Tests `dozo import` against a platform in memory: what becomes of each object, and that nothing comes in twice wherever
//! a run is killed.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::platform::{Kill, Platform, Ran};

const IMPORT: [&str; 2] = ["import", "s3://old/pictures"];

/// The objects of the source: a blank, a plus and a folder in a name, one that is refused, one that is empty.
const OBJECTS: [(&str, &str); 7] = [
    ("pictures/2019/a b+c.jpg", "one"),
    ("pictures/a.jpg", "two"),
    ("pictures/b.jpg", "three"),
    ("pictures/c.jpg", "four"),
    ("pictures/d%.jpg", "five"),
    ("pictures/empty/", ""),
    ("pictures/words.txt", "six"),
];

async fn filled() -> Platform {
    let platform = Platform::new().await;
    for (key, body) in OBJECTS {
        platform.put("old", key, body);
    }
    platform.put("old", "other/x.jpg", "not below the prefix");
    platform
}

async fn import(platform: &Platform, folder: &Path, more: &[&str], kill: Option<Kill>) -> Ran {
    let arguments: Vec<&str> = IMPORT.into_iter().chain(more.iter().copied()).collect();
    platform.dozo(folder, &arguments, kill).await
}

/// Checks that each object was copied once, and that the copy is of its bytes.
fn each_came_once(platform: &Platform, about: &str) {
    let held = platform.held();
    let mut times: BTreeMap<&str, u32> = BTreeMap::new();
    for (from, to) in &held.copies {
        *times.entry(from).or_default() += 1;
        let name = from.strip_prefix("old/pictures/").unwrap();
        assert!(to.ends_with(&format!("/{name}")), "{about}: {from} to {to}");
    }
    let expected: BTreeMap<String, u32> = OBJECTS
        .iter()
        .filter(|(_, body)| !body.is_empty())
        .map(|(key, _)| (format!("old/{key}"), 1))
        .collect();
    let times: BTreeMap<String, u32> = times
        .into_iter()
        .map(|(key, times)| (key.to_owned(), times))
        .collect();
    assert_eq!(times, expected, "{about}");
}

fn states(ran: &Ran) -> BTreeMap<String, String> {
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let items = answer["items"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items
        .map(|item| (text(&item["name"]), text(&item["state"])))
        .collect()
}

fn expected() -> BTreeMap<String, String> {
    let state = |name: &str| match name {
        "empty/" => "not_imported",
        "words.txt" => "rejected",
        _ => "ready",
    };
    OBJECTS
        .iter()
        .map(|(key, _)| key.strip_prefix("pictures/").unwrap())
        .map(|name| (name.to_owned(), state(name).to_owned()))
        .collect()
}

#[tokio::test]
async fn every_object_becomes_a_media_or_has_a_reason() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    let more = [
        "--private",
        "--tag",
        "old",
        "--metadata",
        "batch=7",
        "--report",
        "table.csv",
    ];
    let ran = import(&platform, folder.path(), &more, None).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    each_came_once(&platform, "at once");
    for part in [
        "ready         3 bytes  2019/a b+c.jpg  upload0-2019/a b+c.jpg\n",
        "not_imported  0 bytes  empty/          It is empty, as a folder of S3's console is. (empty)\n",
        "rejected      3 bytes  words.txt       It is no picture. (unknown_format)\n",
        "ready         5  19 bytes\n",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(
        ran.stderr.contains("dozo-import-shop-old-pictures.jsonl"),
        "{ran:?}"
    );
    let report = std::fs::read_to_string(folder.path().join("table.csv")).unwrap();
    assert!(
        report.contains(
            "\nwords.txt,3,upload2-words.txt,rejected,unknown_format,It is no picture.\n"
        ),
        "{report}"
    );
    let held = platform.held();
    assert_eq!(
        held.asked[0],
        json!({"visibility": "private", "duration_seconds": 900, "files": [
            {"name": "2019/a b+c.jpg", "bytes": 3, "tags": ["old"], "metadata": {"batch": "7"}},
            {"name": "a.jpg", "bytes": 3, "tags": ["old"], "metadata": {"batch": "7"}},
            {"name": "b.jpg", "bytes": 5, "tags": ["old"], "metadata": {"batch": "7"}},
        ]})
    );
}

#[tokio::test]
async fn nothing_comes_in_twice_wherever_a_run_is_killed() {
    let mut at = 0;
    loop {
        let mut is_over = false;
        for is_after in [false, true] {
            for at_once in ["1", "4"] {
                let about =
                    format!("killed at {at}, after its effect: {is_after}, {at_once} at once");
                let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
                let more = ["--at-once", at_once, "--json"];
                let kill = Some(Kill { at, is_after });
                let first = import(&platform, folder.path(), &more, kill).await;
                is_over |= first.code != -1;
                let ran = import(&platform, folder.path(), &more, None).await;
                assert_eq!(ran.code, 1, "{about}: {ran:?}");
                each_came_once(&platform, &about);
                assert_eq!(states(&ran), expected(), "{about}");
            }
        }
        if is_over {
            break;
        }
        at += 1;
    }
    // Three pages, three grants, six copies, and a look at each grant.
    assert!(at >= 15, "{at}");
}

/// An object of more than a gigabyte is copied in parts, each under the condition that it is the same.
#[tokio::test]
async fn a_large_object_comes_in_by_parts_wherever_a_run_is_killed() {
    let mut at = 0;
    loop {
        let mut is_over = false;
        for is_after in [false, true] {
            let about = format!("killed at {at}, after its effect: {is_after}");
            let (platform, folder) = (Platform::new().await, tempfile::tempdir().unwrap());
            platform.put("old", "pictures/film.mp4", "film");
            let bytes = 6_000_000_001;
            platform
                .held()
                .sizes
                .insert("pictures/film.mp4".to_owned(), bytes);
            let kill = Some(Kill { at, is_after });
            let first = import(&platform, folder.path(), &["--json"], kill).await;
            is_over |= first.code != -1;
            let ran = import(&platform, folder.path(), &["--json"], None).await;
            assert_eq!(ran.code, 0, "{about}: {ran:?}");
            assert_eq!(platform.held().copies.len(), 1, "{about}");
            assert_eq!(states(&ran)["film.mp4"], "ready", "{about}");
        }
        if is_over {
            break;
        }
        at += 1;
    }
    // A page, a grant, 23 parts with their beginning and end, and a look.
    assert!(at >= 27, "{at}");
}

#[tokio::test]
async fn killed_again_and_again_it_ends_all_the_same() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    let mut runs = 0;
    loop {
        let kill = Some(Kill {
            at: 4 + runs % 3,
            is_after: runs % 2 == 0,
        });
        let ran = import(&platform, folder.path(), &["--json"], kill).await;
        runs += 1;
        if ran.code != -1 || runs > 30 {
            break;
        }
    }
    let ran = import(&platform, folder.path(), &["--json"], None).await;
    assert_eq!((ran.code, states(&ran)), (1, expected()), "{runs}");
    each_came_once(&platform, "again and again");
}

#[tokio::test]
async fn a_second_run_copies_and_asks_for_nothing() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    import(&platform, folder.path(), &[], None).await;
    platform.put("old", "pictures/a.jpg", "changed since");
    let ran = import(&platform, folder.path(), &["--json"], None).await;
    assert_eq!(states(&ran), expected());
    let calls = platform.held().calls.clone();
    assert!(
        calls.iter().all(|call| call.starts_with("GET /old")),
        "{calls:?}"
    );
    // What is new there comes in by itself.
    platform.put("old", "pictures/new.jpg", "new");
    let ran = import(&platform, folder.path(), &["--json"], None).await;
    assert_eq!(states(&ran)["new.jpg"], "ready");
    assert_eq!(platform.held().grants.last().unwrap(), &["new.jpg"]);
}

#[tokio::test]
async fn what_the_api_refuses_is_told_and_the_rest_comes_in() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    platform
        .held()
        .bad_names
        .extend(["a.jpg".to_owned(), "b.jpg".to_owned()]);
    let ran = import(&platform, folder.path(), &["--json"], None).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let refused: Vec<_> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["code"] == "invalid_request")
        .collect();
    assert_eq!(refused.len(), 2, "{ran:?}");
    assert_eq!(
        *refused[0],
        json!({"name": "a.jpg", "bytes": 3, "state": "not_imported", "code": "invalid_request",
               "message": "Give a shorter name."})
    );
    assert_eq!(states(&ran)["2019/a b+c.jpg"], "ready");
    // The next run does not ask again, unless that is wanted.
    let ran = import(&platform, folder.path(), &["--json"], None).await;
    assert_eq!(states(&ran)["a.jpg"], "not_imported");
    assert!(
        !platform
            .held()
            .calls
            .iter()
            .any(|call| call.starts_with("POST"))
    );
    platform.held().bad_names.clear();
    let ran = import(
        &platform,
        folder.path(),
        &["--json", "--retry-refused"],
        None,
    )
    .await;
    assert_eq!(states(&ran), expected());
}

#[tokio::test]
async fn grants_are_as_small_as_the_quota() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    platform.held().quota = Some(1);
    let ran = import(&platform, folder.path(), &["--json"], None).await;
    assert_eq!(states(&ran), expected());
    assert!(platform.held().grants.iter().all(|names| names.len() == 1));
    // A quota that has no room at all ends the run, and the next one goes on.
    platform.put("old", "pictures/new.jpg", "new");
    platform.held().quota = Some(0);
    let ran = import(&platform, folder.path(), &["--json"], None).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("quota_exceeded"), "{ran:?}");
    platform.held().quota = None;
    let ran = import(&platform, folder.path(), &["--json"], None).await;
    assert_eq!(states(&ran)["new.jpg"], "ready");
}

#[tokio::test]
async fn an_object_that_cannot_be_copied_holds_nothing_up() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    platform.held().denied.insert("pictures/b.jpg".to_owned());
    let ran = import(&platform, folder.path(), &["--json"], None).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    let mut wanted = expected();
    wanted.insert("b.jpg".to_owned(), "not_copied".to_owned());
    assert_eq!(states(&ran), wanted);
    assert!(
        ran.stdout.contains("S3 refused: no (AccessDenied)"),
        "{ran:?}"
    );
    platform.held().denied.clear();
    let ran = import(&platform, folder.path(), &["--json"], None).await;
    assert_eq!(states(&ran), expected());
    each_came_once(&platform, "after a refusal");
}

#[tokio::test]
async fn credentials_that_may_copy_nothing_end_it_at_once() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    let all = OBJECTS.iter().map(|(key, _)| (*key).to_owned());
    platform.held().denied.extend(all);
    let ran = import(&platform, folder.path(), &[], None).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("AccessDenied"), "{ran:?}");
    assert_eq!(platform.held().grants.len(), 1);
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    let ran = import(&platform, folder.path(), &["--dry-run", "--json"], None).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        answer["counts"]["to_import"],
        json!({"count": 6, "bytes": 22})
    );
    let calls = platform.held().calls.clone();
    assert!(
        calls.iter().all(|call| call.starts_with("GET /old")),
        "{calls:?}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn wrong_use_asks_nobody() {
    for arguments in [
        &["import"][..],
        &["import", "old/pictures"],
        &["import", "s3://OLD/pictures"],
        &["import", "s3://old", "--report", "table.xls"],
        &["import", "s3://old", "--at-once", "0"],
        &["import", "s3://old", "--metadata", "x"],
        &["import", "s3://old", "--private", "--public"],
    ] {
        let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
        let ran = platform.dozo(folder.path(), arguments, None).await;
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(platform.held().calls.is_empty(), "{arguments:?}");
    }
}
