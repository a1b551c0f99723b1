//! Suspend, restore, move, delete, retry.

use dozo::platform::problem::Problem;
use dozo::stages::index::{Indexed, Rebuild};
use dozo::stages::operate::Refused;
use dozo::stages::operate::bulk::{Retried, RetryAll};
use dozo::stages::operate::orders::Placed;
use dozo::stages::operate::requests::Relocation;
use dozo::vocabulary::operation::Suspension;
use serde_json::json;

use super::{app, app_and_media};
use crate::about::OPERATIONS;
use crate::examples;
use crate::operation::Operation;
use crate::schemas::Schemas;

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        set_visibility(schemas),
        delete(schemas),
        suspend(schemas),
        restore(schemas),
        retry(schemas),
        retry_all(schemas),
        index_all(schemas),
    ]
}

fn set_visibility(schemas: &mut Schemas) -> Operation {
    Operation::new("POST /apps/{app}/media/{media}/visibility", "setVisibility", OPERATIONS)
        .says(
            "Make a media public or private",
            "Moves a `ready` media between its public and its private addresses. This is no takedown: for a minute, and until \
             CloudFront has confirmed, viewers may get what its caches hold.",
        )
        .at(app_and_media(schemas))
        .takes(schemas.body::<Relocation>(json!({"visibility": "private"})))
        .answers(200, "It is so already.", schemas.answer::<Placed>(examples::status("ready", 1)))
        .answers(202, "It is being moved.", schemas.answer::<Placed>(examples::status("moving", 2)))
        .refuses([
            Problem::unknown_media(),
            Refused::NotReady.into(),
            Refused::Deleted.into(),
        ])
}

fn delete(schemas: &mut Schemas) -> Operation {
    Operation::new("DELETE /apps/{app}/media/{media}", "deleteMedia", OPERATIONS)
        .says(
            "Delete a media",
            "Erases the upload, what is delivered, every version in the backup bucket and the intermediate results. A record without \
             the file's name stays. Where it must be gone within seconds, suspend it first.",
        )
        .at(app_and_media(schemas))
        .answers(200, "It is deleted already.", schemas.answer::<Placed>(examples::status("deleted", 2)))
        .answers(202, "It is being deleted.", schemas.answer::<Placed>(examples::status("deleting", 2)))
        .refuses([Problem::unknown_media(), Refused::LegalHold.into()])
}

fn suspend(schemas: &mut Schemas) -> Operation {
    let body =
        json!({"reason": "legal", "note": "Case 42", "blocked_by": "https://authority.example/42"});
    Operation::new(
        "POST /admin/apps/{app}/media/{media}/suspend",
        "suspendMedia",
        OPERATIONS,
    )
    .says(
        "Take a media down",
        "Takes a media out of delivery into the backup bucket, makes the CDN forget it, and blocks its bytes. It reads `suspended` \
         when CloudFront has confirmed. Asking again with another body changes the reason.",
    )
    .at(app_and_media(schemas))
    .takes(schemas.body::<Suspension>(body))
    .answers(
        200,
        "It is suspended for this reason already.",
        schemas.answer::<Placed>(examples::status("suspended", 2)),
    )
    .answers(
        202,
        "It is being suspended.",
        schemas.answer::<Placed>(examples::status("suspending", 2)),
    )
    .refuses([Problem::unknown_media(), Refused::Deleted.into()])
}

fn restore(schemas: &mut Schemas) -> Operation {
    Operation::new(
        "POST /admin/apps/{app}/media/{media}/restore",
        "restoreMedia",
        OPERATIONS,
    )
    .says(
        "Bring a suspended media back",
        "Brings the media back byte for byte, finishes what was unfinished, and lifts the block of its bytes.",
    )
    .at(app_and_media(schemas))
    .answers(
        202,
        "It is being restored.",
        schemas.answer::<Placed>(examples::status("restoring", 3)),
    )
    .refuses([
        Problem::unknown_media(),
        Refused::NotSuspended.into(),
        Refused::Deleted.into(),
    ])
}

fn retry(schemas: &mut Schemas) -> Operation {
    Operation::new(
        "POST /admin/apps/{app}/media/{media}/retry",
        "retryMedia",
        OPERATIONS,
    )
    .says(
        "Retry a media that failed",
        "Hands a `failed` media to its stage again, with the message that failed. A media that is not at rest and has not changed its \
         state for eleven minutes gets its message again.",
    )
    .at(app_and_media(schemas))
    .answers(
        202,
        "It is being retried.",
        schemas.answer::<Placed>(examples::status("processing", 2)),
    )
    .refuses([
        Problem::unknown_media(),
        Refused::NothingToRetry.into(),
        Refused::Deleted.into(),
    ])
}

fn retry_all(schemas: &mut Schemas) -> Operation {
    let page = json!({"items": [{"media": examples::MEDIA, "stage": "split-pdf", "code": "stage_crashed"}]});
    Operation::new("POST /admin/apps/{app}/retry", "retryApp", OPERATIONS)
        .says(
            "Retry all media of an app that failed",
            "Retries up to 500 media a call, 20 a second, so that people who upload meanwhile do not wait for the repair.",
        )
        .at([app(schemas)])
        .takes(schemas.body::<RetryAll>(json!({"code": "stage_crashed", "dry_run": true})))
        .answers(
            202,
            "What is retried, or would be.",
            schemas.answer::<Retried>(page),
        )
}

fn index_all(schemas: &mut Schemas) -> Operation {
    let answer = json!({"looked_at": 200, "changed": 12, "next": examples::MEDIA});
    Operation::new("POST /admin/apps/{app}/index", "indexApp", OPERATIONS)
        .says(
            "Index an app's media anew",
            "Brings the lists of an app's media up to date with their records, 200 media a call: after an upgrade from a version \
             without lists, and after a change of `indexed`. It may be repeated at will.",
        )
        .at([app(schemas)])
        .takes(schemas.body::<Rebuild>(json!({})))
        .answers(200, "A page was indexed.", schemas.answer::<Indexed>(answer))
}
