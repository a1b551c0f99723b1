//! Tests unusual file names: they never become a path, and come back safely quoted.

use dozo_tests::stack::Stack;
use futures_util::future::join_all;
use image::ImageFormat;

use crate::clients::{delivered, photo};

/// Names, and their two forms in `Content-Disposition`. No name has a newline: the `*` in the emulator's policies does
/// not match one, unlike IAM's, so nobody could put or read such a key there. (`dozo::stages::publish` has a test of it.)
const NAMES: [(&str, &str, &str); 12] = [
    ("..", "...png", "...png"),
    ("a/../../b.png", "b.png", "b.png"),
    ("%2F..%2F%00", "_2F.._2F_00.png", "%252F..%252F%2500.png"),
    (
        "two\rlines\tX-Evil: 1.png",
        "twolinesX-Evil_ 1.png",
        "twolinesX-Evil%3A%201.png",
    ),
    (
        "😀 party 🎉.png",
        "_ party _.png",
        "%F0%9F%98%80%20party%20%F0%9F%8E%89.png",
    ),
    ("\u{202e}gnp.exe", "gnp.exe.png", "gnp.exe.png"),
    (
        "\u{200f}שלום.png",
        "____.png",
        "%D7%A9%D7%9C%D7%95%D7%9D.png",
    ),
    (
        "\"quoted\"; filename=evil.html",
        "_quoted_; filename=evil.html.png",
        "%22quoted%22%3B%20filename%3Devil.html.png",
    ),
    ("back\\slash", "back_slash.png", "back%5Cslash.png"),
    (
        "a+b c&d=e?f#g",
        "a+b c&d=e_f#g.png",
        "a+b%20c&d%3De%3Ff#g.png",
    ),
    ("cafe\u{301}.png", "cafe_.png", "cafe%CC%81.png"),
    (
        "日本語/フォルダ/写真.png",
        "__.png",
        "%E5%86%99%E7%9C%9F.png",
    ),
];

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .unwrap()
        .into_owned()
}

#[tokio::test]
async fn any_name_is_accepted_and_safely_quoted() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let bytes = photo(ImageFormat::Png, 41);
    join_all(NAMES.map(|(name, _, _)| stack.put(&grant, name, bytes.clone()))).await;
    for (name, plain, exact) in NAMES {
        let (shown, reply) = delivered(&stack, &grant, name).await;
        assert_eq!(shown["file_name"], name);
        let wanted = format!("inline; filename=\"{plain}\"; filename*=UTF-8''{exact}");
        assert_eq!(reply.header("content-disposition"), wanted, "{name:?}");
        assert_eq!(reply.header("x-evil"), "", "{name:?}");
        assert_eq!(reply.header("content-type"), "image/png", "{name:?}");
        assert_eq!(reply.body, bytes);
        let download = shown["urls"]["download"].as_str().unwrap();
        let saved_as = download.rsplit('/').next().unwrap();
        assert_eq!(decoded(saved_as), decoded(exact), "{name:?}");
        let saved = stack.fetch(download).await;
        assert_eq!(
            saved.header("content-disposition"),
            "attachment",
            "{name:?}"
        );
        assert_eq!(saved.body, bytes);
    }
}

#[tokio::test]
async fn a_name_of_900_bytes_is_the_longest() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    // No segment is over 255 bytes, because the emulator keeps objects as files.
    let long = "猫の写真/".repeat(60) + &"x".repeat(900 - 60 * 13);
    assert_eq!(long.len(), 900);
    let longer = format!("{long}x");
    let bytes = photo(ImageFormat::Jpeg, 42);
    stack.put(&grant, &long, bytes.clone()).await;
    stack.put(&grant, &longer, bytes.clone()).await;
    let (_, reply) = delivered(&stack, &grant, &long).await;
    assert_eq!(reply.body, bytes);
    let refused = stack
        .until_state("demo", &grant.media(&longer), "rejected")
        .await;
    assert_eq!(refused["rejection"]["code"], "name_too_long");
    assert!(refused.get("urls").is_none(), "{refused}");
}
