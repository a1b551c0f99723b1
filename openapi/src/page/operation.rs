//! One operation on the page.

use serde_json::Value;

use super::text::{at, escape, inline, prose};
use super::{array, object, schema};

/// Returns the section of an operation.
pub(super) fn section(document: &Value, method: &str, path: &str, entry: &Value) -> String {
    format!(
        "<article id=\"{id}\">\n<h3>{summary}</h3>\n\
         <p class=\"route\"><b>{method}</b> <code>{path}</code> <small>{id}</small></p>\n\
         {says}{parameters}{body}{answers}</article>\n",
        id = escape(at(entry, "/operationId")),
        summary = escape(at(entry, "/summary")),
        method = method.to_uppercase(),
        path = escape(path),
        says = prose(at(entry, "/description")),
        parameters = parameters(entry),
        body = request(entry),
        answers = answers(document, entry),
    )
}

fn parameters(entry: &Value) -> String {
    let rows: String = array(entry, "/parameters")
        .map(|parameter| {
            let schema = parameter.get("schema").cloned().unwrap_or_default();
            let required = parameter.get("required") == Some(&Value::Bool(true));
            format!(
                "<tr><td><code>{name}</code><td>{place}{star}<td>{kind}<td>{says}\n",
                name = escape(at(parameter, "/name")),
                place = escape(at(parameter, "/in")),
                star = if required { ", required" } else { "" },
                kind = schema::kind(&schema),
                says = inline(at(parameter, "/description")),
            )
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("<h4>Parameters</h4>\n<table>\n<tr><th>name<th>in<th>type<th>meaning\n{rows}</table>\n")
}

fn request(entry: &Value) -> String {
    let Some(body) = entry.get("requestBody") else {
        return String::new();
    };
    let contents: String = object(body, "/content")
        .map(|(kind, content)| content_of(kind, content))
        .collect();
    format!(
        "<h4>Body</h4>\n{}{contents}",
        prose(at(body, "/description"))
    )
}

fn answers(document: &Value, entry: &Value) -> String {
    let rows: String = object(entry, "/responses")
        .map(|(status, answer)| {
            let answer = resolved(document, answer);
            let headers: Vec<_> = object(answer, "/headers")
                .map(|(name, _)| format!("<code>{}</code>", escape(name)))
                .collect();
            let headers = if headers.is_empty() {
                String::new()
            } else {
                format!("<p>Headers: {}</p>\n", headers.join(", "))
            };
            let contents: String = object(answer, "/content")
                .map(|(kind, content)| content_of(kind, content))
                .collect();
            format!(
                "<details><summary><b>{status}</b> {says}</summary>\n{whole}{headers}{contents}</details>\n",
                says = heading(at(answer, "/description")),
                whole = if at(answer, "/description").starts_with("- ") {
                    prose(at(answer, "/description"))
                } else {
                    String::new()
                },
            )
        })
        .collect();
    format!("<h4>Answers</h4>\n{rows}")
}

/// Returns a description on one line; of a list of problems their codes.
fn heading(says: &str) -> String {
    if !says.starts_with("- ") {
        return inline(says);
    }
    let codes: Vec<_> = says
        .lines()
        .filter_map(|line| line.split('`').nth(1))
        .map(|code| format!("<code>{}</code>", escape(code)))
        .collect();
    let mut each = Vec::new();
    for code in codes {
        if !each.contains(&code) {
            each.push(code);
        }
    }
    each.join(", ")
}

fn content_of(kind: &str, content: &Value) -> String {
    let schema = content.get("schema").cloned().unwrap_or_default();
    let examples = content
        .get("example")
        .into_iter()
        .chain(object(content, "/examples").filter_map(|(_, example)| example.get("value")));
    let examples: String = examples
        .map(|example| format!("<pre>{}</pre>\n", escape(&written(example))))
        .collect();
    format!(
        "<p><code>{}</code>: {}</p>\n{examples}",
        escape(kind),
        schema::kind(&schema)
    )
}

fn written(example: &Value) -> String {
    let text = example.as_str().map(str::to_owned);
    text.unwrap_or_else(|| serde_json::to_string_pretty(example).unwrap_or_default())
}

/// Follows a reference within the document.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = at(value, "/$ref").strip_prefix('#');
    target
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(value)
}
