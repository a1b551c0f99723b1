//! `suspend`, `restore`, `delete`, `visibility`: changes that the API begins at once and then finishes by itself.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::show;
use crate::answer::Media;
use crate::args::{Change, Delete, SetVisibility, Suspend, WaitForIt};
use crate::connect::api::{Request, media_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::media::MediaRef;
use crate::say::screen::Screen;
use crate::say::shown::shown;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// The words for a change while it goes on, and when it is done.
pub(super) struct Words {
    pub(super) begun: &'static str,
    pub(super) done: &'static str,
}

pub(super) async fn suspend(
    place: &Place,
    wanted: &Suspend,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let Change { media, wait } = &wanted.change;
    let app = place.app_of(media)?;
    let mut body = json!({ "reason": wanted.reason.as_str() });
    let more = [("note", &wanted.note), ("blocked_by", &wanted.blocked_by)];
    for (name, value) in more {
        if let (Some(value), Some(body)) = (value, body.as_object_mut()) {
            body.insert(name.to_owned(), value.as_str().into());
        }
    }
    let path = format!("/admin{}/suspend", media_path(app, &media.media));
    let request = Request::json("POST", path, &body);
    let words = Words {
        begun: "is being suspended: within seconds, it is no longer delivered to anybody",
        done: "is suspended: it is not delivered to anybody",
    };
    make(place, media, &request, *wait, &words, screen).await
}

pub(super) async fn restore(
    place: &Place,
    wanted: &Change,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let app = place.app_of(&wanted.media)?;
    let path = format!("/admin{}/restore", media_path(app, &wanted.media.media));
    let request = Request::json("POST", path, &Value::Object(Map::new()));
    let words = Words {
        begun: "is being restored",
        done: "is restored",
    };
    make(place, &wanted.media, &request, wanted.wait, &words, screen).await
}

pub(super) async fn delete(
    place: &Place,
    wanted: &Delete,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let Change { media, wait } = &wanted.change;
    let app = place.app_of(media)?;
    if !wanted.yes {
        screen.somebody_to_ask()?;
        let found: Media = place.api.read(show(place, media).await?)?;
        let name = shown(found.name());
        let question = format!(
            "Erase {name} ({}/{}) for good, with the upload, the delivered files and every backup?",
            shown(app),
            shown(&media.media)
        );
        if !screen.agrees(false, &question)? {
            return Ok(Exit::Rejected);
        }
    }
    let request = Request {
        method: "DELETE",
        path: media_path(app, &media.media),
        ..Request::default()
    };
    let words = Words {
        begun: "is being erased: its files go at once, and copies in the CDN's caches within minutes",
        done: "is erased",
    };
    make(place, media, &request, *wait, &words, screen).await
}

pub(super) async fn visibility(
    place: &Place,
    wanted: &SetVisibility,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let media = &wanted.media;
    let app = place.app_of(media)?;
    let path = format!("{}/visibility", media_path(app, &media.media));
    let body = json!({ "visibility": wanted.visibility.as_str() });
    let request = Request::json("POST", path, &body);
    let words = Words {
        begun: "is being moved: its URLs will change",
        done: "is moved: its URLs have changed",
    };
    make(place, media, &request, wanted.wait, &words, screen).await
}

pub(super) async fn make(
    place: &Place,
    media: &MediaRef,
    request: &Request,
    wait: WaitForIt,
    words: &Words,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let begun = place.api.call(request).await?;
    let (answer, exit) = match wait.wait {
        Some(seconds) => settled(place, media, seconds, begun).await?,
        None => (begun, Exit::Done),
    };
    screen.result(&answer, || {
        let id = shown(&media.media);
        let state = answer.get("state").and_then(Value::as_str);
        let state = screen.style.state(state.unwrap_or("accepted"));
        match (wait.wait, exit) {
            (Some(_), Exit::Done) => format!("{id} {} ({state}).\n", words.done),
            _ => format!("{id} {} ({state}).\n", words.begun),
        }
    })?;
    Ok(exit)
}

/// Looks until the change is finished or the time is over.
async fn settled(
    place: &Place,
    media: &MediaRef,
    seconds: u64,
    begun: Value,
) -> Result<(Value, Exit), Failure> {
    let until = Instant::now() + Duration::from_secs(seconds.min(u32::MAX.into()));
    let mut last = begun;
    loop {
        match show(place, media).await {
            Ok(shown) => last = shown,
            // For a caller who may not see the tombstone, nothing is found once the media is erased.
            Err(Failure::Refused(problem)) if problem.is_absence() => {
                return Ok((last, Exit::Done));
            }
            Err(other) => return Err(other),
        }
        let state = last
            .get("state")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let goes_on = matches!(
            state,
            "suspending" | "restoring" | "moving" | "updating" | "deleting"
        );
        if !goes_on {
            return Ok((last, Exit::Done));
        }
        if Instant::now() + PAUSE > until {
            return Ok((last, Exit::Unfinished));
        }
        tokio::time::sleep(PAUSE).await;
    }
}
