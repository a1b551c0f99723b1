//! `list`: lists media.

use serde_json::{Value, json};

use crate::answer::{Media, Page};
use crate::args::List;
use crate::connect::api::{Request, app_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::media::MediaRef;
use crate::say::media::content;
use crate::say::quantity::time;
use crate::say::screen::Screen;
use crate::say::shown::shown;
use crate::say::style::Style;
use crate::say::table::{Table, plain};

pub(super) async fn run(place: &Place, wanted: &List, screen: &Screen) -> Result<Exit, Failure> {
    // Lists in the order of ids go on after a media, the others after a text that only the API understands.
    let media = wanted.after.as_ref().map(|after| after.parse::<MediaRef>());
    let (app, mut after) = match &media {
        Some(Ok(media)) => (place.app_of(media)?, Some(media.media.clone())),
        Some(Err(_)) | None => (place.app()?, wanted.after.clone()),
    };
    let mut items = Vec::new();
    loop {
        let answer = place.api.call(&request(app, wanted, after.clone())).await?;
        let raw = answer.get("items").and_then(Value::as_array).cloned();
        let page: Page = place.api.read(answer)?;
        if !screen.json() {
            screen.print(&rows(&page.items, screen.style))?;
        }
        items.extend(raw.unwrap_or_default());
        // An API that repeats itself would be asked for ever.
        let is_over = page.next.is_none() || page.next == after;
        after = page.next;
        if !wanted.all || is_over {
            break;
        }
    }
    finish(&items, after, screen)
}

fn finish(items: &[Value], next: Option<String>, screen: &Screen) -> Result<Exit, Failure> {
    if screen.json() {
        let mut answer = json!({ "items": items });
        if let (Some(next), Some(answer)) = (next, answer.as_object_mut()) {
            answer.insert("next".to_owned(), next.into());
        }
        screen.result(&answer, String::new)?;
    } else if let Some(next) = next {
        screen.note(&format!(
            "There are more. To list them, give --after {} or --all",
            shown(&next)
        ));
    } else if items.is_empty() {
        screen.note("There are no such media.");
    }
    Ok(Exit::Done)
}

fn request(app: &str, wanted: &List, after: Option<String>) -> Request {
    let mut request = Request::get(format!("{}/media", app_path(app)));
    if let Some(upload) = &wanted.upload {
        request = request.with("upload", upload);
    }
    if let Some(state) = wanted.state {
        request = request.with("state", state.as_str());
    }
    let others = [
        ("kind", &wanted.kind),
        ("tag", &wanted.tag),
        ("created_from", &wanted.from),
        ("created_before", &wanted.before),
    ];
    for (name, value) in others {
        if let Some(value) = value {
            request = request.with(name, value);
        }
    }
    for (name, value) in &wanted.fields {
        request = request.with(format!("metadata.{name}"), value);
    }
    if wanted.oldest {
        request = request.with("order", "oldest");
    }
    match after {
        Some(after) => request.with("after", after),
        None => request,
    }
}

fn rows(items: &[Media], style: Style) -> String {
    let mut table = Table::default();
    for media in items {
        let code = media.rejection.as_ref().map(|why| why.code.as_str());
        let code = code.or(media.failure.as_ref().map(|why| why.code.as_str()));
        let what = match code {
            Some(code) => shown(code).to_string(),
            None => content(media).unwrap_or_default(),
        };
        table.row(vec![
            plain(shown(&media.media).to_string()),
            (shown(&media.state).to_string(), style.state(&media.state)),
            plain(time(&media.created_at)),
            plain(shown(media.name()).to_string()),
            plain(what),
        ]);
    }
    table.print()
}
