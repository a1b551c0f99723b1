//! Nothing is left without a word, an example or a name.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{document, page};

fn described(value: &Value) -> bool {
    let says = value.get("description").and_then(Value::as_str);
    says.is_some_and(|says| !says.trim().is_empty())
}

fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap();
            methods
                .iter()
                .map(move |(method, entry)| (format!("{method} {path}"), entry.clone()))
        })
        .collect()
}

#[test]
fn every_operation_says_what_it_does_with_an_example() {
    let document = document().unwrap();
    let mut ids = BTreeSet::new();
    for (route, entry) in operations(&document) {
        let id = entry["operationId"].as_str().unwrap();
        let is_camel_case = id.chars().all(|letter| letter.is_ascii_alphanumeric())
            && id.starts_with(|letter: char| letter.is_ascii_lowercase());
        assert!(is_camel_case && ids.insert(id.to_owned()), "{route}: {id}");
        assert!(described(&entry), "{route}");
        assert!(!entry["summary"].as_str().unwrap().is_empty(), "{route}");
        let tags: Vec<_> = document["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| &tag["name"])
            .collect();
        assert!(tags.contains(&&entry["tags"][0]), "{route}");
        for parameter in entry["parameters"].as_array().unwrap() {
            assert!(described(parameter), "{route}: {parameter}");
        }
        let body = entry.get("requestBody").into_iter();
        let responses = entry["responses"].as_object().unwrap();
        let own = responses
            .values()
            .filter(|answer| answer.get("$ref").is_none());
        for told in body.chain(own) {
            assert!(described(told), "{route}: {told}");
            for (kind, content) in told["content"].as_object().unwrap() {
                let has_example = content.get("example").or(content.get("examples"));
                assert!(has_example.is_some(), "{route}: {kind}");
            }
        }
    }
}

#[test]
fn every_field_says_what_it_is() {
    let document = document().unwrap();
    let mut silent = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if !described(schema) {
            silent.push(name.clone());
        }
        look(name, schema, &mut silent);
    }
    assert!(
        silent.is_empty(),
        "give these a doc comment: {}",
        silent.join(", ")
    );
}

fn look(name: &str, schema: &Value, silent: &mut Vec<String>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (field, one) in properties.into_iter().flat_map(Map::iter) {
        let name = format!("{name}.{field}");
        if !described(one) {
            silent.push(name.clone());
        }
        look(&name, one, silent);
    }
    for word in ["anyOf", "oneOf", "allOf"] {
        let choices = schema.get(word).and_then(Value::as_array);
        choices
            .into_iter()
            .flatten()
            .for_each(|one| look(name, one, silent));
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document().unwrap();
    let mut wrong = Vec::new();
    follow(&document, &document, &mut wrong);
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn follow(document: &Value, value: &Value, wrong: &mut Vec<String>) {
    if let Some(target) = value.get("$ref").and_then(Value::as_str) {
        let found = target
            .strip_prefix('#')
            .and_then(|pointer| document.pointer(pointer));
        if found.is_none() {
            wrong.push(target.to_owned());
        }
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|one| follow(document, one, wrong)),
        Value::Array(items) => items.iter().for_each(|one| follow(document, one, wrong)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_page_has_every_operation_and_every_schema_and_fetches_nothing() {
    let document = document().unwrap();
    let page = page(&document);
    for (route, entry) in operations(&document) {
        let id = entry["operationId"].as_str().unwrap();
        assert!(page.contains(&format!("<article id=\"{id}\">")), "{route}");
    }
    for name in document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
    {
        assert!(
            page.contains(&format!("<article id=\"schema-{name}\">")),
            "{name}"
        );
    }
    for word in ["<script", "<link", "src=", "@import", "url("] {
        assert!(!page.contains(word), "{word}");
    }
}
