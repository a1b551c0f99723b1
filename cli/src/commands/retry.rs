//! `retry`: retries one media, or all failed media of an app.

use serde_json::{Map, Value};

use crate::args::Retry;
use crate::connect::api::{Request, app_path, media_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::media::MediaRef;
use crate::say::screen::Screen;
use crate::say::shown::shown;

pub(super) async fn run(place: &Place, wanted: &Retry, screen: &Screen) -> Result<Exit, Failure> {
    match &wanted.media {
        // clap does not enforce `requires` for an argument that conflicts with one that is given.
        Some(_) if wanted.dry_run || wanted.code.is_some() || wanted.after.is_some() => Err(
            Failure::Usage("--code, --dry-run and --after can only be used with --all".to_owned()),
        ),
        Some(media) => one(place, media, screen).await,
        None => all(place, wanted, screen).await,
    }
}

async fn one(place: &Place, wanted: &MediaRef, screen: &Screen) -> Result<Exit, Failure> {
    let app = place.app_of(wanted)?;
    let path = format!("/admin{}/retry", media_path(app, &wanted.media));
    let request = Request::json("POST", path, &Value::Object(Map::new()));
    let answer = place.api.call(&request).await?;
    screen.result(&answer, || {
        let (id, flags) = (shown(&wanted.media), &place.flags);
        format!("It is being retried. To follow it: dozo status {id} --app {app}{flags}\n")
    })?;
    Ok(Exit::Done)
}

async fn all(place: &Place, wanted: &Retry, screen: &Screen) -> Result<Exit, Failure> {
    let app = place.app()?;
    let mut body = Map::new();
    if let Some(code) = &wanted.code {
        body.insert("code".to_owned(), code.as_str().into());
    }
    if wanted.dry_run {
        body.insert("dry_run".to_owned(), true.into());
    }
    let path = format!("/admin{}/retry", app_path(app));
    let (mut after, mut answer) = (wanted.after.clone(), Value::Null);
    loop {
        if let Some(after) = &after {
            body.insert("after".to_owned(), after.as_str().into());
        }
        let request = Request::json("POST", path.clone(), &Value::Object(body.clone()));
        let answered = place.api.call(&request).await;
        if let (Err(_), Some(after)) = (&answered, &after) {
            let so_far = items(&answer).len();
            let after = shown(after);
            screen.note(&format!(
                "It broke off after {so_far} media. To go on from there, give --after {after}"
            ));
        }
        let next = add(&mut answer, answered?);
        // An API that repeats itself would be asked for ever.
        if next.is_none() || next == after {
            break;
        }
        after = next;
    }
    screen.result(&answer, || told(&answer, wanted.dry_run))?;
    Ok(Exit::Done)
}

/// Adds a page to those before it, and returns where the next one begins.
fn add(all: &mut Value, mut page: Value) -> Option<String> {
    let next = page.as_object_mut().and_then(|page| page.remove("next"));
    let before = items(all).to_vec();
    if let Some(Value::Array(items)) = page.get_mut("items") {
        items.splice(..0, before);
    }
    *all = page;
    next?.as_str().map(str::to_owned)
}

fn items(page: &Value) -> &[Value] {
    let items = page.get("items").and_then(Value::as_array);
    items.map_or(&[], Vec::as_slice)
}

/// Formats the counts in the answer under the API's names, and then the media that it lists.
fn told(answer: &Value, dry_run: bool) -> String {
    let mut text = String::from(if dry_run {
        "Nothing was changed. This would be retried:\n"
    } else {
        "This is being retried:\n"
    });
    let Some(fields) = answer.as_object() else {
        return text;
    };
    for (name, value) in fields {
        match value {
            Value::Number(_) | Value::Bool(_) => {
                text.push_str(&format!("  {}: {value}\n", shown(name)));
            }
            Value::String(value) => {
                text.push_str(&format!("  {}: {}\n", shown(name), shown(value)));
            }
            Value::Array(items) => {
                text.push_str(&format!("  {}: {}\n", shown(name), items.len()));
                let ids = items
                    .iter()
                    .filter_map(|item| item.as_str().or_else(|| item.get("media")?.as_str()));
                for id in ids {
                    text.push_str(&format!("    {}\n", shown(id)));
                }
            }
            Value::Object(counts) => {
                text.push_str(&format!("  {}:\n", shown(name)));
                for (name, count) in counts {
                    text.push_str(&format!(
                        "    {}: {}\n",
                        shown(name),
                        shown(&count.to_string())
                    ));
                }
            }
            Value::Null => {}
        }
    }
    text
}
