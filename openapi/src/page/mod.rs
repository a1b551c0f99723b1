//! The description as one static page: no script, nothing that is fetched.

mod operation;
mod schema;
mod text;

use std::fmt::Write as _;

use serde_json::{Map, Value};

use self::text::{at, escape, fragment, prose};

const STYLE: &str = include_str!("page.css");

/// Returns the page.
#[must_use]
pub fn page(document: &Value) -> String {
    let operations = operations(document);
    let mut body = String::new();
    let mut links = String::new();
    for tag in array(document, "/tags") {
        let name = at(tag, "/name");
        let of_tag = operations
            .iter()
            .filter(|(_, _, entry)| at(entry, "/tags/0") == name);
        let _ = write!(
            body,
            "<section id=\"{id}\">\n<h2>{title}</h2>\n{says}",
            id = fragment(name),
            title = escape(name),
            says = prose(at(tag, "/description")),
        );
        let _ = write!(
            links,
            "<li><a href=\"#{}\">{}</a><ul>",
            fragment(name),
            escape(name)
        );
        for (method, path, entry) in of_tag {
            body.push_str(&operation::section(document, method, path, entry));
            let (id, summary) = (at(entry, "/operationId"), at(entry, "/summary"));
            let _ = write!(
                links,
                "<li><a href=\"#{}\">{}</a></li>",
                escape(id),
                escape(summary)
            );
        }
        body.push_str("</section>\n");
        links.push_str("</ul></li>\n");
    }
    body.push_str(&schemas(document));
    links.push_str("<li><a href=\"#schemas\">Schemas</a></li>\n");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} API</title>\n<style>\n{STYLE}</style>\n\
         <nav aria-label=\"Contents\">\n<ul>\n{links}</ul>\n</nav>\n\
         <main>\n<h1>{title} API <small>{version}</small></h1>\n{summary}{says}{servers}{body}</main>\n</html>\n",
        title = escape(at(document, "/info/title")),
        version = escape(at(document, "/info/version")),
        summary = prose(at(document, "/info/summary")),
        says = prose(at(document, "/info/description")),
        servers = servers(document),
    )
}

/// Returns method, path and entry of all operations, in the order of their paths.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = object(document, "/paths");
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, entry)| (method.as_str(), path.as_str(), entry))
        })
        .collect()
}

fn servers(document: &Value) -> String {
    let rows: String = array(document, "/servers")
        .map(|server| {
            format!(
                "<tr><td><code>{}</code><td>{}\n",
                escape(at(server, "/url")),
                prose(at(server, "/description")),
            )
        })
        .collect();
    format!("<table>\n<tr><th>address<th>of\n{rows}</table>\n")
}

fn schemas(document: &Value) -> String {
    let all: String = object(document, "/components/schemas")
        .map(|(name, one)| {
            format!(
                "<article id=\"schema-{id}\">\n<h3>{id}</h3>\n{body}</article>\n",
                id = escape(name),
                body = schema::body(one),
            )
        })
        .collect();
    format!(
        "<section id=\"schemas\">\n<h2>Schemas</h2>\n<p>A field with * is always there.</p>\n{all}</section>\n"
    )
}

fn array<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.into_iter().flatten()
}

fn object<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let found = value.pointer(pointer).and_then(Value::as_object);
    found.into_iter().flat_map(Map::iter)
}
