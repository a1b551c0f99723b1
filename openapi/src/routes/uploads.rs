//! Upload credentials.

use dozo::platform::problem::Problem;
use dozo::stages::issue::{Grant, TokenRequest};
use serde_json::json;

use super::app;
use crate::about::UPLOADS;
use crate::examples;
use crate::operation::Operation;
use crate::schemas::Schemas;

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Operation> {
    let body = schemas.body::<TokenRequest>(json!({
        "visibility": "public",
        "files": [{"name": "cat.jpg", "bytes": 89_541, "content_type": "image/jpeg"}],
    }));
    let quota = "This app accepts 10000 files a day, and today's quota is used up. Upload the file again after midnight UTC.";
    vec![
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
                Problem::quota_exceeded(quota.to_owned(), Some("files"), Some(17_087)),
            ]),
    ]
}
