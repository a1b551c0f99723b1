//! Tests captions on the deployed stack: from a file, put by the app and taken away, as viewers fetch them.

use bytes::Bytes;
use dozo_tests::clips::make;
use dozo_tests::stack::{DEMO, PATIENCE, Stack, until};
use reqwest::Method;
use serde_json::{Value, json};

/// Makes a short film with German captions.
fn film() -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let words = directory.path().join("a.srt");
    std::fs::write(&words, "1\n00:00:00,500 --> 00:00:01,500\nEins & zwei\n").unwrap();
    let words = words.display();
    let picture = "-f lavfi -i testsrc=size=320x240:rate=25:duration=2";
    make(
        "captioned.mkv",
        &format!(
            "{picture} -i {words} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:s srt -metadata:s:s:0 language=ger"
        ),
    )
}

async fn text(stack: &Stack, url: &str) -> (u16, String, String) {
    let answer = stack.fetch_with(Method::GET, url, &[]).await;
    let kind = answer.headers.get("content-type");
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    (answer.status, kind.to_owned(), answer.text())
}

#[tokio::test]
async fn captions_reach_viewers_and_are_put_and_taken_away() {
    let stack = Stack::running();
    let grant = stack.grant_for(DEMO, &json!({})).await;
    stack.put(&grant, "captioned.mkv", film()).await;
    let media = grant.media("captioned.mkv");
    let ready = stack.until_state(DEMO, &media, "ready").await;
    assert_eq!(
        ready["captions"],
        json!([{"id": "de", "language": "de", "name": "Deutsch", "from": "file"}])
    );
    let url = ready["urls"]["captions"]["de"].as_str().unwrap().to_owned();
    let (status, kind, german) = text(&stack, &url).await;
    assert_eq!((status, kind.as_str()), (200, "text/vtt"));
    assert!(german.contains("\nEins &amp; zwei\n"), "{german}");

    // The app itself may do it, in SubRip, with a name that has to be encoded.
    let app = stack.app();
    let path = format!("/apps/{DEMO}/media/{media}/captions/pt-br");
    let body = "1\n00:00:00,000 --> 00:00:01,000\nUm <script>alert(1)</script>\n";
    let srt = [("content-type", "application/x-subrip")];
    let put = app
        .send_bytes(
            Method::PUT,
            &format!("{path}?name=Para%20surdos"),
            &srt,
            Bytes::from(body),
        )
        .await;
    assert_eq!(put.status, 202, "{}", put.text());
    let ready = until_listed(&stack, &media, &["de", "pt-br"]).await;
    assert_eq!(ready["captions"][1]["name"], "Para surdos", "{ready}");
    let url = ready["urls"]["captions"]["pt-br"]
        .as_str()
        .unwrap()
        .to_owned();
    let (status, _, portuguese) = text(&stack, &url).await;
    assert_eq!(status, 200);
    assert!(
        portuguese.contains("\nUm &lt;script&gt;alert(1)&lt;/script&gt;\n"),
        "{portuguese}"
    );
    let master = ready["urls"]["hls"].as_str().unwrap();
    let (_, _, playlist) = text(&stack, master).await;
    assert!(
        playlist.contains("NAME=\"Para surdos\"") && playlist.contains("LANGUAGE=\"pt-BR\""),
        "{playlist}"
    );

    // What is put again is what viewers get from the CDN, too.
    let vtt = [("content-type", "text/vtt")];
    let body = "WEBVTT\n\n00:00.000 --> 00:01.000\nDois\n";
    let put = app
        .send_bytes(Method::PUT, &path, &vtt, Bytes::from(body))
        .await;
    assert_eq!(put.status, 202, "{}", put.text());
    until("the new captions are served", PATIENCE, || async {
        let (_, _, second) = text(&stack, &url).await;
        second.contains("\nDois\n").then_some(())
    })
    .await;

    let removed = app
        .send_bytes(Method::DELETE, &path, &[], Bytes::new())
        .await;
    assert_eq!(removed.status, 202, "{}", removed.text());
    until_listed(&stack, &media, &["de"]).await;
    until("the CDN has forgotten them", PATIENCE, || async {
        let (status, _, _) = text(&stack, &url).await;
        let (_, _, playlist) = text(&stack, master).await;
        (status == 404 && !playlist.contains("pt-BR")).then_some(())
    })
    .await;

    for (body, status, code) in [
        ("no captions".to_owned(), 400, "invalid_request"),
        ("x".repeat((2 << 20) + 1), 413, "body_too_long"),
    ] {
        let refused = app
            .send_bytes(Method::PUT, &path, &vtt, Bytes::from(body))
            .await;
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (status, &json!(code))
        );
    }
    // As long as captions may be, with the most lines.
    let long: String = (0..15_000)
        .map(|at| {
            format!(
                "00:{:02}:{:02}.000 --> 01:59:59.000\n{}\n\n",
                at / 60 % 60,
                at % 60,
                "x".repeat(95)
            )
        })
        .collect();
    let body = format!("WEBVTT\n\n{long}");
    assert!(
        body.len() > 1_900_000 && body.len() <= 2 << 20,
        "{}",
        body.len()
    );
    let put = app
        .send_bytes(Method::PUT, &path, &vtt, Bytes::from(body))
        .await;
    assert_eq!(put.status, 202, "{}", put.text());
}

/// Waits until the change is delivered everywhere, and these captions are listed.
async fn until_listed(
    stack: &Stack,
    media: &dozo::vocabulary::names::MediaId,
    ids: &[&str],
) -> Value {
    until("the captions are listed", PATIENCE, || async {
        let ready = stack.until_state(DEMO, media, "ready").await;
        let listed = ready["captions"].as_array().unwrap();
        let is_there = listed
            .iter()
            .filter_map(|one| one["id"].as_str())
            .eq(ids.iter().copied());
        is_there.then_some(ready)
    })
    .await
}
