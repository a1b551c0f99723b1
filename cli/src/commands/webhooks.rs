//! `webhooks`: lists, registers, changes and removes an app's webhooks, and sends events again.

use serde_json::{Value, json};

use super::pages::{Pages, print, print_every};
use crate::args::{Resend, Webhooks, WebhooksAction};
use crate::connect::api::{Request, segment};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::fields::{fields, word};
use crate::say::quantity::time;
use crate::say::screen::Screen;
use crate::say::shown::shown;
use crate::say::table::{Table, plain};

pub(super) async fn run(place: &Place, wanted: Webhooks, screen: &Screen) -> Result<Exit, Failure> {
    let all = format!("/admin/apps/{}/webhooks", segment(place.app()?));
    let path = |name: &str| format!("{all}/{}", segment(name));
    let post = |name: &str, what: &str| {
        Request::json("POST", format!("{}/{what}", path(name)), &json!({}))
    };
    let request = match wanted.action.unwrap_or(WebhooksAction::List) {
        WebhooksAction::List => {
            let nothing = "The app has no webhooks.";
            return print_every(place, &Request::get(all), webhooks, nothing, screen).await;
        }
        WebhooksAction::Deliveries {
            name,
            after,
            all: is_all,
        } => {
            let pages = Pages {
                first: Request::get(format!("{}/deliveries", path(&name))),
                after,
                is_all,
                nothing: "Nothing was sent to it in the last 14 days.",
            };
            return print(place, pages, |items| Ok(deliveries(items)), screen).await;
        }
        WebhooksAction::Ping { name } => {
            let said = format!(
                "A ping is on its way. dozo webhooks deliveries {} says how that went.",
                shown(&name)
            );
            return call(place, &post(&name, "ping"), &said, screen).await;
        }
        WebhooksAction::Resend(wanted) => {
            let request = resend(&wanted, &path(&wanted.name));
            return call(place, &request, "It is sent again.", screen).await;
        }
        WebhooksAction::Delete { name, yes } => {
            return delete(place, &name, (path(&name), yes), screen).await;
        }
        WebhooksAction::Show { name } => Request::get(path(&name)),
        WebhooksAction::Register { name, url, events } => {
            let mut body = json!({ "url": url });
            if let Some(body) = body.as_object_mut().filter(|_| !events.is_empty()) {
                body.insert("events".to_owned(), events.into());
            }
            Request::json("PUT", path(&name), &body)
        }
        WebhooksAction::Rotate { name } => post(&name, "rotate"),
        WebhooksAction::Resume { name } => post(&name, "resume"),
    };
    let answer = place.api.call(&request).await?;
    screen.result(&answer, || fields(&answer))?;
    if answer.get("secret").is_some() {
        screen.note("Keep the secret now: it is not shown again.");
    }
    Ok(Exit::Done)
}

async fn call(
    place: &Place,
    request: &Request,
    said: &str,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let answer = place.api.call(request).await?;
    screen.result(&answer, || format!("{said}\n"))?;
    Ok(Exit::Done)
}

async fn delete(
    place: &Place,
    name: &str,
    (path, yes): (String, bool),
    screen: &Screen,
) -> Result<Exit, Failure> {
    let name = shown(name);
    let question =
        format!("Remove the webhook {name}? What is on its way to it is not sent any more.");
    if !screen.agrees(yes, &question)? {
        return Ok(Exit::Rejected);
    }
    let request = Request {
        method: "DELETE",
        path,
        ..Request::default()
    };
    let said = format!("Nothing more is sent to {name}.");
    call(place, &request, &said, screen).await
}

fn resend(wanted: &Resend, path: &str) -> Request {
    match &wanted.delivery {
        Some(delivery) => {
            let path = format!("{path}/deliveries/{}/resend", segment(delivery));
            Request::json("POST", path, &json!({}))
        }
        None => {
            let body = json!({"since": wanted.since, "undelivered": wanted.undelivered});
            Request::json("POST", format!("{path}/resend"), &body)
        }
    }
}

fn webhooks(items: &[Value]) -> String {
    let mut table = Table::default();
    for item in items {
        let cell = |name: &str| plain(item.get(name).map(word).unwrap_or_default());
        let events = item.get("events").map(word);
        let events = events.unwrap_or_else(|| "all events".to_owned());
        table.row(vec![
            cell("name"),
            cell("state"),
            cell("url"),
            plain(events),
        ]);
    }
    table.print()
}

fn deliveries(items: &[Value]) -> String {
    let mut table = Table::default();
    for item in items {
        let text = |name: &str| item.get(name).map(word).unwrap_or_default();
        let state = match item.get("reason") {
            Some(reason) => format!("{}: {}", text("state"), word(reason)),
            None => text("state"),
        };
        let updated = item.get("updated_at").and_then(Value::as_str);
        table.row(vec![
            plain(text("delivery")),
            plain(text("type")),
            plain(state),
            plain(last_try(item)),
            plain(updated.map(time).unwrap_or_default()),
        ]);
    }
    table.print()
}

/// Says how the last attempt ended: with which status, or why there was none.
fn last_try(delivery: &Value) -> String {
    let tries = delivery.get("tries").and_then(Value::as_array);
    let last = tries.and_then(|tries| tries.last());
    let outcome = last.and_then(|last| last.get("status").or_else(|| last.get("error")));
    outcome.map(word).unwrap_or_default()
}
