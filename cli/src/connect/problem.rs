//! Refusals of the API: a problem document (RFC 9457), or an error of API Gateway itself.

use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::say::shown::shown;

/// A refusal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Stable code, for programs.
    pub code: String,
    /// A title, the same for every problem of this code.
    pub title: String,
    /// The advice on what to change.
    pub detail: String,
    /// The field that is wrong.
    pub field: Option<String>,
    /// The authority that demands the blocking (`Link: …; rel="blocked-by"`, RFC 7725).
    #[serde(skip)]
    pub blocked_by: Option<String>,
}

impl Problem {
    /// Reads an answer that is not a success.
    #[must_use]
    pub fn read(status: u16, body: &[u8], link: Option<&str>) -> Self {
        let read: Option<Self> = serde_json::from_slice(body).ok();
        let mut problem = read
            .filter(|problem| !problem.code.is_empty())
            .unwrap_or_else(|| Self::of_gateway(status, body));
        problem.status = status;
        problem.blocked_by = link.and_then(blocked_by);
        problem
    }

    /// Whether the problem is that the media or app does not exist.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        self.status == 404
    }

    /// Reads a refusal by API Gateway: IAM refuses before any function is called, in its own format.
    fn of_gateway(status: u16, body: &[u8]) -> Self {
        let said: Option<Value> = serde_json::from_slice(body).ok();
        let said = said.as_ref().and_then(|said| {
            let message = said.get("message").or_else(|| said.get("Message"))?;
            message.as_str().map(str::to_owned)
        });
        let (code, title, advice) = match status {
            403 => (
                "forbidden",
                "These credentials do not permit this request",
                "They need the permission execute-api:Invoke for this route and app. If they have it, check the clock of this machine.",
            ),
            404 => (
                "unknown_route",
                "The API has no such route",
                "Check that this is the URL of a Dozo API, and that the stack is as new as this program.",
            ),
            _ => ("refused", "The API refused the request", ""),
        };
        let said = said.map(|said| format!("The API's message: {said}"));
        let detail = [(!advice.is_empty()).then(|| advice.to_owned()), said];
        Self {
            status,
            code: code.to_owned(),
            title: title.to_owned(),
            detail: detail.into_iter().flatten().collect::<Vec<_>>().join(" "),
            field: None,
            blocked_by: None,
        }
    }

    /// Returns the problem as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut all = json!({
            "status": self.status, "code": self.code, "title": self.title, "detail": self.detail,
        });
        let more = [("field", &self.field), ("blocked_by", &self.blocked_by)];
        for (name, value) in more {
            if let (Some(value), Some(all)) = (value, all.as_object_mut()) {
                all.insert(name.to_owned(), json!(value));
            }
        }
        all
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.title.is_empty() {
            write!(f, "{}: ", shown(&self.title))?;
        }
        if let Some(field) = &self.field {
            write!(f, "{}: ", shown(field))?;
        }
        write!(f, "{} ({})", shown(&self.detail), shown(&self.code))?;
        if let Some(authority) = &self.blocked_by {
            write!(f, "\n  blocked by: {}", shown(authority))?;
        }
        Ok(())
    }
}

/// Returns the target with the relation `blocked-by` in a `Link` header.
fn blocked_by(link: &str) -> Option<String> {
    link.split(',').find_map(|one| {
        let (target, parameters) = one.split_once(';')?;
        let relates = parameters.split(';').any(|parameter| {
            parameter
                .trim()
                .strip_prefix("rel=")
                .is_some_and(|relation| relation.trim_matches('"') == "blocked-by")
        });
        let target = target.trim().strip_prefix('<')?.strip_suffix('>')?;
        relates.then(|| target.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_named() {
        let body =
            br#"{"status": 400, "code": "invalid_request", "title": "The request is not valid",
                        "detail": "Give 900 to 43200 seconds.", "field": "duration_seconds"}"#;
        assert_eq!(
            Problem::read(400, body, None).to_string(),
            "The request is not valid: duration_seconds: Give 900 to 43200 seconds. (invalid_request)"
        );
    }

    #[test]
    fn iam_refuses_in_its_own_words() {
        let bodies: [&[u8]; 4] = [
            br#"{"message":"Forbidden"}"#,
            br#"{"Message":"User: x is not authorized"}"#,
            b"<html>",
            b"",
        ];
        for body in bodies {
            let problem = Problem::read(403, body, None);
            assert_eq!(
                (problem.status, problem.code.as_str()),
                (403, "forbidden"),
                "{body:?}"
            );
            assert!(
                problem.detail.contains("execute-api:Invoke"),
                "{}",
                problem.detail
            );
        }
        let said = Problem::read(403, b"{\"message\":\"Forbidden\\u001b[2J\"}", None).to_string();
        assert!(said.contains("Forbidden\\u{1b}[2J"), "{said}");
    }

    #[test]
    fn who_blocks_is_read_from_the_link() {
        let of = |link| Problem::read(451, b"{}", Some(link)).blocked_by;
        let authority = Some("https://court.example/1".to_owned());
        assert_eq!(
            of("<https://court.example/1>; rel=\"blocked-by\""),
            authority
        );
        assert_eq!(
            of("<https://a.example>; rel=next, <https://court.example/1>;rel=blocked-by"),
            authority
        );
        assert_eq!(of("<https://a.example>; rel=\"next\""), None);
        assert_eq!(of("nonsense"), None);
    }
}
