//! Tests that `docs/events.json` is the schema of the events that are sent.

use dozo::memory::faults::Faults;
use dozo::stages::announce::schema::schema;
use dozo_tests::template::workspace;
use serde_json::Value;

use super::{hint, ready};

/// `GOLDEN=write cargo test --workspace --test without_stack -- announcing::schema` writes the file anew.
#[test]
fn the_schema_is_the_one_on_file() {
    let path = workspace().join("docs/events.json");
    let current = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let on_file = std::fs::read_to_string(&path).unwrap();
    assert_eq!(on_file, current, "write docs/events.json anew");
}

fn names(of: &Value) -> Vec<&str> {
    let mut names: Vec<_> = of.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test(start_paused = true)]
async fn an_event_has_the_fields_of_the_schema_and_no_other() {
    let (world, file) = ready(1).await;
    hint(&world, &file, &Faults::none()).await;
    let event: Value = serde_json::from_str(&world.bus.published()[0].body).unwrap();
    let schema = schema();
    let described = &schema["$defs"]["media_event"];
    assert_eq!(names(&event), names(&described["properties"]));
    let required = described["required"].as_array().unwrap();
    assert_eq!(required.len(), names(&event).len());
    for field in schema["$defs"]["media"]["required"].as_array().unwrap() {
        assert!(!event["data"][field.as_str().unwrap()].is_null(), "{field}");
    }
}
