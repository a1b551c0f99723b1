//! Upload credentials, and files that the platform brings itself.

use dozo::platform::problem::Problem;
use dozo::stages::intake::{self, CopyRequest, Expected, IngestRequest};
use dozo::stages::issue::{Grant, TokenRequest};
use serde_json::json;

use super::{app, app_and_media};
use crate::about::UPLOADS;
use crate::examples;
use crate::operation::Operation;
use crate::schemas::Schemas;

/// The text with which a call is refused when today's quota is used up.
const QUOTA: &str = "This app accepts 10000 files a day, and today's quota is used up. Upload the file again after midnight UTC.";

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        credentials(schemas),
        ingest(schemas),
        copy(schemas),
        copy_as_admin(schemas),
    ]
}

fn credentials(schemas: &mut Schemas) -> Operation {
    let body = schemas.body::<TokenRequest>(json!({
        "visibility": "public",
        "files": [{"name": "cat.jpg", "bytes": 89_541, "content_type": "image/jpeg"}],
    }));
    Operation::new("POST /apps/{app}/uploads", "createUpload", UPLOADS)
            .says(
                "Ask for upload credentials",
                "Issues temporary credentials that can put objects under one prefix of the upload bucket and do nothing else. Each \
                 declared file also has a presigned address, for clients without an SDK. The answer is what the AWS CLI \
                 (`credential_process`), the SDKs and Uppy read.",
            )
            .at([app(schemas)])
            .takes(body)
            .answers(
                201,
                "The credentials, and where each declared file goes.",
                schemas.answer::<Grant>(examples::credentials()),
            )
            .refuses([
                Problem::unknown_app(),
                Problem::quota_exceeded(QUOTA.to_owned(), Some("files"), Some(17_087)),
            ])
}

fn expected(awaits: &str) -> serde_json::Value {
    json!({
        "app": "demo",
        "upload": examples::UPLOAD,
        "media": examples::MEDIA,
        "state": "validating",
        "visibility": "public",
        "awaits": awaits,
    })
}

fn ingest(schemas: &mut Schemas) -> Operation {
    let body = schemas.body::<IngestRequest>(json!({
        "url": "https://images.example.com/2026/lake.jpg",
        "title": "Lake at dawn",
        "tags": ["lake"],
    }));
    Operation::new("POST /apps/{app}/ingest", "ingestFile", UPLOADS)
        .says(
            "Upload a file from an address",
            "Fetches a file from a public server and takes it as an upload. The media's id is answered at once; the file is \
             fetched afterwards, and judged like any other. If it cannot be fetched, the media is rejected as `not_fetched`, \
             with what the server answered.",
        )
        .at([app(schemas)])
        .takes(body)
        .answers(
            202,
            "The media that the file becomes.",
            schemas.answer::<Expected>(expected("fetch")),
        )
        .refuses([
            Problem::unknown_app(),
            intake::ingest::switched_off(),
            Problem::quota_exceeded(QUOTA.to_owned(), None, Some(17_087)),
        ])
}

fn copy(schemas: &mut Schemas) -> Operation {
    Operation::new("POST /apps/{app}/media/{media}/copy", "copyMedia", UPLOADS)
        .says(
            "Copy a media",
            "Takes what is delivered of a media as a new upload of the same app, with another visibility or name. Title, \
             alternative text, tags and metadata are carried over. Only an admin may copy into another app.",
        )
        .of_copy(schemas)
}

fn copy_as_admin(schemas: &mut Schemas) -> Operation {
    Operation::new(
        "POST /admin/apps/{app}/media/{media}/copy",
        "copyMediaAsAdmin",
        UPLOADS,
    )
    .says(
        "Copy a media into any app",
        "Does the same as for its app, and also copies into another app, whose limits and quotas count then.",
    )
    .of_copy(schemas)
}

impl Operation {
    /// Adds the body, the answer and the refusals that both routes for copies have.
    fn of_copy(self, schemas: &mut Schemas) -> Self {
        let body = schemas.body::<CopyRequest>(json!({"visibility": "public"}));
        self.at(app_and_media(schemas))
            .takes(body)
            .answers(
                202,
                "The media that the copy becomes.",
                schemas.answer::<Expected>(expected("copy")),
            )
            .refuses([
                Problem::unknown_media(),
                Problem::unknown_app(),
                intake::copy::not_ready(),
                Problem::deleted(),
                Problem::quota_exceeded(QUOTA.to_owned(), None, Some(17_087)),
            ])
    }
}
