//! Tests good pictures of every format, damaged at random places: each gets one verdict, and the function does not
//! crash.

use dozo::vocabulary::keys::{Key, Prefix};
use dozo::vocabulary::names::AppId;
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo_tests::mutated::mutated;
use dozo_tests::pictures::picture;
use dozo_tests::stack::{PATIENCE, Stack, fresh_app, until};
use futures_util::{StreamExt, stream};
use image::ImageFormat;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;

const FILES: usize = 320;

const AT_ONCE: usize = 16;

const FORMATS: [ImageFormat; 4] = [
    ImageFormat::Jpeg,
    ImageFormat::Png,
    ImageFormat::WebP,
    ImageFormat::Gif,
];

fn harmed() -> Vec<(String, Vec<u8>)> {
    let mut rng = StdRng::seed_from_u64(300);
    let formats = FORMATS.iter().cycle().take(FILES);
    let files = (0..).zip(formats).map(|(number, format): (usize, _)| {
        let good = picture(*format, 120, 90, u8::try_from(number % 256).unwrap()).unwrap();
        (format!("{number}"), mutated(&good, &mut rng))
    });
    files.collect()
}

async fn verdict(stack: &Stack, key: &str) -> MediaRecord {
    until(&format!("a verdict in {key}"), PATIENCE, || async {
        let body = stack.object("records", key).await?;
        let record: MediaRecord = serde_json::from_slice(&body).unwrap();
        let settled = !matches!(record.state, State::Validating | State::Processing);
        settled.then_some(record)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_each_judged() {
    let stack = Stack::running();
    let app = fresh_app("harmed");
    stack.register(&app, &json!({})).await;
    let grant = stack.grant_for(&app, &json!({})).await;
    let app = AppId::parse(&app).unwrap();
    let s3 = stack.s3(&grant.keys);
    let uploads = harmed().into_iter().map(|(name, body)| {
        let put = s3.put_object().bucket(&grant.bucket).key(grant.key(&name));
        let key = Key::Media(app.clone(), grant.media(&name)).to_string();
        async move {
            let _sent = put.body(body.into()).send().await.unwrap();
            key
        }
    });
    let keys: Vec<_> = stream::iter(uploads)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;

    let (mut ready, mut rejected) = (0, 0);
    for key in &keys {
        let record = verdict(&stack, key).await;
        // A crash would be recorded here, or would make another delivery fail.
        assert!(record.last_error.is_none(), "{record:?}");
        ready += usize::from(record.state == State::Ready);
        rejected += usize::from(record.state == State::Rejected);
    }
    // Some damage only changes a colour, but most breaks the file.
    assert_eq!(ready + rejected, FILES, "each is one or the other");
    assert!(
        ready > 10 && rejected > 100,
        "{ready} ready, {rejected} rejected"
    );
    let given_up = stack
        .all_keys("records", Prefix::failed(&app).as_str())
        .await;
    assert!(given_up.is_empty(), "{given_up:?}");
    let log = stack.log_of("validate-upload");
    assert!(!log.contains("panicked at"), "validate-upload panicked");
}
