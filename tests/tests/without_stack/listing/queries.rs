//! Tests parameters that cannot be used: each is refused by its name.

use dozo_tests::world::World;

use super::list;

#[tokio::test]
async fn what_cannot_be_listed_is_refused_by_its_name() {
    let world = World::new(12);
    world.register(|app| app.indexed = vec!["album".to_owned()]);
    let upload = world.upload.to_string();
    let media = format!("{upload}-0123456789abc");
    let (long_tag, long_value) = ("a".repeat(51), "a".repeat(2_049));
    let queries: [(&[(&str, &str)], &str); 25] = [
        (&[("tags", "a")], "tags"),
        (&[("metadata", "a")], "metadata"),
        (&[("state", "processing")], "state"),
        (&[("state", "")], "state"),
        (&[("state", "stuck"), ("kind", "image")], "state"),
        (&[("state", "stuck"), ("order", "newest")], "state"),
        (&[("kind", "picture")], "kind"),
        (&[("tag", "")], "tag"),
        (&[("tag", &long_tag)], "tag"),
        (&[("metadata.by", "Ada")], "metadata.by"),
        (&[("metadata.", "Ada")], "metadata."),
        (&[("metadata.album", &long_value)], "metadata.album"),
        (&[("created_from", "yesterday")], "created_from"),
        (&[("created_before", "2026-11-29")], "created_before"),
        (&[("order", "random")], "order"),
        (&[("order", "oldest"), ("kind", "image")], "order"),
        (&[("order", "oldest"), ("state", "ready")], "order"),
        (
            &[("order", "oldest"), ("state", "failed"), ("tag", "a")],
            "order",
        ),
        (&[("upload", "x")], "upload"),
        (&[("upload", &upload), ("state", "failed")], "upload"),
        (&[("upload", &upload), ("order", "newest")], "order"),
        (&[("upload", &upload), ("after", "8204000000000~")], "after"),
        (&[("after", &media)], "after"),
        (&[("tag", "a"), ("after", "../../media/")], "after"),
        (&[("state", "failed"), ("after", "8204000000000~")], "after"),
    ];
    for (query, field) in queries {
        let (status, problem) = list(&world, query).await;
        assert_eq!(
            (status, problem["field"].as_str()),
            (400, Some(field)),
            "{query:?}: {problem}"
        );
    }
}

/// The same is refused in a registration.
#[tokio::test]
async fn what_cannot_be_indexed_is_refused() {
    use dozo::memory::faults::Faults;
    use dozo_tests::world::call;

    let world = World::new(13);
    let function = world.register_app(&Faults::none());
    for (indexed, field) in [
        (r#"["a", "b", "c", "d", "e", "a"]"#, None),
        (r#"["a", "b", "c", "d", "e", "f"]"#, Some("indexed")),
        (r#"["a", "not this"]"#, Some("indexed[1]")),
        (r#"[""]"#, Some("indexed[0]")),
    ] {
        let body = format!(r#"{{"indexed": {indexed}}}"#);
        let asked = call(
            "PATCH /admin/apps/{app}",
            &[("app", "demo")],
            &[],
            Some(&body),
        );
        let (status, answer) = super::answer(register_app::handle(&function, asked).await);
        match field {
            None => assert_eq!(
                (status, answer["indexed"].as_array().unwrap().len()),
                (200, 5)
            ),
            Some(field) => assert_eq!((status, answer["field"].as_str()), (400, Some(field))),
        }
    }
}
