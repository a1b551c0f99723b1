//! The routes for the state of media, for descriptions by apps, and for grants of private media.

use dozo::platform::problem::Problem;
use dozo::stages::describe::{self, Described, DescriptionPatch};
use dozo::stages::focus::{self, Focused};
use dozo::stages::grant::{Answer, GrantRequest, refusal};
use dozo::stages::poster::{self, Chosen};
use dozo::stages::show::{MediaView, Page};
use dozo::stages::stored::UsageReport;
use dozo::vocabulary::description::MOST_TAG;
use dozo::vocabulary::kind::Kind;
use dozo::vocabulary::moment::Moment;
use dozo::vocabulary::names::UploadId;
use dozo::vocabulary::operation::{SuspendReason, Suspension};
use dozo::vocabulary::state::State;
use serde_json::json;

use super::{app, app_and_media};
use crate::about::{MEDIA, PRIVATE};
use crate::examples;
use crate::operation::Operation;
use crate::schemas::Schemas;

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        get(schemas),
        list(schemas),
        usage(schemas),
        update(schemas),
        set_focus(schemas),
        set_poster(schemas),
        grant(schemas),
        get_as_admin(schemas),
    ]
}

fn get(schemas: &mut Schemas) -> Operation {
    Operation::new("GET /apps/{app}/media/{media}", "getMedia", MEDIA)
        .says(
            "Show a media",
            "Answers how a media stands, what it is, and where it is delivered. A media appears within seconds of its upload.",
        )
        .at(app_and_media(schemas))
        .answers(200, "The media.", schemas.answer::<MediaView>(examples::media()))
        .with_version(200)
        .refuses([Problem::unknown_media()])
}

fn list(schemas: &mut Schemas) -> Operation {
    let page = json!({"items": [examples::media()], "next": "8203971200000-01jd8f5w2v9k3m4n5p6q7r8s9t-0123456789abc"});
    let states =
        json!({"type": "string", "enum": ["ready", "rejected", "failed", "suspended", "stuck"]});
    let (upload, kind) = (schemas.read::<UploadId>(), schemas.read::<Kind>());
    let moment = schemas.read::<Moment>();
    let after =
        json!({"type": "string", "minLength": 14, "maxLength": 54, "pattern": "^[0-9a-z~-]+$"});
    Operation::new("GET /apps/{app}/media", "listMedia", MEDIA)
        .says(
            "List media",
            "Lists an app's media, the newest first, 100 a page: those that have all of the parameters. A change is in lists within \
             seconds. A page may have fewer media, or none, although there is a `next`. The media of one `upload` are listed by \
             themselves, in the order of their ids; so is a list of one of the states `failed`, `suspended` and `stuck` without other \
             parameters, and that of everything with `order=oldest`.",
        )
        .at([app(schemas)])
        .query(
            "upload",
            "The upload whose media are listed. No other parameter but `after` goes with it.",
            &upload,
        )
        .query(
            "state",
            "`ready`, `rejected`; `failed`: what was given up; `suspended`: what is suspended; `stuck`: whose work does not go on \
             although its message was sent again. No other parameter but `after` goes with `stuck`.",
            &states,
        )
        .query("kind", "What the file is.", &kind)
        .query(
            "tag",
            "A tag that the media has, exactly so.",
            &json!({"type": "string", "minLength": 1, "maxLength": MOST_TAG}),
        )
        .query_of_fields(
            "metadata",
            "`metadata.{field}={value}`, for fields that the app's registration has in `indexed`: the values that the media's \
             metadata has, exactly so.",
            "^metadata\\.[A-Za-z0-9_.-]{1,64}$",
        )
        .query("created_from", "When the media was created, or later.", &moment)
        .query("created_before", "The media was created before this time.", &moment)
        .query(
            "order",
            "`newest` first is the order of most lists.",
            &json!({"type": "string", "enum": ["newest", "oldest"]}),
        )
        .query("after", "`next` of the page before.", &after)
        .answers(200, "A page of media.", schemas.answer::<Page>(page))
}

fn usage(schemas: &mut Schemas) -> Operation {
    let answer = json!({
        "day": "2026-11-29",
        "uploaded": {"media": 310, "bytes": 912_345_678},
        "stored": {"media": 48_211, "bytes": 151_123_456_789_u64, "as_of": "2026-11-29T10:20:30Z"},
    });
    Operation::new("GET /apps/{app}/usage", "getUsage", MEDIA)
        .says(
            "Show how much is used",
            "Answers how many media and bytes the app uploaded on a day in UTC, and how many it has stored now. What counts are files \
             as they were uploaded, from their acceptance to their deletion; not what is made of them.",
        )
        .at([app(schemas)])
        .query(
            "day",
            "A day of the last 400; today if it is left out.",
            &json!({"type": "string", "format": "date"}),
        )
        .answers(200, "How much it is.", schemas.answer::<UsageReport>(answer))
}

fn update(schemas: &mut Schemas) -> Operation {
    let body = schemas.patch::<DescriptionPatch>(
        "DescriptionPatch",
        json!({
            "title": "Lake at dawn",
            "alt": "Fog over still water, a boat at the left",
            "tags": ["lake", "2026"],
            "metadata": {"photographer": "Ada", "album": "17"},
        }),
    );
    let answer = json!({
        "app": "demo",
        "media": examples::MEDIA,
        "title": "Lake at dawn",
        "alt": "Fog over still water, a boat at the left",
        "tags": ["lake", "2026"],
        "metadata": {"album": "17", "photographer": "Ada"},
    });
    Operation::new("PATCH /apps/{app}/media/{media}", "updateMedia", MEDIA)
        .says(
            "Describe a media",
            "Keeps with a media what the app knows about it. The platform stores these fields and answers them; it reads none of \
             them, and they are in nothing that is delivered.",
        )
        .at(app_and_media(schemas))
        .header(
            "If-Match",
            "The `ETag` of an answer about this media. If the media has changed since, by whomever, the call is refused.",
            &json!({"type": "string"}),
        )
        .takes(body)
        .answers(200, "All that is said now.", schemas.answer::<Described>(answer))
        .with_version(200)
        .refuses([
            Problem::unknown_media(),
            Problem::deleted(),
            describe::changed_meanwhile(),
        ])
}

fn set_focus(schemas: &mut Schemas) -> Operation {
    let answer = json!({"app": "demo", "media": examples::MEDIA, "focus": {"x": 0.25, "y": 0.4}});
    Operation::new("POST /apps/{app}/media/{media}/focus", "setFocus", MEDIA)
        .says(
            "Set the focal point",
            "Sets the point of a picture that stays in sight when the picture is cut. An empty object forgets it.",
        )
        .at(app_and_media(schemas))
        .takes(schemas.body::<focus::Wanted>(json!({"x": 0.25, "y": 0.4})))
        .answers(200, "What is set now.", schemas.answer::<Focused>(answer))
        .refuses([
            Problem::unknown_media(),
            focus::not_ready(),
            focus::no_picture(),
            Problem::deleted(),
        ])
}

fn set_poster(schemas: &mut Schemas) -> Operation {
    let answer = json!({"app": "demo", "media": examples::MEDIA, "at": 12.5});
    Operation::new("POST /apps/{app}/media/{media}/poster", "setPoster", MEDIA)
        .says(
            "Choose a film's poster",
            "The poster becomes the picture at this time of the film. `poster_at` of the media says so once it is in place.",
        )
        .at(app_and_media(schemas))
        .takes(schemas.body::<poster::Wanted>(json!({"at": 12.5})))
        .answers(
            202,
            "The poster will be taken.",
            schemas.answer::<Chosen>(answer),
        )
        .refuses([
            Problem::unknown_media(),
            poster::not_ready(),
            poster::not_a_film(),
            Problem::deleted(),
        ])
}

fn grant(schemas: &mut Schemas) -> Operation {
    let resource = format!(
        "https://d111111abcdef8.cloudfront.net/private/demo/{}/*",
        examples::MEDIA
    );
    let answer = json!({
        "app": "demo",
        "media": examples::MEDIA,
        "as": "url",
        "resource": resource,
        "expires_at": "2026-11-23T21:15:13Z",
        "query": "Policy=…&Signature=…&Key-Pair-Id=K2JCJMDEHXQW5F&Hash-Algorithm=SHA256",
        "url": resource.replace('*', "original.jpg?Policy=…&Signature=…&Key-Pair-Id=K2JCJMDEHXQW5F&Hash-Algorithm=SHA256"),
    });
    let demanded = Suspension {
        reason: SuspendReason::Legal,
        note: None,
        blocked_by: Some("https://authority.example/1".to_owned()),
    };
    Operation::new("POST /apps/{app}/media/{media}/grants", "createGrant", PRIVATE)
        .says(
            "Open a private media for a viewer",
            "Signs for everything that a private media has, its original and whatever is derived from it, and for nothing else. A \
             grant is not stored and cannot be taken back alone; it ends by itself, and opens nothing while its media is suspended.",
        )
        .at(app_and_media(schemas))
        .takes(schemas.body::<GrantRequest>(json!({"expires_in": 3_600, "as": "url"})))
        .answers(
            201,
            "A signed address, or cookies.",
            schemas.answer::<Answer>(answer),
        )
        .refuses([
            Problem::unknown_app(),
            Problem::unknown_media(),
            refusal::public(),
            refusal::not_ready(State::Processing),
            refusal::suspended(None),
            refusal::deleted(),
            refusal::suspended(Some(&demanded)),
        ])
}

fn get_as_admin(schemas: &mut Schemas) -> Operation {
    Operation::new(
        "GET /admin/apps/{app}/media/{media}",
        "getMediaAsAdmin",
        MEDIA,
    )
    .says(
        "Show a media to an admin",
        "Answers the same as for its app, and the note of its suspension.",
    )
    .at(app_and_media(schemas))
    .answers(
        200,
        "The media.",
        schemas.answer::<MediaView>(examples::suspended_media()),
    )
    .with_version(200)
    .refuses([Problem::unknown_media()])
}
