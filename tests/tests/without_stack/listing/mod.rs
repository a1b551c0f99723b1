//! Tests that apps' media are listed as they are: newest first, by what they have in common, whatever happens on the way.

mod faults;
mod healed;
mod many;
mod pages;
mod queries;
mod random;
mod usage;

use std::collections::BTreeSet;

use aws_lambda_events::encodings::Body;
use dozo::memory::faults::Faults;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo_tests::post::Post;
use dozo_tests::world::{World, call, far};
use serde_json::{Value, json};

use crate::announcing::{LEASE, hint};

const DESCRIBE: &str = "PATCH /apps/{app}/media/{media}";

/// Asks for a list.
async fn list(world: &World, query: &[(&str, &str)]) -> (i64, Value) {
    counted(world, query, &Faults::none()).await
}

async fn counted(world: &World, query: &[(&str, &str)], faults: &Faults) -> (i64, Value) {
    let asked = call("GET /apps/{app}/media", &[("app", "demo")], query, None);
    answer(show_media::handle(&world.show_media(faults), asked).await)
}

async fn index(world: &World, body: &Value, faults: &Faults) -> (i64, Value) {
    let route = "POST /admin/apps/{app}/index";
    let asked = call(route, &[("app", "demo")], &[], Some(&body.to_string()));
    answer(retry_media::handle(&world.retry_media(faults), asked).await)
}

fn answer(answer: aws_lambda_events::apigw::ApiGatewayV2httpResponse) -> (i64, Value) {
    let Some(Body::Text(text)) = answer.body else {
        panic!("an answer without a body");
    };
    (answer.status_code, serde_json::from_str(&text).unwrap())
}

/// Returns the ids on a page.
fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    let ids = items.iter().map(|item| item["media"].as_str().unwrap());
    ids.map(ToOwned::to_owned).collect()
}

/// Returns the ids of all pages of a list.
async fn all(world: &World, query: &[(&str, &str)]) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None::<String>);
    for _ in 0..1_000 {
        let mut asked = query.to_vec();
        if let Some(after) = &after {
            asked.push(("after", after));
        }
        let (status, page) = list(world, &asked).await;
        assert_eq!(status, 200, "{page}");
        found.extend(ids(&page));
        after = page["next"].as_str().map(ToOwned::to_owned);
        if after.is_none() {
            return found;
        }
    }
    panic!("a list without end: {query:?}");
}

/// Describes a media; nobody is told of it.
async fn describe(world: &World, file: &UploadedFile, body: &Value) {
    let path = [("app", "demo"), ("media", file.media.as_str())];
    let asked = call(DESCRIBE, &path, &[], Some(&body.to_string()));
    suspend_media::handle(&world.suspend_media(&Faults::none()), asked).await;
}

async fn sweep(world: &World) {
    world.clock.advance(1_400);
    sweep_lost::handle(&world.sweep_lost(&Faults::none()), far())
        .await
        .unwrap();
    Post::new(world).announcing_nothing().finish().await;
}

/// Brings everything up to date, as hints do that come again.
async fn settle(world: &World, files: &[UploadedFile]) {
    world.clock.advance(LEASE);
    for file in files {
        assert!(hint(world, file, &Faults::none()).await, "{}", file.media);
    }
}

fn keys(world: &World, folder: &str) -> BTreeSet<String> {
    let keys = world.store.contents(Bucket::Records).into_keys();
    keys.filter(|key| key.starts_with(folder)).collect()
}

/// Checks that there is an entry for each facet of each record, and no other; that notes say just that; and that what is
/// counted as stored is what is stored.
async fn assert_exact(world: &World, files: &[UploadedFile]) {
    let indexed = registered(world);
    let records: Vec<_> = files.iter().filter_map(|file| world.record(file)).collect();
    let mut entries = BTreeSet::new();
    let (mut media, mut bytes, mut notes) = (0_u64, 0_u64, BTreeSet::new());
    for record in &records {
        let facets = record.facets(&indexed);
        let stored = record.stored_bytes();
        if !facets.is_empty() || stored.is_some() {
            let note = Key::Indexed(record.app.clone(), record.media.clone());
            let says = world.store.find(&note.location()).unwrap();
            let says: Value = serde_json::from_slice(&says.body).unwrap();
            let expected = stored.map_or_else(
                || json!({"facets": facets}),
                |bytes| json!({"facets": facets, "stored": bytes}),
            );
            assert_eq!(says, expected);
            notes.insert(note.to_string());
        }
        media += u64::from(stored.is_some());
        bytes += stored.unwrap_or(0);
        entries.extend(facets.into_iter().map(|facet| {
            let key = Key::Listed(record.app.clone(), facet, record.position());
            key.to_string()
        }));
    }
    assert_eq!(keys(world, "listed/"), entries, "{records:#?}");
    assert_eq!(keys(world, "indexed/"), notes);
    let report = usage::report(world, &[]).await.1;
    assert_eq!(
        (&report["stored"]["media"], &report["stored"]["bytes"]),
        (&json!(media), &json!(bytes)),
        "{report}"
    );
}

fn registered(world: &World) -> Vec<String> {
    let mut indexed = Vec::new();
    world.register(|app| indexed.clone_from(&app.indexed));
    indexed
}
