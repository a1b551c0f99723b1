//! Tests the requests that each command makes, and the output that it makes from the answers.

use serde_json::{Value, json};

use crate::fake::{Answer, Fake, OneCall, answer, each_is_one_call};

pub(crate) const ID: &str = "01jd8f5w2v9k3m4n5p6q7r8s9t-19pz92h7xxyv9";

fn problem(status: u16, code: &str, detail: &str) -> Answer {
    let title = "It is refused";
    answer(
        status,
        json!({"status": status, "code": code, "title": title, "detail": detail}),
    )
}

#[tokio::test]
async fn every_change_is_one_call() {
    let media = format!("/apps/demo/media/{ID}");
    let address = format!("https://cdn.example/private/demo/{ID}/original.jpg");
    let table: &[OneCall<'_>] = &[
        (
            &["suspend", ID, "--reason", "abuse"],
            format!("POST /admin{media}/suspend"),
            json!({"reason": "abuse"}),
        ),
        (
            &[
                "suspend",
                &address,
                "--reason",
                "legal",
                "--note",
                "case 7",
                "--blocked-by",
                "https://court.example/7",
            ],
            format!("POST /admin{media}/suspend"),
            json!({"reason": "legal", "note": "case 7", "blocked_by": "https://court.example/7"}),
        ),
        (
            &["focus", ID, "0.25", "1"],
            format!("POST {media}/focus"),
            json!({"x": 0.25, "y": 1.0}),
        ),
        (
            &["poster", ID, "--at", "12.5"],
            format!("POST {media}/poster"),
            json!({"at": 12.5}),
        ),
        (
            &["focus", ID, "--clear"],
            format!("POST {media}/focus"),
            json!({}),
        ),
        (
            &["describe", ID, "--title", "Lake", "--clear", "alt"],
            format!("PATCH {media}"),
            json!({"title": "Lake", "alt": null}),
        ),
        (
            &["restore", ID],
            format!("POST /admin{media}/restore"),
            json!({}),
        ),
        (
            &["delete", ID, "--yes"],
            format!("DELETE {media}"),
            Value::Null,
        ),
        (
            &["visibility", ID, "private"],
            format!("POST {media}/visibility"),
            json!({"visibility": "private"}),
        ),
        (
            &["retry", ID],
            format!("POST /admin{media}/retry"),
            json!({}),
        ),
        (
            &["retry", "--all", "--code", "stage_crashed", "--dry-run"],
            "POST /admin/apps/demo/retry".to_owned(),
            json!({"code": "stage_crashed", "dry_run": true}),
        ),
        (
            &["retry", "--all", "--app", "shop"],
            "POST /admin/apps/shop/retry".to_owned(),
            json!({}),
        ),
        (
            &["grant", ID],
            format!("POST {media}/grants"),
            json!({"expires_in": 3_600, "as": "url"}),
        ),
        (
            &[
                "grant",
                ID,
                "--expires-in",
                "15m",
                "--starts-in",
                "60",
                "--ip",
                "192.0.2.0/24",
                "--cookies",
            ],
            format!("POST {media}/grants"),
            json!({"expires_in": 900, "starts_in": 60, "ip": "192.0.2.0/24", "as": "cookies"}),
        ),
        (
            &[
                "apps",
                "register",
                "shop",
                "--kind",
                "image",
                "--limit",
                "image_bytes=5",
                "--visibility",
                "private",
                "--longest-grant",
                "1h",
            ],
            "PUT /admin/apps/shop".to_owned(),
            json!({"kinds": ["image"], "limits": {"image_bytes": 5}, "visibility": "private",
                   "grant_seconds": 3_600}),
        ),
    ];
    let told = || answer(202, json!({"media": ID, "state": "suspending"}));
    each_is_one_call(table, told).await;
}

#[tokio::test]
async fn refusals_are_sentences_and_exit_1() {
    let table = [
        (
            problem(409, "legal_hold", "It may not be deleted."),
            "It may not be deleted. (legal_hold)",
        ),
        (
            problem(410, "suspended", "It is taken down."),
            "It is taken down. (suspended)",
        ),
        (
            problem(451, "blocked", "It is blocked.")
                .with("link", "<https://court.example/7>; rel=\"blocked-by\""),
            "blocked by: https://court.example/7",
        ),
        (
            answer(
                400,
                json!({"code": "invalid_request", "title": "Not valid", "detail": "Give less.", "field": "expires_in"}),
            ),
            "Not valid: expires_in: Give less. (invalid_request)",
        ),
        (
            answer(403, json!({"message": "Forbidden"})),
            "execute-api:Invoke",
        ),
    ];
    for (refusal, sentence) in table {
        let fake = Fake::new([refusal]).await;
        let ran = fake.dozo(&["grant", ID]).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.contains(sentence), "{ran:?}");
    }
}

#[tokio::test]
async fn a_program_reads_the_problem_itself() {
    let link = "<https://court.example/7>; rel=\"blocked-by\"";
    let fake = Fake::new([problem(451, "blocked", "It is blocked.").with("link", link)]).await;
    let ran = fake.dozo(&["grant", ID, "--json"]).await;
    let said: Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(
        said,
        json!({"error": {"status": 451, "code": "blocked", "title": "It is refused", "detail": "It is blocked.",
                         "blocked_by": "https://court.example/7"}})
    );
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_may_not_is_not() {
    let busy = || problem(503, "unavailable", "Try again.").with("retry-after", "0");
    let shown = answer(
        200,
        json!({"media": ID, "state": "ready", "file_name": "a.jpg"}),
    );
    let fake = Fake::new([busy(), problem(429, "slow_down", "Slowly."), shown]).await;
    let ran = fake.dozo(&["status", ID]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("ready  a.jpg\n"), "{ran:?}");
    assert_eq!(fake.asked().len(), 3);

    let long = problem(503, "unavailable", "Try again.").with("retry-after", "3600");
    let fake = Fake::new([long]).await;
    let ran = fake.dozo(&["status", ID]).await;
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("Try again. (unavailable)"), "{ran:?}");
    assert_eq!(fake.asked().len(), 1);

    let fake = Fake::new([problem(500, "internal", "See the log.")]).await;
    assert_eq!(fake.dozo(&["status", ID]).await.code, 3);
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn waiting_goes_on_until_it_is_finished() {
    let state = |state: &str| answer(200, json!({"media": ID, "state": state}));
    let begun = answer(202, json!({"media": ID, "state": "suspending"}));
    let fake = Fake::new([begun, state("suspending"), state("suspended")]).await;
    let ran = fake
        .dozo(&["suspend", "--reason", "other", "--wait", ID])
        .await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout.contains("delivered to anybody (suspended)"),
        "{ran:?}"
    );

    let begun = answer(202, json!({"media": ID, "state": "deleting"}));
    let gone = problem(404, "unknown_media", "It is not there.");
    let fake = Fake::new([begun, gone]).await;
    let ran = fake.dozo(&["delete", ID, "-y", "--wait=5s"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");

    let begun = answer(202, json!({"media": ID, "state": "moving"}));
    let fake = Fake::new([begun, state("moving")]).await;
    let ran = fake.dozo(&["visibility", ID, "public", "--wait=0"]).await;
    assert_eq!(ran.code, 4, "{ran:?}");
}

#[tokio::test]
async fn nothing_is_erased_unasked() {
    let fake = Fake::new([]).await;
    let ran = fake.dozo(&["delete", ID]).await;
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("--yes"), "{ran:?}");
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn wrong_use_asks_nobody() {
    let table: &[&[&str]] = &[
        &[],
        &["status"],
        &["status", "../../admin/apps/x"],
        &["status", &format!("shop/{ID}")],
        &["list", "--state", "processing"],
        &["list", "--upload", "x", "--kind", "image"],
        &["list", "--field", "album"],
        &["retry"],
        &["retry", ID, "--all"],
        &["retry", ID, "--dry-run"],
        &["suspend", ID],
        &["suspend", ID, "--reason", "whim"],
        &["grant", ID, "--ip", "here"],
        &["grant", ID, "--expires-in", "long"],
        &["upload"],
        &["upload", "/nothing/there"],
        &["upload", "x", "--private", "--public"],
        &["apps", "register", "shop", "--limit", "x"],
        &["apps", "register", "shop", "--from", "/nothing/there"],
        &["status", ID, "--local", "--stack", "x"],
        &["status", ID, "--api", "http://api.example.com"],
    ];
    for arguments in table {
        let fake = Fake::new([]).await;
        let ran = fake.dozo(arguments).await;
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
        assert!(fake.asked().is_empty(), "{arguments:?}");
    }
}

#[tokio::test]
async fn grants_can_be_pasted() {
    let url = "https://cdn.example/private/demo/x/original.jpg?Expires=1&Signature=a";
    let granted =
        json!({"url": url, "query": "Expires=1&Signature=a", "expires_at": "2026-11-23T20:15:13Z"});
    let fake = Fake::new([answer(201, granted)]).await;
    let ran = fake.dozo(&["grant", ID]).await;
    assert_eq!(ran.stdout, format!("{url}\n"), "{ran:?}");
    assert!(
        ran.stderr.contains("until 2026-11-23 20:15:13 UTC"),
        "{ran:?}"
    );

    let cookies =
        json!({"set_cookies": ["a=1; Secure", "b=2; Secure"], "cookies": {"a": "1", "b": "2"}});
    let fake = Fake::new([answer(201, cookies)]).await;
    let ran = fake.dozo(&["grant", ID, "--cookies"]).await;
    assert_eq!(
        ran.stdout,
        "Set-Cookie: a=1; Secure\nSet-Cookie: b=2; Secure\n"
    );
}

#[tokio::test]
async fn lists_go_from_page_to_page() {
    let item = |n: u32| json!({"media": format!("m{n}"), "state": "failed", "file_name": "a", "failure": {"code": "busy"}});
    let pages = || {
        [
            answer(200, json!({"items": [item(1), item(2)], "next": ID})),
            answer(200, json!({"items": [item(3)]})),
        ]
    };
    let fake = Fake::new(pages()).await;
    let ran = fake
        .dozo(&["list", "--state", "failed", "--all", "--json"])
        .await;
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(listed, json!({"items": [item(1), item(2), item(3)]}));
    let lines: Vec<_> = fake.asked().into_iter().map(|asked| asked.line).collect();
    let first = "GET /apps/demo/media?state=failed";
    assert_eq!(
        lines,
        [
            first.to_owned(),
            format!("GET /apps/demo/media?after={ID}&state=failed")
        ]
    );

    let fake = Fake::new([answer(200, json!({"items": []}))]).await;
    let filters = "list --kind image --tag a&b --field album=1 --field by=Ada=B --before 2026-11-29T00:00:00Z --after 8203971200000~";
    fake.dozo(&filters.split(' ').collect::<Vec<_>>()).await;
    let lines: Vec<_> = fake.asked().into_iter().map(|asked| asked.line).collect();
    let expected = "GET /apps/demo/media?after=8203971200000~&created_before=2026-11-29T00%3A00%3A00Z&kind=image&metadata.album=1\
                    &metadata.by=Ada%3DB&tag=a%26b";
    assert_eq!(lines, [expected]);

    let fake = Fake::new(pages()).await;
    let ran = fake.dozo(&["list", "--state", "failed"]).await;
    assert_eq!(ran.stdout.lines().count(), 2, "{ran:?}");
    assert!(ran.stderr.contains(&format!("--after {ID}")), "{ran:?}");
}

#[tokio::test]
async fn an_app_is_indexed_page_by_page() {
    let page = |changed: u32| json!({"looked_at": 200, "changed": changed, "next": ID});
    let last = answer(200, json!({"looked_at": 7, "changed": 1}));
    let fake = Fake::new([answer(200, page(3)), answer(200, page(0)), last]).await;
    let ran = fake.dozo(&["index"]).await;
    assert_eq!(
        ran.stdout,
        "407 media were looked at, and 4 of them indexed anew.\n"
    );
    let asked: Vec<_> = fake.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(asked, ["POST /admin/apps/demo/index"; 3]);

    let refused = problem(500, "internal", "It failed.");
    let fake = Fake::new([answer(200, page(3)), refused]).await;
    let ran = fake.dozo(&["index"]).await;
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains(&format!("--after {ID}")), "{ran:?}");
}

/// A platform without IAM users issues credentials for an hour at most.
#[tokio::test]
async fn a_long_upload_asks_for_an_hour_where_it_gets_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("film.mp4");
    let film = std::fs::File::create(&path).unwrap();
    film.set_len(2_000_000_000).unwrap();
    let mut too_long = problem(400, "invalid_request", "Give 900 to 3600 seconds.");
    too_long.body["field"] = json!("duration_seconds");
    let api = Fake::new([too_long, problem(409, "conflict", "Tomorrow.")]).await;
    let ran = api.dozo(&["upload", path.to_str().unwrap()]).await;
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("Tomorrow."), "{}", ran.stderr);
    let asked: Vec<_> = api
        .asked()
        .into_iter()
        .map(|asked| asked.body["duration_seconds"].clone())
        .collect();
    assert_eq!(asked, [8_000, 3_600]);
}
