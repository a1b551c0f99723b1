//! Registrations of apps.

use dozo::platform::problem::Problem;
use dozo::stages::register::{Apps, Registered, Registration};
use dozo::vocabulary::app::AppRecord;
use serde_json::json;

use super::app;
use crate::about::APPS;
use crate::examples;
use crate::operation::Operation;
use crate::schemas::Schemas;

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        list(schemas),
        get(schemas),
        put(schemas),
        patch(schemas),
        delete(schemas),
    ]
}

fn list(schemas: &mut Schemas) -> Operation {
    let answer = json!({"items": ["demo", "shop"]});
    Operation::new("GET /admin/apps", "listApps", APPS)
        .says("List apps", "Lists the names of up to 1,000 apps.")
        .answers(200, "The names.", schemas.answer::<Apps>(answer))
}

fn get(schemas: &mut Schemas) -> Operation {
    Operation::new("GET /admin/apps/{app}", "getApp", APPS)
        .says(
            "Show a registration",
            "Answers what an app accepts, and how its media are shown.",
        )
        .at([app(schemas)])
        .answers(
            200,
            "The registration.",
            schemas.answer::<AppRecord>(examples::registration("demo")),
        )
        .refuses([Problem::unknown_app()])
}

fn put(schemas: &mut Schemas) -> Operation {
    let body = json!({
        "kinds": ["image", "pdf"],
        "visibility": "private",
        "limits": {"image_bytes": 20_000_000},
        "presets": {"card": {"fit": "cover", "width": 400, "height": 300}},
    });
    Operation::new("PUT /admin/apps/{app}", "putApp", APPS)
        .says(
            "Register an app",
            "Registers an app, or replaces its registration: what is left out takes its default. An app may lower the platform's limits \
             and quotas; the template's parameters raise them for all.",
        )
        .at([app(schemas)])
        .takes(schemas.body::<Registration>(body))
        .answers(
            200,
            "The registration was replaced. `reset` names the fields that changed because they were left out.",
            schemas.answer::<Registered>(examples::replaced("shop")),
        )
        .answers(
            201,
            "The app is registered.",
            schemas.answer::<Registered>(examples::registration("shop")),
        )
}

fn patch(schemas: &mut Schemas) -> Operation {
    let body = json!({"presets": {"card": {"fit": "cover", "width": 400, "height": 300}}, "page_format": "webp"});
    Operation::new("PATCH /admin/apps/{app}", "updateApp", APPS)
        .says(
            "Change a registration",
            "Changes the fields that are named. What is left out stays.",
        )
        .at([app(schemas)])
        .takes(schemas.patch::<Registration>("RegistrationPatch", body))
        .answers(
            200,
            "The registration.",
            schemas.answer::<Registered>(examples::registration("shop")),
        )
        .refuses([Problem::unknown_app()])
}

fn delete(schemas: &mut Schemas) -> Operation {
    Operation::new("DELETE /admin/apps/{app}", "deleteApp", APPS)
        .says(
            "Remove an app",
            "Removes the registration of an app that has no media and has not had more than 1,000.",
        )
        .at([app(schemas)])
        .answers(
            200,
            "The registration that was removed.",
            schemas.answer::<AppRecord>(examples::registration("demo")),
        )
        .refuses([
            Problem::unknown_app(),
            Problem::app_has_media(examples::MEDIA),
        ])
}
