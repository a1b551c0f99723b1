//! `list`: lists media.

use serde_json::Value;

use super::pages::{Pages, print};
use crate::answer::Media;
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
    let (app, after) = match &media {
        Some(Ok(media)) => (place.app_of(media)?, Some(media.media.clone())),
        Some(Err(_)) | None => (place.app()?, wanted.after.clone()),
    };
    let pages = Pages {
        first: request(app, wanted),
        after,
        is_all: wanted.all,
        nothing: "There are no such media.",
    };
    let rows = |items: &[Value]| -> Result<String, Failure> {
        let media = items.iter().map(|item| place.api.read(item.clone()));
        let media: Vec<Media> = media.collect::<Result<_, _>>()?;
        Ok(rows(&media, screen.style))
    };
    print(place, pages, rows, screen).await
}

fn request(app: &str, wanted: &List) -> Request {
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
    request
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
