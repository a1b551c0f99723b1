//! Errors of the HTTP API, as RFC 9457 problem documents.
//!
//! 4xx say what to change; 5xx say nothing internal, the log does.

use serde::Serialize;

use crate::error::{Error, Next};

/// What a caller reads instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// Stable, for programs.
    pub code: &'static str,
    /// The same for every problem of this code.
    pub title: &'static str,
    /// What to change.
    pub detail: String,
    /// The field of the body or query that is wrong, such as `files[0].name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// After how long it may be tried again, where waiting helps; stands in `Retry-After` as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
}

impl Problem {
    /// 400: a field's value cannot be used.
    #[must_use]
    pub fn invalid(field: &str, detail: impl Into<String>) -> Self {
        let field = (!field.is_empty()).then(|| field.to_owned());
        Self {
            status: 400,
            code: "invalid_request",
            title: "The request is not valid",
            detail: detail.into(),
            field,
            retry_after_seconds: None,
        }
    }

    /// 413: the body is longer than any valid one.
    #[must_use]
    pub fn too_long(limit: usize) -> Self {
        Self {
            status: 413,
            code: "body_too_long",
            title: "The body is too long",
            detail: format!("Send at most {limit} bytes."),
            field: None,
            retry_after_seconds: None,
        }
    }

    /// 429: the app has brought in as much as it may. Without `retry_after_seconds`, waiting does not help.
    #[must_use]
    pub fn quota_exceeded(
        detail: String,
        field: Option<&str>,
        retry_after_seconds: Option<u32>,
    ) -> Self {
        Self {
            status: 429,
            code: "quota_exceeded",
            title: "The app's quota is used up",
            detail,
            field: field.map(str::to_owned),
            retry_after_seconds,
        }
    }

    /// 404: the app was never registered.
    #[must_use]
    pub fn unknown_app() -> Self {
        Self {
            status: 404,
            code: "unknown_app",
            title: "There is no such app",
            detail: "Register it first, with PUT /admin/apps/{app}.".to_owned(),
            field: None,
            retry_after_seconds: None,
        }
    }

    /// 404: no file was seen for this id.
    #[must_use]
    pub fn unknown_media() -> Self {
        Self {
            status: 404,
            code: "unknown_media",
            title: "There is no such media",
            detail:
                "Nothing was uploaded under this id yet. It appears within seconds of its upload."
                    .to_owned(),
            field: None,
            retry_after_seconds: None,
        }
    }

    /// 404: no route of this function.
    #[must_use]
    pub fn unknown_route() -> Self {
        Self {
            status: 404,
            code: "unknown_route",
            title: "There is no such route",
            detail: "See the routes in the README.".to_owned(),
            field: None,
            retry_after_seconds: None,
        }
    }

    /// 503: something the platform stands on did not answer in time; the caller may try again.
    #[must_use]
    pub fn unavailable() -> Self {
        Self {
            status: 503,
            code: "unavailable",
            title: "The service cannot answer now",
            detail: "Try again in a few seconds.".to_owned(),
            field: None,
            retry_after_seconds: None,
        }
    }

    /// 500: trying again is of no use; the log says more.
    #[must_use]
    pub fn internal() -> Self {
        Self {
            status: 500,
            code: "internal",
            title: "The service failed",
            detail: "The administrator's log says why.".to_owned(),
            field: None,
            retry_after_seconds: None,
        }
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        match error.next() {
            Next::Retry | Next::RetryIn(_) => Self::unavailable(),
            Next::Park | Next::Forget => Self::internal(),
        }
    }
}

/// Why there is no answer but a problem.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The caller's.
    #[error("{}", .0.detail)]
    Caller(Problem),
    /// Ours.
    #[error("the call failed")]
    Ours(#[from] Error),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Caller(problem)
    }
}
