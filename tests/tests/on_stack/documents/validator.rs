//! Tests that a library of the IIIF community can read the manifest.

use dozo_tests::pdfs::plain;
use dozo_tests::stack::{DEMO, PATIENCE, Program, Stack, until};
use dozo_tests::template::workspace;
use reqwest::Method;
use serde_json::{Value, json};

use crate::documents::{manifest, ready};

/// Has the library read a manifest, and print what this expression says of it.
async fn read(manifest: &Value, expression: &str) -> String {
    let script = format!(
        "import sys, iiif_prezi3 as iiif; m = iiif.Manifest.model_validate_json(sys.argv[1]); \
         print({expression}, end='')"
    );
    Program::new(workspace().join(".local/venv-iiif-prezi/bin/python3"))
        .args(["-c", &script, &manifest.to_string()])
        .run()
        .await
        .succeeded()
}

#[tokio::test]
async fn iiif_prezi3_takes_the_manifest() {
    let stack = Stack::running();
    let (_, answer) = ready(&stack, "a \"b\" <c>.pdf", plain(7)).await;
    let manifest = manifest(&stack, &answer).await;
    let said = "m.type, len(m.items), m.items[6].items[0].items[0].body.service[0].type";
    assert_eq!(read(&manifest, said).await, "Manifest 7 ImageService3");
}

#[tokio::test]
async fn iiif_prezi3_takes_what_an_app_says() {
    let stack = Stack::running();
    let file = json!({"name": "a.pdf", "title": "A <guide>", "alt": "How to\nbegin"});
    let grant = stack.grant_for(DEMO, &json!({ "files": [file] })).await;
    stack.put(&grant, "a.pdf", plain(2)).await;
    let media = grant.media("a.pdf");
    let answer = stack.until_state(DEMO, &media, "ready").await;
    let said = "m.label['none'], m.summary['none']";
    let first = manifest(&stack, &answer).await;
    assert_eq!(read(&first, said).await, "['A <guide>'] ['How to\\nbegin']");
    let path = format!("/apps/{DEMO}/media/{media}");
    let words = json!({"title": "Handbook", "alt": "Begin here"});
    let reply = stack.app().send(Method::PATCH, &path, &words).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let retold = until("the new title", PATIENCE, || async {
        let manifest = manifest(&stack, &answer).await;
        (manifest["label"] == json!({"none": ["Handbook"]})).then_some(manifest)
    });
    assert_eq!(
        read(&retold.await, said).await,
        "['Handbook'] ['Begin here']"
    );
}
