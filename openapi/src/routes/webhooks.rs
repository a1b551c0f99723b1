//! Webhooks.

use dozo::platform::problem::Problem;
use dozo::stages::webhooks::{
    DeliveryPage, Pinged, ResendSince, Resending, WebhookList, WebhookRequest, WebhookView,
};
use dozo::vocabulary::keys::DeliveryId;
use dozo::vocabulary::webhook::{HookName, MOST_HOOKS, MOST_OLD_SECRETS};
use serde_json::{Value, json};

use super::{app, in_path};
use crate::about::WEBHOOKS;
use crate::examples;
use crate::operation::Operation;
use crate::schemas::Schemas;

const ROUTE: &str = "/admin/apps/{app}/webhooks/{webhook}";

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        list(schemas),
        get(schemas),
        put(schemas),
        delete(schemas),
        rotate(schemas),
        resume(schemas),
        ping(schemas),
        deliveries(schemas),
        resend(schemas),
        resend_one(schemas),
    ]
}

fn about(schemas: &mut Schemas) -> [Value; 2] {
    let hook = in_path::<HookName>(schemas, "webhook", "The webhook's name.", "orders");
    [app(schemas), hook]
}

fn list(schemas: &mut Schemas) -> Operation {
    let answer = json!({"items": [examples::webhook(false)]});
    Operation::new("GET /admin/apps/{app}/webhooks", "listWebhooks", WEBHOOKS)
        .says(
            "List webhooks",
            "Lists all webhooks of an app, and how their endpoints stand.",
        )
        .at([app(schemas)])
        .answers(200, "The webhooks.", schemas.answer::<WebhookList>(answer))
}

fn get(schemas: &mut Schemas) -> Operation {
    Operation::new(&format!("GET {ROUTE}"), "getWebhook", WEBHOOKS)
        .says(
            "Show a webhook",
            "Answers where events are sent to, and how the endpoint stands.",
        )
        .at(about(schemas))
        .answers(
            200,
            "The webhook.",
            schemas.answer::<WebhookView>(examples::webhook(false)),
        )
        .refuses([Problem::unknown_webhook()])
}

fn put(schemas: &mut Schemas) -> Operation {
    let body =
        json!({"url": "https://shop.example/dozo", "events": ["media.ready", "media.rejected"]});
    Operation::new(&format!("PUT {ROUTE}"), "putWebhook", WEBHOOKS)
        .says(
            "Register a webhook",
            "Has events of the app sent to an address, signed as the Standard Webhooks say; or changes where they are sent to, \
             and which. The secret is answered when the webhook is new, and never again; `rotate` makes another one. A changed \
             address resumes a webhook that was paused. An app has ten webhooks at most.",
        )
        .at(about(schemas))
        .takes(schemas.body::<WebhookRequest>(body))
        .answers(
            200,
            "The webhook was changed, or was so before.",
            schemas.answer::<WebhookView>(examples::webhook(false)),
        )
        .answers(
            201,
            "The webhook is registered.",
            schemas.answer::<WebhookView>(examples::webhook(true)),
        )
        .refuses([
            Problem::unknown_app(),
            Problem::too_many_webhooks(MOST_HOOKS),
        ])
}

fn delete(schemas: &mut Schemas) -> Operation {
    Operation::new(&format!("DELETE {ROUTE}"), "deleteWebhook", WEBHOOKS)
        .says(
            "Remove a webhook",
            "Removes a webhook. What is on its way to it is not sent any more.",
        )
        .at(about(schemas))
        .answers(
            200,
            "The webhook that was removed.",
            schemas.answer::<WebhookView>(examples::webhook(false)),
        )
        .refuses([Problem::unknown_webhook()])
}

fn rotate(schemas: &mut Schemas) -> Operation {
    Operation::new(&format!("POST {ROUTE}/rotate"), "rotateWebhook", WEBHOOKS)
        .says(
            "Rotate the secret",
            "Makes another secret and answers it. For a day, messages are signed by the secrets before as well.",
        )
        .at(about(schemas))
        .answers(
            200,
            "The webhook with its new secret.",
            schemas.answer::<WebhookView>(examples::webhook(true)),
        )
        .refuses([
            Problem::unknown_webhook(),
            Problem::rotated_too_often(MOST_OLD_SECRETS),
        ])
}

fn resume(schemas: &mut Schemas) -> Operation {
    Operation::new(&format!("POST {ROUTE}/resume"), "resumeWebhook", WEBHOOKS)
        .says(
            "Resume a webhook",
            "Sends to a webhook again that was paused. What was not sent meanwhile is sent when `resend` asks for it.",
        )
        .at(about(schemas))
        .answers(
            200,
            "The webhook.",
            schemas.answer::<WebhookView>(examples::webhook(false)),
        )
        .refuses([Problem::unknown_webhook()])
}

fn ping(schemas: &mut Schemas) -> Operation {
    let event = "ping-01kb8m1qz3t5v7x9a1c3e5g7j9-1";
    let answer = json!({"event": event, "delivery": format!("8204028000-{event}")});
    Operation::new(&format!("POST {ROUTE}/ping"), "pingWebhook", WEBHOOKS)
        .says(
            "Send a ping",
            "Sends an event of the type `webhook.ping`, once, also to a webhook that is paused. How that went is among the \
             deliveries.",
        )
        .at(about(schemas))
        .answers(
            202,
            "The ping will be sent.",
            schemas.answer::<Pinged>(answer),
        )
        .refuses([Problem::unknown_webhook()])
}

fn deliveries(schemas: &mut Schemas) -> Operation {
    let after = schemas.read::<DeliveryId>();
    let answer = json!({"items": [examples::delivery()]});
    Operation::new(&format!("GET {ROUTE}/deliveries"), "listDeliveries", WEBHOOKS)
        .says(
            "List deliveries",
            "Lists what became of each event that was sent to the webhook, or is to be, 100 a page. The latest events come first. \
             Deliveries are kept for 14 days.",
        )
        .at(about(schemas))
        .query("after", "`next` of the page before.", &after)
        .answers(
            200,
            "A page of deliveries.",
            schemas.answer::<DeliveryPage>(answer),
        )
        .refuses([Problem::unknown_webhook()])
}

fn asked() -> Value {
    json!({"asked_at": "2026-11-23T20:15:13Z"})
}

fn resend(schemas: &mut Schemas) -> Operation {
    let body = json!({"since": "2026-11-22T00:00:00Z", "undelivered": true});
    Operation::new(&format!("POST {ROUTE}/resend"), "resendDeliveries", WEBHOOKS)
        .says(
            "Send events again",
            "Sends all events again that happened since a time, as far as their deliveries are listed, in any order.",
        )
        .at(about(schemas))
        .takes(schemas.body::<ResendSince>(body))
        .answers(
            202,
            "The events will be sent.",
            schemas.answer::<Resending>(asked()),
        )
        .refuses([Problem::unknown_webhook(), Problem::webhook_paused()])
}

fn resend_one(schemas: &mut Schemas) -> Operation {
    let example = format!("8204028000-{}-1", examples::MEDIA);
    let delivery = in_path::<DeliveryId>(schemas, "delivery", "The delivery's id.", &example);
    let route = format!("POST {ROUTE}/deliveries/{{delivery}}/resend");
    Operation::new(&route, "resendDelivery", WEBHOOKS)
        .says(
            "Send one event again",
            "Sends the event of a delivery again.",
        )
        .at(about(schemas))
        .at([delivery])
        .answers(
            202,
            "The event will be sent.",
            schemas.answer::<Resending>(asked()),
        )
        .refuses([
            Problem::unknown_webhook(),
            Problem::unknown_delivery(),
            Problem::webhook_paused(),
        ])
}
