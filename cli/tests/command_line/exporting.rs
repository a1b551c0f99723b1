//! Tests `dozo export` against a platform in memory: what is written of each media, and that nothing is written twice or in
//! part wherever a run is killed.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::platform::{Kill, Platform, Ran};

const UPLOAD: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t";

/// Names and bodies.
type Objects = &'static [(&'static str, &'static str)];

/// The media: what their ids end with, state, visibility, and what is delivered of them.
const MEDIA: [(&str, &str, &str, Objects); 6] = [
    (
        "0000000000001",
        "ready",
        "public",
        &[
            ("original.jpg", "picture"),
            ("preview.jpg", "small"),
            ("thumbs/a.webp", "x"),
        ],
    ),
    (
        "0000000000002",
        "ready",
        "private",
        &[("original.pdf", "document")],
    ),
    (
        "0000000000003",
        "ready",
        "public",
        &[
            ("video.mp4", "film"),
            ("poster.jpg", "still"),
            ("hls/a.m3u8", "list"),
        ],
    ),
    ("0000000000004", "rejected", "public", &[]),
    (
        "0000000000005",
        "suspended",
        "public",
        &[("original.png", "taken down")],
    ),
    ("0000000000006", "deleted", "public", &[]),
];

fn id(end: &str) -> String {
    format!("{UPLOAD}-{end}")
}

async fn filled() -> Platform {
    let platform = Platform::new().await;
    for (end, state, visibility, objects) in MEDIA {
        let media = id(end);
        platform.put("records", &format!("media/shop/{media}.json"), "{}");
        let bucket = if state == "suspended" {
            "backup"
        } else {
            "delivery"
        };
        for (name, body) in objects {
            platform.put(bucket, &format!("{visibility}/shop/{media}/{name}"), body);
        }
        let shown = json!({"media": media, "app": "shop", "state": state, "visibility": visibility, "more": [1]});
        platform.held().media.insert(media, shown);
    }
    platform.put("records", "media/shopping/other.json", "{}");
    platform
}

async fn export(platform: &Platform, folder: &Path, more: &[&str], kill: Option<Kill>) -> Ran {
    let buckets = [
        "--records-bucket",
        "records",
        "--delivery-bucket",
        "delivery",
        "--backup-bucket",
        "backup",
    ];
    let arguments: Vec<&str> = ["export", "--json"]
        .into_iter()
        .chain(buckets)
        .chain(more.iter().copied())
        .collect();
    platform.dozo(folder, &arguments, kill).await
}

fn states(ran: &Ran) -> BTreeMap<String, String> {
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let items = answer["items"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items
        .map(|item| {
            let name = text(&item["name"]);
            (
                name.strip_prefix(&format!("{UPLOAD}-000000000000"))
                    .unwrap()
                    .to_owned(),
                text(&item["state"]),
            )
        })
        .collect()
}

fn expected(done: &str, suspended: bool) -> BTreeMap<String, String> {
    let taken_down = if suspended {
        ("5/original.png", done)
    } else {
        ("5/record.json", "record_only")
    };
    [
        ("1/original.jpg", done),
        ("2/original.pdf", done),
        ("3/video.mp4", done),
        ("4/record.json", "record_only"),
        taken_down,
        ("6/record.json", "record_only"),
    ]
    .map(|(name, state)| (name.to_owned(), state.to_owned()))
    .into()
}

/// Checks that everything is there as it is.
fn all_is_there(platform: &Platform, folder: &Path, about: &str) {
    for (end, state, _, objects) in MEDIA {
        let media = id(end);
        let record = std::fs::read(folder.join(&media).join("record.json")).unwrap();
        let record: Value = serde_json::from_slice(&record).unwrap();
        assert_eq!(record, platform.held().media[&media], "{about}");
        for (name, body) in objects.iter().take(usize::from(state == "ready")) {
            let written = std::fs::read(folder.join(&media).join(name)).unwrap();
            assert_eq!(written, body.as_bytes(), "{about}: {name}");
        }
    }
}

#[tokio::test]
async fn originals_and_records_are_written_and_the_second_run_writes_nothing() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    let ran = export(&platform, folder.path(), &["out"], None).await;
    assert_eq!(
        (ran.code, states(&ran)),
        (0, expected("exported", false)),
        "{ran:?}"
    );
    let out = folder.path().join("out");
    all_is_there(&platform, &out, "at once");
    assert!(!out.join(id("0000000000005")).join("original.png").exists());
    let ran = export(&platform, folder.path(), &["out", "--suspended"], None).await;
    let mut wanted = expected("there_already", true);
    wanted.insert("5/original.png".to_owned(), "exported".to_owned());
    assert_eq!(states(&ran), wanted);
    let gets = originals_read(&platform);
    assert_eq!(gets, 1, "{:?}", platform.held().calls);
    // A file that was changed on disk, and one that was changed in S3, are written again.
    std::fs::write(out.join(id("0000000000001")).join("original.jpg"), "short").unwrap();
    platform.put(
        "delivery",
        &format!("private/shop/{}/original.pdf", id("0000000000002")),
        "another1",
    );
    let ran = export(&platform, folder.path(), &["out"], None).await;
    assert_eq!(states(&ran)["1/original.jpg"], "exported");
    assert_eq!(states(&ran)["2/original.pdf"], "exported");
    assert_eq!(states(&ran)["3/video.mp4"], "there_already");
}

fn originals_read(platform: &Platform) -> usize {
    let held = platform.held();
    let is_original =
        |call: &&String| call.starts_with("GET /delivery/p") || call.starts_with("GET /backup/p");
    held.calls.iter().filter(is_original).count()
}

#[tokio::test]
async fn nothing_is_left_in_part_wherever_a_run_is_killed() {
    for target in ["out", "s3://shelf/old"] {
        let mut at = 0;
        loop {
            let mut is_over = false;
            for is_after in [false, true] {
                let about = format!("{target}, killed at {at}, after its effect: {is_after}");
                let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
                let kill = Some(Kill { at, is_after });
                let first =
                    export(&platform, folder.path(), &[target, "--at-once", "1"], kill).await;
                is_over |= first.code != -1;
                let ran = export(&platform, folder.path(), &[target], None).await;
                assert_eq!(ran.code, 0, "{about}: {ran:?}");
                if target == "out" {
                    all_is_there(&platform, &folder.path().join("out"), &about);
                    continue;
                }
                let mut copies = platform.held().copies.clone();
                copies.sort();
                let (before, all) = (copies.len(), copies.iter().map(|(_, to)| to.clone()));
                let all: std::collections::BTreeSet<String> = all.collect();
                assert_eq!((before, all.len()), (3, 3), "{about}: {copies:?}");
                let record = (
                    "shelf".to_owned(),
                    format!("old/{}/record.json", id("0000000000006")),
                );
                assert!(platform.held().objects.contains_key(&record), "{about}");
            }
            if is_over {
                break;
            }
            at += 1;
        }
        assert!(at >= 13, "{at}");
    }
}

#[tokio::test]
async fn a_media_that_cannot_be_read_holds_nothing_up() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    platform.held().media.remove(&id("0000000000002"));
    // Its objects are on their way.
    let moving = id("0000000000004");
    platform.held().media.get_mut(&moving).unwrap()["state"] = json!("moving");
    let ran = export(&platform, folder.path(), &["out"], None).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    let states = states(&ran);
    assert_eq!(
        (states["2"].as_str(), states["1/original.jpg"].as_str()),
        ("not_exported", "exported")
    );
    assert_eq!(states["4/record.json"], "not_exported");
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    let ran = export(&platform, folder.path(), &["out", "--dry-run"], None).await;
    assert_eq!(states(&ran), expected("to_export", false));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(originals_read(&platform), 0);
}

#[tokio::test]
async fn a_bucket_that_is_not_known_is_asked_for() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    let ran = platform.dozo(folder.path(), &["export", "out"], None).await;
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("--records-bucket"), "{ran:?}");
    assert!(platform.held().calls.is_empty());
}

/// Two exports once wrote to the same `.part` file, which left files of mixed bytes that had their final names.
#[tokio::test]
async fn a_second_export_into_a_folder_waits_for_the_first_one() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let notes = std::fs::File::create(out.join("exported.jsonl")).unwrap();
    notes.lock().unwrap();
    let ran = export(&platform, folder.path(), &["out"], None).await;
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("another export"), "{ran:?}");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
    assert_eq!(notes.metadata().unwrap().len(), 0);
    notes.unlock().unwrap();
    let ran = export(&platform, folder.path(), &["out"], None).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    all_is_there(&platform, &out, "after the other one");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_says_why() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    // A file stands where the folder of a media belongs.
    std::fs::write(out.join(id("0000000000002")), "x").unwrap();
    let ran = export(&platform, folder.path(), &["out"], None).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(states(&ran)["2"], "not_exported");
    assert!(ran.stdout.contains("(os error "), "{ran:?}");
}

#[tokio::test]
async fn a_report_that_cannot_be_written_ends_the_run_before_its_work() {
    let (platform, folder) = (filled().await, tempfile::tempdir().unwrap());
    let arguments = ["out", "--report", "nothing/there.csv"];
    let ran = export(&platform, folder.path(), &arguments, None).await;
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("nothing/there.csv"), "{ran:?}");
    assert!(platform.held().calls.is_empty());
    std::fs::write(
        folder.path().join("old.csv"),
        "a longer report\n".repeat(99),
    )
    .unwrap();
    export(
        &platform,
        folder.path(),
        &["out", "--report", "old.csv"],
        None,
    )
    .await;
    let report = std::fs::read_to_string(folder.path().join("old.csv")).unwrap();
    assert_eq!(report.lines().count(), 1 + MEDIA.len(), "{report}");
    assert!(report.starts_with("name,bytes,"), "{report}");
}
