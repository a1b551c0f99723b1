//! Turns a viewer's request into a CloudFront Functions event, and a returned event into a request or an answer.
//!
//! The event has version 1.0: lower-case header names, cookies as a field of their own, query strings and URI not
//! decoded (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html>).

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::cache_key::cookies_of;

/// The parts of a request that a function may read and change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Viewed {
    pub(crate) method: String,
    /// The path, not decoded.
    pub(crate) uri: String,
    /// Without `?`, not decoded.
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
}

/// The reasons why a function made no decision; the viewer gets 503 and the reason is logged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FunctionError {
    /// The code has a syntax error, threw an exception, or reached a limit.
    #[error("the function failed: {0}")]
    Execution(String),
    /// The returned value is neither a request nor a response.
    #[error("the function returned a value that CloudFront would not accept: {0}")]
    Validation(&'static str),
}

/// The distribution and the viewer that the event names.
#[derive(Debug, Clone)]
pub(crate) struct EventContext {
    pub(crate) distribution_domain_name: String,
    pub(crate) distribution_id: String,
    pub(crate) request_id: String,
    pub(crate) viewer_ip: String,
}

/// Makes the event that a function receives.
pub(crate) fn event_of(context: &EventContext, viewed: &Viewed) -> Value {
    let queries = viewed
        .query
        .as_deref()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty());
    let headers = viewed
        .headers
        .iter()
        .filter(|(name, _)| *name != header::COOKIE);
    json!({
        "version": "1.0",
        "context": {
            "distributionDomainName": context.distribution_domain_name,
            "distributionId": context.distribution_id,
            "eventType": "viewer-request",
            "requestId": context.request_id,
        },
        "viewer": { "ip": context.viewer_ip },
        "request": {
            "method": viewed.method,
            "uri": viewed.uri,
            "querystring": fields(queries.map(|pair| pair.split_once('=').unwrap_or((pair, "")))),
            "headers": fields(headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))),
            "cookies": fields(cookies_of(&viewed.headers)),
        },
    })
}

/// Makes `{name: {value}}`, with `multiValue` for a name that occurs more than once.
fn fields<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let mut by_name: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        match by_name.get_mut(name).and_then(Value::as_object_mut) {
            None => drop(by_name.insert(name.to_owned(), json!({ "value": value }))),
            Some(field) => {
                let first = field.get("value").cloned();
                let values = field
                    .entry("multiValue")
                    .or_insert_with(|| json!([{ "value": first }]));
                if let Some(values) = values.as_array_mut() {
                    values.push(json!({ "value": value }));
                }
            }
        }
    }
    Value::Object(by_name)
}

/// Returns the `(name, value)` pairs of a returned `{name: {value, multiValue}}`.
fn pairs(fields: &Value) -> impl Iterator<Item = (&str, &str)> {
    fields
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(name, field)| {
            let many = field
                .get("multiValue")
                .and_then(Value::as_array)
                .filter(|many| !many.is_empty());
            let single = if many.is_none() { Some(field) } else { None };
            let values = many.into_iter().flatten().chain(single);
            values.filter_map(move |entry| Some((name.as_str(), entry.get("value")?.as_str()?)))
        })
}

fn headers_of(fields: &Value) -> Result<HeaderMap, FunctionError> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs(fields) {
        let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>())
        else {
            return Err(FunctionError::Validation(
                "a header is not a valid HTTP header",
            ));
        };
        headers.append(name, value);
    }
    Ok(headers)
}

/// Reads the request that a function returned; `asked` is the one it received, and `before` is the same as HTTP.
pub(crate) fn request_of(
    returned: &Value,
    asked: &Value,
    before: Viewed,
) -> Result<Viewed, FunctionError> {
    let uri = returned
        .get("uri")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !uri.starts_with('/') || uri.contains(['?', '#', ' ']) {
        return Err(FunctionError::Validation(
            "request.uri must begin with a slash and have no query",
        ));
    }
    let mut headers = headers_of(returned.get("headers").unwrap_or(&Value::Null))?;
    let cookies: Vec<String> = pairs(returned.get("cookies").unwrap_or(&Value::Null))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if let (false, Ok(line)) = (cookies.is_empty(), cookies.join("; ").parse()) {
        headers.insert(header::COOKIE, line);
    }
    let query = returned.get("querystring");
    let query = match query {
        // The query is unchanged: keep the viewer's own bytes and order.
        same if same == asked.get("querystring") => before.query,
        Some(Value::String(literal)) => Some(literal.clone()),
        Some(fields) => Some(
            pairs(fields)
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join("&"),
        ),
        None => None,
    };
    Ok(Viewed {
        method: before.method,
        uri: uri.to_owned(),
        query: query.filter(|text| !text.is_empty()),
        headers,
    })
}

/// Reads the response that a function returned.
pub(crate) fn answer_of(returned: &Value) -> Result<http::Response<String>, FunctionError> {
    let status = returned.get("statusCode").and_then(Value::as_u64);
    let status = status.and_then(|status| u16::try_from(status).ok());
    let Some(status) = status
        .and_then(|status| StatusCode::from_u16(status).ok())
        .filter(|status| status.as_u16() >= 200)
    else {
        return Err(FunctionError::Validation(
            "statusCode must be a number from 200 to 599",
        ));
    };
    let body = match returned.get("body") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(body)
            if body
                .get("encoding")
                .and_then(Value::as_str)
                .unwrap_or("text")
                == "text" =>
        {
            body.get("data").and_then(Value::as_str).unwrap_or_default()
        }
        Some(_) => {
            return Err(FunctionError::Validation(
                "this edge accepts text bodies only",
            ));
        }
    };
    let mut response = http::Response::new(body.to_owned());
    *response.status_mut() = status;
    *response.headers_mut() = headers_of(returned.get("headers").unwrap_or(&Value::Null))?;
    Ok(response)
}
