//! Tests which orders for copies are taken.

use super::*;

async fn refused(world: &World, file: &UploadedFile, route: &str, body: Value) -> (i64, String) {
    let (status, answer) = copy(world, file, route, &body).await;
    let code = answer["code"].as_str().unwrap_or_default().to_owned();
    let field = answer["field"].as_str().unwrap_or_default();
    (status, format!("{code} {field}").trim().to_owned())
}

#[tokio::test(start_paused = true)]
async fn only_an_admin_copies_into_another_app() {
    let world = World::new(1);
    another_app(&world, |_| {});
    let file = publish(&world, "a.png", &with_text()).await;
    let refusal = refused(&world, &file, COPY, json!({"app": "other"})).await;
    assert_eq!(refusal, (400, "invalid_request app".to_owned()));
    expected(
        &copy(&world, &file, COPY, &json!({"app": "demo"})).await,
        "a.png",
    );
    let answer = copy(&world, &file, COPY_AS_ADMIN, &json!({"app": "other"})).await;
    assert_eq!(expected(&answer, "a.png").app.as_str(), "other");
    let refusal = refused(&world, &file, COPY_AS_ADMIN, json!({"app": "third"})).await;
    assert_eq!(refusal, (404, "unknown_app".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_valid_begins_nothing() {
    let world = World::new(2);
    let file = publish(&world, "a.png", &with_text()).await;
    let before = world.store.contents(Bucket::Records).len();
    for (body, expected) in [
        (json!({"name": ""}), "invalid_request name"),
        (json!({"name": "n".repeat(901)}), "invalid_request name"),
        (json!({"app": "../x"}), "invalid_request app"),
        (
            json!({"visibility": "secret"}),
            "invalid_request visibility",
        ),
        (json!({"url": "https://example.com"}), "invalid_request url"),
        (json!([]), "invalid_request"),
    ] {
        let refusal = refused(&world, &file, COPY, body.clone()).await;
        assert_eq!(refusal.0, 400, "{body} {refusal:?}");
        assert!(
            refusal.1.starts_with("invalid_request"),
            "{body} {refusal:?} {expected}"
        );
    }
    assert_eq!(world.store.contents(Bucket::Records).len(), before);
    assert_eq!(world.operations.take().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn only_what_is_delivered_is_copied() {
    let world = World::new(3);
    let file = world.file("a.png");
    let unknown = refused(&world, &file, COPY, json!({})).await;
    assert_eq!(unknown, (404, "unknown_media".to_owned()));
    let file = publish(&world, "a.png", &with_text()).await;
    let key = Key::Media(file.app.clone(), file.media.clone());
    for (state, expected) in [
        (State::Validating, Some("not_ready")),
        (State::Processing, Some("not_ready")),
        (State::Rejected, Some("not_ready")),
        (State::Failed, Some("not_ready")),
        (State::Suspending, Some("not_ready")),
        (State::Suspended, Some("not_ready")),
        (State::Restoring, Some("not_ready")),
        (State::Moving, Some("not_ready")),
        (State::Deleting, Some("deleted")),
        (State::Deleted, Some("deleted")),
        (State::Updating, None),
        (State::Ready, None),
    ] {
        let mut record = world.record(&file).unwrap();
        record.state = state;
        let body = json!(record).to_string();
        world.store.upload(&key.location(), body.as_bytes());
        let (status, answer) = copy(&world, &file, COPY, &json!({})).await;
        let code = answer["code"].as_str();
        assert_eq!(code, expected, "{state}: {status}");
        assert_eq!(
            status,
            if expected.is_some() { 409 } else { 202 },
            "{state}"
        );
    }
}

/// Whatever the process dies at, there is no copy or one, and it is made although no message was sent.
#[tokio::test(start_paused = true)]
async fn an_order_that_is_interrupted_is_carried_out_or_was_never_begun() {
    let mut made = BTreeSet::new();
    for number in 0..12 {
        for fault in dozo::memory::faults::Fault::ALL {
            let world = World::new(4);
            let file = publish(&world, "a.png", &with_text()).await;
            let path = [("app", "demo"), ("media", file.media.as_str())];
            let faults = Faults::at(number, fault);
            let (status, _) = ask(&world, COPY, &path, &json!({}), &faults).await;
            Post::new(&world).finish().await;
            lost::sweep(&world).await;
            Post::new(&world).finish().await;
            let media = world.store.contents(Bucket::Records).into_iter();
            let media = media.filter(|(key, _)| key.starts_with("media/"));
            let states: Vec<_> = media
                .map(|(_, object)| serde_json::from_slice::<Value>(&object.body).unwrap())
                .map(|record| record["state"].as_str().unwrap().to_owned())
                .collect();
            let context = format!("{fault:?} at {number}: {status} {states:?}");
            assert!(states.iter().all(|state| state == "ready"), "{context}");
            let copies = states.len() - 1;
            assert!(copies == 1 || copies == 0 && status != 202, "{context}");
            made.insert(copies);
        }
    }
    assert_eq!(made, BTreeSet::from([0, 1]));
}
