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
        Some(_) if wanted.dry_run || wanted.code.is_some() => Err(Failure::Usage(
            "--code and --dry-run can only be used with --all".to_owned(),
        )),
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
    let request = Request::json("POST", path, &Value::Object(body));
    let answer = place.api.call(&request).await?;
    screen.result(&answer, || told(&answer, wanted.dry_run))?;
    Ok(Exit::Done)
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
