//! Tests lists: oldest first, a hundred items a page, each media once.

use std::collections::BTreeSet;

use dozo_tests::stack::{PATIENCE, Stack, until};
use futures_util::{StreamExt, stream};

/// Uploads that run at the same time.
const AT_ONCE: usize = 16;

#[tokio::test]
async fn of_an_upload_page_by_page() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    // These files are refused at once, so a hundred of them take only seconds.
    let names: Vec<_> = (0..105).map(|n| format!("file {n}")).collect();
    stream::iter(&names)
        .map(|name| stack.put(&grant, name, "no picture"))
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
    let last = stack
        .until_state("demo", &grant.media(&names[104]), "rejected")
        .await;
    assert_eq!(last["rejection"]["code"], "unknown_format");
    let prefix = format!("media/demo/{}-", grant.upload);
    until("all are on record", PATIENCE, || async {
        (stack.keys("records", &prefix).await.len() == names.len()).then_some(())
    })
    .await;
    let first = format!("/apps/demo/media?upload={}", grant.upload);
    let page = stack.app().get(&first).await.json();
    let next = page["next"].as_str().unwrap();
    let rest = stack
        .app()
        .get(&format!("{first}&after={next}"))
        .await
        .json();
    assert!(rest.get("next").is_none(), "{rest}");
    let ids = |page: &serde_json::Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| item["media"].as_str().unwrap().to_owned())
            .collect()
    };
    let (page, rest) = (ids(&page), ids(&rest));
    assert_eq!((page.len(), rest.len()), (100, 5));
    let all = [page, rest].concat();
    assert!(all.is_sorted());
    let wanted: BTreeSet<_> = names
        .iter()
        .map(|name| grant.media(name).to_string())
        .collect();
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), wanted);
}
