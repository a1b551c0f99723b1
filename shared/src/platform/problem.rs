//! Errors of the HTTP API, as RFC 9457 problem documents.
//!
//! 4xx say what to change. 5xx reveal nothing internal; the details are in the log.

mod images;
mod webhooks;

use schemars::JsonSchema;
use serde::Serialize;

use crate::platform::error::{Error, Next};

/// A problem document, which a caller gets instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599))]
    pub status: u16,
    /// A stable code, for programs.
    pub code: &'static str,
    /// A title, the same for every problem with this code.
    pub title: &'static str,
    /// The details: what to change.
    pub detail: String,
    /// The field of the body or query that is wrong, such as `files[0].name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The seconds after which the caller may try again, if waiting helps. It is also in the header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
    /// The address of the authority that demands a suspension (RFC 7725), for the header `Link`.
    #[serde(skip)]
    pub blocked_by: Option<String>,
}

impl Problem {
    /// 400: the value of a field is not valid.
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
            blocked_by: None,
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
            blocked_by: None,
        }
    }

    /// 429: the app has used up its quota. Without `retry_after_seconds`, waiting does not help.
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
            blocked_by: None,
        }
    }

    /// 404: the app was never registered.
    #[must_use]
    pub fn unknown_app() -> Self {
        Self {
            status: 404,
            code: "unknown_app",
            title: "There is no such app",
            detail: "Register the app first, with PUT /admin/apps/{app}.".to_owned(),
            field: None,
            retry_after_seconds: None,
            blocked_by: None,
        }
    }

    /// 409: an app with media cannot be removed. `media` is one of them, or empty if there are too many to check.
    #[must_use]
    pub fn app_has_media(media: &str) -> Self {
        let which = if media.is_empty() {
            "The app has had too many media to check each of them.".to_owned()
        } else {
            format!("The app has the media {media}.")
        };
        let detail = format!("{which} Delete the app's media first, or keep the registration.");
        Self::conflict("app_has_media", "The app has media", &detail)
    }

    /// 404: no given-up message has this id, or it was cleared.
    #[must_use]
    pub fn unknown_message() -> Self {
        Self {
            code: "unknown_message",
            title: "There is no such message",
            detail: "GET /admin/messages lists the messages that are kept.".to_owned(),
            ..Self::unknown_route()
        }
    }

    /// 404: these bytes are not blocked, or not any more.
    #[must_use]
    pub fn unknown_block() -> Self {
        Self {
            code: "unknown_block",
            title: "There is no such block",
            detail: "GET /admin/blocked lists the files whose upload is refused.".to_owned(),
            ..Self::unknown_route()
        }
    }

    /// 404: no file was seen under this id.
    #[must_use]
    pub fn unknown_media() -> Self {
        Self {
            status: 404,
            code: "unknown_media",
            title: "There is no such media",
            detail:
                "No file was uploaded under this id yet. A media appears within seconds of its upload."
                    .to_owned(),
            field: None,
            retry_after_seconds: None,
            blocked_by: None,
        }
    }

    /// 404: the function has no such route.
    #[must_use]
    pub fn unknown_route() -> Self {
        Self {
            status: 404,
            code: "unknown_route",
            title: "There is no such route",
            detail: "See the routes in docs/API.md.".to_owned(),
            field: None,
            retry_after_seconds: None,
            blocked_by: None,
        }
    }

    /// 409: the state of the media does not allow the request.
    #[must_use]
    pub fn conflict(code: &'static str, title: &'static str, detail: &str) -> Self {
        Self {
            status: 409,
            code,
            title,
            detail: detail.to_owned(),
            field: None,
            retry_after_seconds: None,
            blocked_by: None,
        }
    }

    /// 409: the media is erased.
    #[must_use]
    pub fn deleted() -> Self {
        let detail = "There is nothing left of it; upload the file again.";
        Self::conflict("deleted", "The media is deleted", detail)
    }

    /// 503: a service that the platform needs did not answer in time; the caller may try again.
    #[must_use]
    pub fn unavailable() -> Self {
        Self {
            status: 503,
            code: "unavailable",
            title: "The service cannot answer now",
            detail: "Try again in a few seconds.".to_owned(),
            field: None,
            retry_after_seconds: None,
            blocked_by: None,
        }
    }

    /// 500: a retry is of no use; the log has the details.
    #[must_use]
    pub fn internal() -> Self {
        Self {
            status: 500,
            code: "internal",
            title: "The service failed",
            detail: "The cause is in the platform's log. Ask the administrator.".to_owned(),
            field: None,
            retry_after_seconds: None,
            blocked_by: None,
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

/// The reason why a call gets a problem instead of an answer.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The caller made a mistake.
    #[error("{}", .0.detail)]
    Caller(Problem),
    /// The platform failed.
    #[error("the platform failed to answer the call")]
    Ours(#[from] Error),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Caller(problem)
    }
}

/// Returns the problem for the caller, and logs a failure of the platform.
pub(crate) fn explain(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Caller(problem) => problem,
        Refusal::Ours(error) => {
            tracing::error!(
                code = error.code(),
                cause = error.chain(),
                "a call of the API failed"
            );
            Problem::from(&error)
        }
    }
}
