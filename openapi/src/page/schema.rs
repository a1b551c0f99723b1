//! Schemas on the page: what a value is, and the fields of an object.

use serde_json::Value;

use super::object;
use super::text::{at, escape, inline, prose};

/// Returns a schema with its fields.
pub(super) fn body(schema: &Value) -> String {
    let mut html = prose(at(schema, "/description"));
    if object(schema, "/properties").next().is_none() {
        html.push_str(&format!("<p>{}</p>\n", kind(schema)));
        return html;
    }
    html.push_str(&fields(schema));
    for choice in choices(schema) {
        if object(choice, "/properties").next().is_some() {
            html.push_str("<p>and either these fields:</p>\n");
            html.push_str(&fields(choice));
        }
    }
    html
}

fn fields(schema: &Value) -> String {
    let rows: String = object(schema, "/properties")
        .map(|(name, field)| {
            format!(
                "<tr><td><code>{name}</code>{star}<td>{kind}<td>{says}\n",
                name = escape(name),
                star = if is_required(schema, name) {
                    "<sup title=\"always there\">*</sup>"
                } else {
                    ""
                },
                kind = kind(field),
                says = prose(at(field, "/description")),
            )
        })
        .collect();
    format!("<table>\n<tr><th>field<th>type<th>meaning\n{rows}</table>\n")
}

fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|names| names.iter().any(|one| one == name))
}

/// Returns in words and links what a value is.
pub(super) fn kind(schema: &Value) -> String {
    let plain = plain(schema);
    let limits = limits(schema);
    if limits.is_empty() {
        plain
    } else {
        format!("{plain} <small>{}</small>", limits.join(", "))
    }
}

fn plain(schema: &Value) -> String {
    if let Some(name) = at(schema, "/$ref")
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
    {
        return format!("<a href=\"#schema-{name}\">{name}</a>", name = escape(name));
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<_> = values
            .iter()
            .map(|value| format!("<code>{}</code>", escape(&shown(value))))
            .collect();
        return values.join(" | ");
    }
    let choices: Vec<_> = choices(schema)
        .map(kind)
        .filter(|kind| !kind.is_empty())
        .collect();
    if !choices.is_empty() && object(schema, "/properties").next().is_none() {
        return choices.join(" | ");
    }
    let names: Vec<_> = match schema.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(_) | None => Vec::new(),
    };
    let names: Vec<_> = names.into_iter().map(|name| named(schema, name)).collect();
    names.join(" | ")
}

fn named(schema: &Value, name: &str) -> String {
    match (
        name,
        schema.get("items"),
        schema.get("additionalProperties"),
    ) {
        ("array", Some(items), _) => format!("list of {}", kind(items)),
        ("object", _, Some(values)) if values.is_object() => format!("map of {}", kind(values)),
        ("string", ..) if schema.get("format").is_some() => escape(at(schema, "/format")),
        _ => escape(name),
    }
}

fn choices(schema: &Value) -> impl Iterator<Item = &Value> {
    ["anyOf", "oneOf", "allOf"]
        .into_iter()
        .filter_map(|word| schema.get(word))
        .filter_map(Value::as_array)
        .flatten()
}

fn limits(schema: &Value) -> Vec<String> {
    [
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("minLength", "characters at least"),
        ("maxLength", "characters at most"),
        ("minItems", "items at least"),
        ("maxItems", "items at most"),
        ("maxProperties", "fields at most"),
        ("default", "default"),
        ("pattern", "like"),
    ]
    .into_iter()
    .filter_map(|(word, says)| Some((schema.get(word)?, says)))
    .map(|(value, says)| format!("{says} {}", inline(&format!("`{}`", shown(value)))))
    .collect()
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map(str::to_owned);
    text.unwrap_or_else(|| value.to_string())
}
