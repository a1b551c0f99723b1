//! The JSON Schema of events, made of the types that events are made of.

use serde_json::{Value, json};

use crate::vocabulary::change::{APP_REGISTERED, Change, UPLOAD_FINISHED};
use crate::vocabulary::event_id::PING;
use crate::vocabulary::names::Visibility;
use crate::vocabulary::state::State;

/// The form of a media's id.
const MEDIA: &str = "[0-9a-z]{26}-[0-9a-z]{13}";

/// The form of an upload's id.
const UPLOAD: &str = "[0-9a-z]{26}";

/// The form of a ping's id.
const PING_ID: &str = "ping-[0-9a-z]{26}";

/// The form of an app's name.
const APP: &str = "[a-z0-9-]+";

/// All states of a media.
const STATES: [State; 12] = [
    State::Validating,
    State::Processing,
    State::Ready,
    State::Rejected,
    State::Failed,
    State::Suspending,
    State::Suspended,
    State::Restoring,
    State::Moving,
    State::Updating,
    State::Deleting,
    State::Deleted,
];

/// Returns the schema that every event conforms to: `docs/events.json`.
/// <https://json-schema.org/draft/2020-12/schema>
#[must_use]
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Events of Dozo",
        "description": "One event, in the JSON format of CloudEvents 1.0. See EVENTS.md.",
        "oneOf": [{"$ref": "#/$defs/media_event"}, {"$ref": "#/$defs/upload_event"}, {"$ref": "#/$defs/app_event"}, {"$ref": "#/$defs/ping_event"}],
        "$defs": {
            "media_event": event(
                "A change of a media.",
                &json!({"enum": Change::ALL.map(Change::as_str)}),
                MEDIA,
                "media",
            ),
            "upload_event": event(
                "All declared files of an upload are decided.",
                &json!({"const": UPLOAD_FINISHED}),
                UPLOAD,
                "upload",
            ),
            "ping_event": event(
                "A ping, which is sent to one webhook when an admin asks for it, and not to the bus.",
                &json!({"const": PING}),
                PING_ID,
                "ping",
            ),
            "app_event": event(
                "An app was registered.",
                &json!({"const": APP_REGISTERED}),
                APP,
                "app",
            ),
            "app": app(),
            "upload": upload(),
            "ping": {
                "type": "object",
                "required": ["app", "webhook"],
                "properties": {"app": {"type": "string"}, "webhook": {"type": "string"}},
            },
            "media": media(),
        },
    })
}

fn event(says: &str, kind: &Value, subject: &str, data: &str) -> Value {
    json!({
        "type": "object",
        "description": says,
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "sequence", "data"],
        "additionalProperties": false,
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {
                "type": "string",
                "pattern": format!("^{subject}-[1-9][0-9]*$"),
                "description": "The subject and the number of the event. It stays the same however often the event is sent.",
            },
            "source": {"type": "string", "pattern": "^/apps/[a-z0-9-]+$", "description": "/apps/{app}"},
            "type": kind,
            "subject": {"type": "string", "pattern": format!("^{subject}$"), "description": "The id of the media, the upload, the app or the ping."},
            "time": {"type": "string", "format": "date-time", "description": "The time of the change."},
            "datacontenttype": {"const": "application/json"},
            "sequence": {
                "type": "string",
                "pattern": "^[0-9]{10}$",
                "description": "The number of the event among those of its subject, from 1 on without a gap.",
            },
            "data": {"$ref": format!("#/$defs/{data}")},
        },
    })
}

fn app() -> Value {
    json!({
        "type": "object",
        "description": "The app as GET /admin/apps/{app} answers it, at its registration or after it.",
        "required": ["app", "kinds", "limits", "quotas", "visibility", "created_at", "updated_at"],
        "properties": {
            "app": {"type": "string"},
            "kinds": {"type": "array", "items": {"type": "string"}},
            "limits": {"type": "object"},
            "quotas": {"type": "object"},
            "visibility": {"enum": Visibility::ALL.map(Visibility::as_str)},
            "created_at": {"type": "string", "format": "date-time"},
            "updated_at": {"type": "string", "format": "date-time"},
        },
    })
}

fn upload() -> Value {
    json!({
        "type": "object",
        "required": ["app", "upload", "media"],
        "properties": {
            "app": {"type": "string"},
            "upload": {"type": "string"},
            "media": {
                "type": "array",
                "items": {"type": "string", "pattern": format!("^{MEDIA}$")},
                "description": "The media of all declared files.",
            },
        },
    })
}

fn media() -> Value {
    json!({
        "type": "object",
        "description": "The media as GET /apps/{app}/media/{media} answers it, without the progress of a stage, at the change or after it.",
        "required": ["media", "app", "upload", "state", "visibility", "generation", "created_at", "updated_at", "history"],
        "properties": {
            "media": {"type": "string"},
            "app": {"type": "string"},
            "upload": {"type": "string"},
            "state": {"enum": STATES.map(State::as_str)},
            "visibility": {"enum": Visibility::ALL.map(Visibility::as_str)},
            "file_name": {"type": "string"},
            "generation": {"type": "integer", "minimum": 1},
            "rejection": {"type": "object"},
            "failure": {"type": "object"},
            "suspension": {"type": "object"},
            "urls": {"type": "object"},
            "created_at": {"type": "string", "format": "date-time"},
            "updated_at": {"type": "string", "format": "date-time"},
            "history": {"type": "array", "items": {"type": "object"}},
        },
    })
}
