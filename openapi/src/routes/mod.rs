//! The routes, as they are told to callers.

mod apps;
mod blocked;
mod captions;
mod description;
mod media;
mod messages;
mod operations;
mod uploads;
mod webhooks;

use dozo::vocabulary::digest::FileDigest;
use dozo::vocabulary::keys::MessageId;
use dozo::vocabulary::language::Language;
use dozo::vocabulary::names::{AppId, MediaId};
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::operation::Operation;
use crate::schemas::Schemas;

/// Returns all operations.
pub(crate) fn all(schemas: &mut Schemas) -> Vec<Operation> {
    [
        uploads::routes(schemas),
        media::routes(schemas),
        captions::routes(schemas),
        operations::routes(schemas),
        apps::routes(schemas),
        webhooks::routes(schemas),
        blocked::routes(schemas),
        messages::routes(schemas),
        description::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The app in a path.
fn app(schemas: &mut Schemas) -> Value {
    in_path::<AppId>(schemas, "app", "The app's name.", "demo")
}

/// The app and the media in a path.
fn app_and_media(schemas: &mut Schemas) -> [Value; 2] {
    let media = in_path::<MediaId>(schemas, "media", "The media's id.", crate::examples::MEDIA);
    [app(schemas), media]
}

/// The language in a path.
fn language(schemas: &mut Schemas) -> Value {
    in_path::<Language>(schemas, "language", "The language of the captions.", "de")
}

/// The digest in a path.
fn sha256(schemas: &mut Schemas) -> Value {
    let example = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    in_path::<FileDigest>(schemas, "sha256", "The SHA-256 of the file.", example)
}

/// The message in a path.
fn message(schemas: &mut Schemas) -> Value {
    let example = "9f2c7a4e-5f0b-4a36-a7f7-0f5c9b1f2d3e";
    in_path::<MessageId>(schemas, "message", "The message's id.", example)
}

fn in_path<T: JsonSchema>(schemas: &mut Schemas, name: &str, says: &str, example: &str) -> Value {
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": says,
        "schema": schemas.read::<T>(),
        "example": example,
    })
}
