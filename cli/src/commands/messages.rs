//! `messages`: lists and clears messages that were given up and belong to no media.

use serde_json::{Value, json};

use super::pages::print_every;
use crate::args::{Messages, MessagesAction};
use crate::connect::api::{Request, segment};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::screen::Screen;
use crate::say::shown::shown;
use crate::say::table::{Table, plain};

/// The route of all messages.
const ALL: &str = "/admin/messages";

/// Characters of a body that are shown in a row.
const MOST_CHARS: usize = 60;

pub(super) async fn run(place: &Place, wanted: Messages, screen: &Screen) -> Result<Exit, Failure> {
    match wanted.action.unwrap_or(MessagesAction::List) {
        MessagesAction::List => {
            let all = Request::get(ALL.to_owned());
            print_every(place, &all, rows, "There are no messages.", screen).await
        }
        MessagesAction::Clear { messages, all } => clear(place, messages, all, screen).await,
    }
}

async fn clear(
    place: &Place,
    mut messages: Vec<String>,
    all: bool,
    screen: &Screen,
) -> Result<Exit, Failure> {
    if all {
        let items = place.api.every(&Request::get(ALL.to_owned())).await?;
        let ids = items
            .iter()
            .filter_map(|item| item.get("message")?.as_str());
        messages.extend(ids.map(str::to_owned));
    }
    let mut cleared = Vec::new();
    for message in &messages {
        let request = Request {
            method: "DELETE",
            path: format!("{ALL}/{}", segment(message)),
            ..Request::default()
        };
        match place.api.call(&request).await {
            Ok(answer) => cleared.push(answer),
            // Another admin has cleared it already.
            Err(Failure::Refused(problem)) if all && problem.is_absence() => {}
            Err(failure) => return Err(failure),
        }
    }
    let count = cleared.len();
    screen.result(&json!({ "items": cleared }), || match count {
        1 => "One message is cleared.\n".to_owned(),
        _ => format!("{count} messages are cleared.\n"),
    })?;
    Ok(Exit::Done)
}

fn rows(items: &[Value]) -> String {
    let mut table = Table::default();
    let text = |item: &Value, name: &str| {
        let value = item.get(name).and_then(Value::as_str).unwrap_or_default();
        let short: String = value.chars().take(MOST_CHARS).collect();
        plain(shown(&short).to_string())
    };
    for item in items {
        let columns = ["message", "stage", "code", "body"];
        table.row(columns.map(|name| text(item, name)).into());
    }
    table.print()
}
