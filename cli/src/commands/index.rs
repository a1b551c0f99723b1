//! `index`: indexes an app's media anew.

use serde::Deserialize;
use serde_json::json;

use crate::args::Index;
use crate::connect::api::{Request, app_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::screen::Screen;
use crate::say::shown::shown;

/// Pages between two lines that say how far it is.
const TELL_EVERY: u64 = 25;

/// One page, as the API answers it.
#[derive(Debug, Deserialize)]
struct Page {
    looked_at: u64,
    changed: u64,
    next: Option<String>,
}

pub(super) async fn run(place: &Place, wanted: &Index, screen: &Screen) -> Result<Exit, Failure> {
    let path = format!("/admin{}/index", app_path(place.app()?));
    let (mut after, mut looked_at, mut changed) = (wanted.after.clone(), 0, 0);
    for pages in 1_u64.. {
        let body = match &after {
            Some(after) => json!({"after": after}),
            None => json!({}),
        };
        let request = Request::json("POST", path.clone(), &body);
        let answered = place.api.call(&request).await;
        if let (Err(_), Some(after)) = (&answered, &after) {
            screen.note(&format!(
                "It broke off. To go on from there, give --after {}",
                shown(after)
            ));
        }
        let page: Page = place.api.read(answered?)?;
        looked_at += page.looked_at;
        changed += page.changed;
        let Some(next) = page.next else {
            break;
        };
        if pages % TELL_EVERY == 0 {
            screen.note(&format!("{looked_at} media so far, up to {}", shown(&next)));
        }
        after = Some(next);
    }
    screen.result(&json!({"looked_at": looked_at, "changed": changed}), || {
        format!("{looked_at} media were looked at, and {changed} of them indexed anew.\n")
    })?;
    Ok(Exit::Done)
}
