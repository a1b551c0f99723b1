//! Tests what is asked when captions are put and removed.

use serde_json::{Value, json};

use crate::commands::ID;
use crate::fake::{Fake, answer};

#[tokio::test]
async fn captions_are_put_as_they_are_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("film.vtt");
    // The fake reads bodies as JSON.
    std::fs::write(&file, r#"{"a": "text"}"#).unwrap();
    let file = file.to_str().unwrap();
    let path = format!("/apps/demo/media/{ID}/captions");
    let table: &[(&[&str], String, Value)] = &[
        (
            &[
                "captions",
                "put",
                ID,
                "pt-BR",
                file,
                "--name",
                "Para surdos",
            ],
            format!("PUT {path}/pt-BR?name=Para%20surdos"),
            json!({"a": "text"}),
        ),
        (
            &["captions", "put", ID, "de", file],
            format!("PUT {path}/de"),
            json!({"a": "text"}),
        ),
        (
            &["captions", "remove", ID, "../x"],
            format!("DELETE {path}/..%2Fx"),
            Value::Null,
        ),
    ];
    for (arguments, line, body) in table {
        let placed = json!({"app": "demo", "media": ID, "state": "updating", "generation": 2});
        let fake = Fake::new([answer(202, placed)]).await;
        let ran = fake.dozo(arguments).await;
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        assert!(ran.stdout.contains("updating"), "{ran:?}");
        assert_eq!(fake.asked_once(), (line.clone(), body.clone()));
    }
    let fake = Fake::new([]).await;
    let ran = fake
        .dozo(&["captions", "put", ID, "de", "/nothing/there"])
        .await;
    assert!(ran.code == 2 && fake.asked().is_empty(), "{ran:?}");
    let says = "/nothing/there cannot be read: No such file";
    assert!(ran.stderr.contains(says), "{ran:?}");
}
