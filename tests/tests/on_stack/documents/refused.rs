//! Tests documents that cannot be shown: each is refused with its reason; a page that would never end is given up
//! alone.

use dozo_tests::pdfs::{OWNER_PASSWORD, USER_PASSWORD, Writer, plain};
use dozo_tests::stack::{DEMO, Stack};
use serde_json::json;

use crate::documents::{manifest, ready, uploaded};

#[tokio::test]
async fn each_with_its_code_and_nothing_delivered() {
    let stack = Stack::running();
    let mut cut = plain(5);
    cut.truncate(50);
    for (name, body, code) in [
        ("locked.pdf", USER_PASSWORD.to_vec(), "pdf_encrypted"),
        ("cut.pdf", cut, "damaged"),
        (
            "garbage.pdf",
            b"%PDF-1.4\nnothing of a document".to_vec(),
            "damaged",
        ),
    ] {
        let media = uploaded(&stack, name, body).await;
        let shown = stack.until_state(DEMO, &media, "rejected").await;
        assert_eq!(shown["rejection"]["code"], code, "{name}");
        let left = stack
            .keys("delivery", &format!("public/{DEMO}/{media}/"))
            .await;
        assert!(left.is_empty(), "{name}: {left:?}");
    }
    let (_, answer) = ready(&stack, "owner.pdf", OWNER_PASSWORD.to_vec()).await;
    assert_eq!(answer["pages"], 1);
}

/// A document of three pages, the second of which is filled with ten thousand million tiles.
fn endless() -> Vec<u8> {
    let mut writer = Writer::default();
    let (root, tree) = (writer.add(""), writer.add(""));
    let pattern = writer.stream(
        "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.001 /YStep 0.001 /Resources << >>",
        b"0 0 1 rg 0 0 1 1 re f",
    );
    let mut kids = String::new();
    for content in ["", "/Pattern cs /P1 scn 0 0 100 100 re f", "0 0 50 50 re f"] {
        let content = writer.stream("", content.as_bytes());
        let page = writer.add(format!(
            "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 100 100] /Contents {content} 0 R \
             /Resources << /Pattern << /P1 {pattern} 0 R >> >> >>"
        ));
        kids.push_str(&format!("{page} 0 R "));
    }
    writer.set(tree, format!("<< /Type /Pages /Kids [{kids}] /Count 3 >>"));
    writer.set(root, format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    writer.finish(root)
}

#[tokio::test]
async fn a_page_without_end_is_given_up_and_the_others_are_shown() {
    let stack = Stack::running();
    let (_, answer) = ready(&stack, "endless.pdf", endless()).await;
    assert_eq!(answer["broken_pages"], json!([2]));
    let manifest = manifest(&stack, &answer).await;
    let painted = |place: usize| manifest["items"][place]["items"].as_array().unwrap().len();
    assert_eq!([painted(0), painted(1), painted(2)], [1, 0, 1]);
}
