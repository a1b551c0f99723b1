//! Tests answers that nobody can trust: text from strangers, and servers that are no API of ours.

use serde_json::json;

use crate::commands::ID;
use crate::fake::{Answer, Fake, answer};

/// Checks that nothing in the API's answers affects the terminal or fakes a line.
#[tokio::test]
async fn strangers_cannot_write_to_the_terminal() {
    let evil = "a\n\u{1b}[2J\u{9b}1mready\u{202e}\r";
    let media = json!({
        "media": evil, "app": evil, "state": evil, "visibility": evil, "file_name": evil, "content_type": evil,
        "created_at": evil, "updated_at": evil, "urls": {evil: evil}, "rejection": {"code": evil, "message": evil},
        "failure": {"stage": evil, "code": evil, "message": evil, "attempts": 1},
        "suspension": {"reason": evil, "note": evil, "blocked_by": evil},
        "history": [{"at": evil, "what": evil, "by": evil, "note": evil}],
    });
    let list = json!({"items": [media], "next": evil});
    let odd = json!({evil: evil, "items": [evil], "counts": {evil: evil}, "expires_at": evil, "url": evil});
    let refusal = json!({"code": evil, "title": evil, "detail": evil, "field": evil});
    let hook = json!({"name": evil, "url": evil, "state": evil, "events": [evil], "secret": evil, "failing_since": evil, evil: evil});
    let delivery = json!({"delivery": evil, "type": evil, "state": evil, "reason": evil, "updated_at": evil,
                          "tries": [{"error": evil}]});
    let usage = json!({"day": evil, "uploaded": {"media": evil}, "stored": {"as_of": evil}});
    let page = |item: &serde_json::Value| answer(200, json!({"items": [item], "next": evil}));
    let table: [(&[&str], Answer); 14] = [
        (&["status", ID], answer(200, media.clone())),
        (&["why", ID], answer(200, media.clone())),
        (&["list", "--state", "failed"], answer(200, list)),
        (&["restore", ID], answer(202, media.clone())),
        (&["retry", "--all"], answer(202, odd.clone())),
        (&["grant", ID], answer(201, odd.clone())),
        (&["apps"], answer(200, odd.clone())),
        (&["apps", "show", "demo"], answer(200, odd)),
        (&["webhooks", "show", "x"], answer(200, hook.clone())),
        (&["webhooks"], page(&hook)),
        (&["webhooks", "deliveries", "x"], page(&delivery)),
        (&["webhooks", "ping", evil], answer(202, hook)),
        (&["usage"], answer(200, usage)),
        (&["why", ID], answer(404, refusal)),
    ];
    for (arguments, told) in table {
        let fake = Fake::new([told]).await;
        let ran = fake.dozo(arguments).await;
        let all = format!("{}{}", ran.stdout, ran.stderr);
        let acts = |letter: char| letter != '\n' && (letter.is_control() || letter == '\u{202e}');
        assert!(!all.contains(acts), "{arguments:?}: {ran:?}");
        assert!(
            all.lines().all(|line| !line.starts_with("\\u{1b}[2J")),
            "{arguments:?}: {ran:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_api_is_told_as_such() {
    for body in [json!("x"), json!([]), json!({"items": 3})] {
        let fake = Fake::new([answer(200, body.clone())]).await;
        let ran = fake.dozo(&["list", "--state", "failed"]).await;
        assert_eq!(ran.code, 3, "{body}: {ran:?}");
        assert!(
            ran.stderr.contains("does not understand"),
            "{body}: {ran:?}"
        );
    }
}
