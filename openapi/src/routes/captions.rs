//! Captions.

use dozo::platform::problem::Problem;
use dozo::stages::captions::MAX_BYTES;
use dozo::stages::operate::Refused;
use dozo::stages::operate::orders::Placed;
use dozo::vocabulary::captions::MAX_NAME_CHARS;
use serde_json::{Value, json};

use super::{app_and_media, language};
use crate::about::CAPTIONS;
use crate::examples;
use crate::operation::Operation;
use crate::schemas::{Body, Schemas};

const ROUTE: &str = "/apps/{app}/media/{media}/captions/{language}";

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Operation> {
    vec![put(schemas), delete(schemas)]
}

fn put(schemas: &mut Schemas) -> Operation {
    let name = json!({"type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARS});
    let operation = Operation::new(&format!("PUT {ROUTE}"), "putCaptions", CAPTIONS)
        .says(
            "Put captions",
            "Puts WebVTT or SubRip in place of all captions in that language, those from the file included. The text is read and \
             written anew: times, the settings of a cue, bold, italic, underlined and ruby letters are kept. The media is \
             `updating` until the CDN has forgotten the old captions, and is delivered all the while.",
        )
        .query(
            "name",
            "What players list; without it the language's name for itself.",
            &name,
        )
        .takes(text())
;
    changed(schemas, operation)
}

fn delete(schemas: &mut Schemas) -> Operation {
    let operation = Operation::new(&format!("DELETE {ROUTE}"), "deleteCaptions", CAPTIONS).says(
        "Take captions away",
        "Takes the captions in that language away, those from the file included.",
    );
    changed(schemas, operation)
}

fn changed(schemas: &mut Schemas, operation: Operation) -> Operation {
    operation
        .at(app_and_media(schemas))
        .at([language(schemas)])
        .answers(
            200,
            "The captions are so already.",
            schemas.answer::<Placed>(examples::status("ready", 2)),
        )
        .answers(
            202,
            "The captions will be changed.",
            schemas.answer::<Placed>(examples::status("updating", 2)),
        )
        .refuses([Problem::unknown_media(), Problem::deleted()])
        .refuses(
            [
                Refused::NotServed,
                Refused::NotAudioOrVideo,
                Refused::TooManyCaptions,
            ]
            .map(Problem::from),
        )
}

fn text() -> Body {
    let schema = json!({"type": "string", "maxLength": MAX_BYTES});
    let content = |example: &str| -> Value { json!({"schema": schema, "example": example}) };
    Body {
        entry: json!({
            "required": true,
            "description": format!(
                "At most {MAX_BYTES} bytes of UTF-8, and 20,000 captions of 4,000 characters."
            ),
            "content": {
                "text/vtt": content("WEBVTT\n\n00:01.000 --> 00:03.000\nGood morning.\n"),
                "application/x-subrip": content("1\n00:00:01,000 --> 00:00:03,000\nGood morning.\n"),
            },
        }),
        most_bytes: MAX_BYTES,
    }
}
