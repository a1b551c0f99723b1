//! The parts of the description that are about the API as a whole.

use serde_json::{Value, json};

/// The groups of operations, in the order in which they are read.
pub(crate) const UPLOADS: &str = "Uploads";
pub(crate) const MEDIA: &str = "Media";
pub(crate) const CAPTIONS: &str = "Captions";
pub(crate) const PRIVATE: &str = "Private media";
pub(crate) const OPERATIONS: &str = "Operations";
pub(crate) const BLOCKED: &str = "Blocked files";
pub(crate) const APPS: &str = "Apps";
pub(crate) const WEBHOOKS: &str = "Webhooks";
pub(crate) const DESCRIPTION: &str = "Description";
pub(crate) const MESSAGES: &str = "Messages";

/// The file with the prose.
pub(crate) const GUIDE: &str = "docs/API.md";

const OVERVIEW: &str = "\
Dozo stores and delivers media from an AWS account of your own. Your back end calls this API; browsers upload to S3 with \
credentials that your back end asked for, and viewers fetch from the CDN.

**Signatures.** Every call is signed with AWS Signature Version 4 for the service `execute-api`. IAM decides which app a caller \
may speak for: routes below `/apps/{app}/` are for that app's back end, routes below `/admin/` for admins.

**Bodies** are JSON objects of at most 256 KiB; captions are texts of at most 2 MiB. Unknown fields, wrong types, a field that \
stands twice and anything behind the end of the object are refused. A route without a body takes an empty one or `{}`.

**Answers** are JSON. What does not apply is absent, and fields may be added. Errors are problem documents (RFC 9457): `code` is \
for programs, `detail` says what to change, `field` names the field that is wrong.

**Lists** are in the order of their ids, which for uploads is the order of time. `next` in an answer is what `after` takes for the \
next page; it is absent on the last page.

**Limits.** API Gateway admits 100 calls a second over all callers, with bursts of 200, unless the deployment says otherwise.";

/// Returns title, version and licence.
pub(crate) fn info() -> Value {
    json!({
        "title": "Dozo",
        "summary": "Media storage in an AWS account of your own",
        "description": OVERVIEW,
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": "MIT", "identifier": "MIT"},
    })
}

/// Returns where the API is: on AWS, and on a laptop.
pub(crate) fn servers() -> Value {
    json!([
        {
            "url": "https://{api}.execute-api.{region}.amazonaws.com",
            "description": "A deployment: the output `ApiEndpoint` of its stack",
            "variables": {
                "api": {"default": "a1b2c3d4e5", "description": "The id of the API"},
                "region": {"default": "eu-west-1", "description": "The region of the deployment"},
            },
        },
        {
            "url": "http://127.0.0.1:{port}/_aws/execute-api/{api}",
            "description": "A local stack: `api` in `.local/stack.json`",
            "variables": {
                "api": {"default": "a1b2c3d4e5", "description": "The id of the API"},
                "port": {"default": "4566", "description": "The port of the emulator"},
            },
        },
    ])
}

/// Returns the groups with what they are for.
pub(crate) fn tags() -> Value {
    json!([
        {"name": UPLOADS, "description": "Credentials with which files are uploaded."},
        {"name": MEDIA, "description": "What became of the files, and what an app says about them."},
        {"name": CAPTIONS, "description": "Captions of audio and video."},
        {"name": PRIVATE, "description": "Access for viewers of private media."},
        {"name": OPERATIONS, "description": "Suspend, restore, move, delete, retry. Every call may be repeated. A 5xx answer may \
            mean that the operation happens all the same."},
        {"name": BLOCKED, "description": "Files that are not accepted again because their media are suspended."},
        {"name": APPS, "description": "What each app accepts, and how its media are shown."},
        {"name": WEBHOOKS, "description": "Events, sent to addresses of yours."},
        {"name": DESCRIPTION, "description": "The API, as programs read it."},
        {"name": MESSAGES, "description": "Messages that were given up and belong to no media."},
    ])
}

/// Returns how calls are signed.
pub(crate) fn security_schemes() -> Value {
    json!({"sigv4": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "description": "AWS Signature Version 4 for the service `execute-api`.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }})
}

/// Returns the headers of answers.
pub(crate) fn headers() -> Value {
    let text = json!({"type": "string"});
    json!({
        "CacheControl": {
            "description": "No cache keeps an answer.",
            "schema": {"type": "string", "const": "private, no-store"},
        },
        "ETag": {
            "description": "The version of the media's record, for `If-Match`.",
            "schema": text,
        },
        "RetryAfter": {
            "description": "Seconds after which waiting has helped; absent where waiting does not help.",
            "schema": {"type": "integer", "minimum": 0},
        },
        "BlockedBy": {
            "description": "`<…>; rel=\"blocked-by\"`: the authority that demands the suspension (RFC 7725), if it is known.",
            "schema": text,
        },
    })
}

/// Returns the schema of what API Gateway says.
pub(crate) fn gateway_message() -> Value {
    json!({
        "type": "object",
        "description": "An answer that API Gateway gives by itself.",
        "properties": {"message": {"type": "string", "description": "What API Gateway says."}},
    })
}
