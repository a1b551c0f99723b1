//! One operation of the API, as its entry in the description.

use std::collections::BTreeMap;

use dozo::platform::http::MAX_BODY_BYTES;
use dozo::platform::problem::Problem;
use serde_json::{Map, Value, json};

use crate::problems;
use crate::schemas::{Body, Content};

/// A call, what it takes, and how it is answered.
pub(crate) struct Operation {
    method: String,
    path: String,
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
    parameters: Vec<Value>,
    body: Option<Body>,
    answers: BTreeMap<u16, Value>,
    refusals: Vec<Problem>,
    can_be_invalid: bool,
}

impl Operation {
    /// Describes a route such as `GET /apps/{app}/media`.
    pub(crate) fn new(route: &str, id: &'static str, tag: &'static str) -> Self {
        let (method, path) = route.split_once(' ').unwrap_or((route, ""));
        Self {
            method: method.to_ascii_lowercase(),
            path: path.to_owned(),
            id,
            tag,
            summary: "",
            description: "",
            parameters: Vec::new(),
            body: None,
            answers: BTreeMap::new(),
            refusals: Vec::new(),
            can_be_invalid: method != "GET",
        }
    }

    /// Says what it does: in a few words, and in sentences.
    pub(crate) fn says(self, summary: &'static str, description: &'static str) -> Self {
        Self {
            summary,
            description,
            ..self
        }
    }

    /// Takes these parameters in the path.
    pub(crate) fn at(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self.can_be_invalid = true;
        self
    }

    /// Takes a parameter in the query string.
    pub(crate) fn query(mut self, name: &str, says: &str, schema: &Value) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "query", "required": false, "description": says, "schema": schema,
        }));
        self.can_be_invalid = true;
        self
    }

    /// Takes parameters in the query string whose names match a pattern, one for each property of an object.
    pub(crate) fn query_of_fields(mut self, name: &str, says: &str, names: &str) -> Self {
        let schema = json!({
            "type": "object",
            "propertyNames": {"pattern": names},
            "additionalProperties": {"type": "string"},
        });
        self.parameters.push(json!({
            "name": name, "in": "query", "required": false, "description": says, "style": "form", "explode": true, "schema": schema,
        }));
        self.can_be_invalid = true;
        self
    }

    /// Takes a header.
    pub(crate) fn header(mut self, name: &str, says: &str, schema: &Value) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "header", "required": false, "description": says, "schema": schema,
        }));
        self
    }

    /// Takes this body. A call without one takes an empty body, or `{}`.
    pub(crate) fn takes(self, body: Body) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    /// Is answered so.
    pub(crate) fn answers(mut self, status: u16, says: &str, content: Content) -> Self {
        let answer = json!({
            "description": says,
            "headers": {"Cache-Control": {"$ref": "#/components/headers/CacheControl"}},
            "content": content.0,
        });
        self.answers.insert(status, answer);
        self
    }

    /// Has the version of the media in the answer with this status.
    pub(crate) fn with_version(mut self, status: u16) -> Self {
        let answer = self.answers.get_mut(&status);
        if let Some(headers) = answer
            .and_then(|answer| answer.get_mut("headers"))
            .and_then(Value::as_object_mut)
        {
            headers.insert(
                "ETag".to_owned(),
                json!({"$ref": "#/components/headers/ETag"}),
            );
        }
        self
    }

    /// Is refused for these reasons, besides those that every call may be refused for.
    pub(crate) fn refuses(mut self, problems: impl IntoIterator<Item = Problem>) -> Self {
        self.refusals.extend(problems);
        self
    }

    /// Returns the path, the method, and the entry.
    pub(crate) fn entry(self) -> (String, String, Value) {
        let most_bytes = self
            .body
            .as_ref()
            .map_or(MAX_BODY_BYTES, |body| body.most_bytes);
        let takes_body = self.method != "get";
        let too_long = takes_body.then(|| Problem::too_long(most_bytes));
        let refusals: Vec<_> = self.refusals.into_iter().chain(too_long).collect();
        let mut responses: Map<String, Value> = self
            .answers
            .into_iter()
            .map(|(status, answer)| (status.to_string(), answer))
            .collect();
        responses.extend(problems::responses(&refusals, self.can_be_invalid));
        let mut entry = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.description,
            "parameters": self.parameters,
            "responses": responses,
        });
        if let (Some(entry), Some(body)) = (entry.as_object_mut(), self.body) {
            entry.insert("requestBody".to_owned(), body.entry);
        }
        (self.path, self.method, entry)
    }
}
