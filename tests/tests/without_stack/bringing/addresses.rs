//! Tests which addresses are taken, and that no server is called which is not public.

use dozo::ports::web::WebError;

use super::*;

#[tokio::test(start_paused = true)]
async fn only_addresses_of_public_servers_are_taken() {
    let world = World::new(1);
    let long = format!("https://example.com/{}", "a".repeat(2_048));
    for url in [
        "",
        "example.com/a.png",
        "http://example.com/a.png",
        "ftp://example.com/a.png",
        "file:///etc/passwd",
        "https://user:secret@example.com/a.png",
        "https://localhost/a.png",
        "https://127.0.0.1/a.png",
        "https://0x7f.1/a.png",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://metadata.internal/",
        "https://example.com/a b.png",
        &long,
    ] {
        let (status, answer) = ingest(&world, &json!({"url": url})).await;
        assert_eq!(
            (status, &answer["field"]),
            (400, &json!("url")),
            "{url} {answer}"
        );
        let detail = answer["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("Give another address: "),
            "{url} {detail}"
        );
        assert!(!detail.contains("secret"), "{detail}");
    }
    assert_eq!(world.fetches.take().len(), 0);
    assert_eq!(world.web.received().len(), 0);
}

/// A name may lead to another network than it did when the address was given.
#[tokio::test(start_paused = true)]
async fn a_name_that_leads_to_a_network_that_is_not_public_ends_as_rejected_at_once() {
    let world = World::new(2);
    world.web.answer_with(|_| Err(WebError::NotPublic));
    let answer = ingest(&world, &json!({"url": "https://example.com/a.png"})).await;
    let file = expected(&answer, "a.png");
    Post::new(&world).finish().await;
    let rejection = world.record(&file).unwrap().rejection.unwrap();
    assert_eq!(rejection.code, "not_fetched");
    assert_eq!(
        rejection.message,
        "The file could not be fetched: the name of the server leads to an address that is not on the public internet. Check the address, and ask for the file again."
    );
    assert_eq!(world.web.received().len(), 1);
}

/// An address that was stored by an earlier version of the platform, or by hand, is checked again.
#[tokio::test(start_paused = true)]
async fn an_address_is_checked_again_before_anybody_is_called() {
    let world = World::new(3);
    let answer = ingest(&world, &json!({"url": "https://example.com/a.png"})).await;
    let file = expected(&answer, "a.png");
    let key = Key::Grant(file.app.clone(), file.upload.clone()).location();
    let grant = world.store.find(&key).unwrap();
    let mut grant: Value = serde_json::from_slice(&grant.body).unwrap();
    grant["origin"] = json!({"fetch": "https://127.0.0.1/a.png"});
    world.store.upload(&key, grant.to_string().as_bytes());
    Post::new(&world).finish().await;
    assert_eq!(rejection(&world, &file).as_deref(), Some("not_fetched"));
    assert_eq!(world.web.received().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_valid_begins_nothing() {
    let world = World::new(4);
    let url = "https://example.com/a.png";
    for (body, field) in [
        (json!({}), None),
        (json!({"url": 7}), None),
        (json!({"url": url, "name": ""}), Some("name")),
        (json!({"url": url, "name": "n".repeat(901)}), Some("name")),
        (json!({"url": url, "tags": [""]}), Some("tags[0]")),
        (json!({"url": url, "title": "t".repeat(301)}), Some("title")),
        (
            json!({"url": url, "expires_at": "2001-01-01T00:00:00Z"}),
            Some("expires_at"),
        ),
        (json!({"url": url, "other": 1}), None),
    ] {
        let (status, answer) = ingest(&world, &body).await;
        assert_eq!(status, 400, "{body} {answer}");
        if let Some(field) = field {
            assert_eq!(answer["field"], field, "{body} {answer}");
        }
    }
    assert_eq!(world.fetches.take().len(), 0);
    let unknown = [("app", "nobody")];
    let answer = ask(
        &world,
        INGEST,
        &unknown,
        &json!({"url": url}),
        &Faults::none(),
    )
    .await;
    assert_eq!((answer.0, &answer.1["code"]), (404, &json!("unknown_app")));
}

#[tokio::test(start_paused = true)]
async fn the_name_is_the_end_of_the_address_unless_one_is_given() {
    let world = World::new(5);
    for (body, name) in [
        (
            json!({"url": "https://example.com/x/cat%20%F0%9F%90%B1.png?token=s#f"}),
            "cat 🐱.png",
        ),
        (json!({"url": "https://example.com/x/"}), "file"),
        (json!({"url": "https://example.com"}), "file"),
        (json!({"url": "https://example.com/%FF"}), "file"),
        (
            json!({"url": format!("https://example.com/{}", "n".repeat(901))}),
            "file",
        ),
        (
            json!({"url": "https://example.com/a.png", "name": "b.png"}),
            "b.png",
        ),
    ] {
        let answer = ingest(&world, &body).await;
        expected(&answer, name);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_fetched_where_it_is_switched_off() {
    let world = World::new(6);
    let mut function = world.issue_token(&Faults::none());
    function.intake.fetches = None;
    let body = json!({"url": "https://example.com/a.png"}).to_string();
    let event = call(INGEST, &[("app", "demo")], &[], Some(&body));
    let answer = issue_token::handle(&function, event).await;
    let Some(Body::Text(text)) = answer.body else {
        panic!("an answer without a body");
    };
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&answer["status"], &answer["code"]),
        (&json!(409), &json!("ingest_off"))
    );
    assert_eq!(world.fetches.take().len(), 0);
}
