//! `status` and `why`: show one media.

use jiff::Timestamp;

use super::show;
use crate::answer::Media;
use crate::connect::api::{Request, media_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::media::MediaRef;
use crate::say::media::media;
use crate::say::screen::Screen;
use crate::say::story::tell;

pub(super) async fn status(
    place: &Place,
    wanted: &MediaRef,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let answer = show(place, wanted).await?;
    let read: Media = place.api.read(answer.clone())?;
    screen.result(&answer, || media(&read, screen.style, Timestamp::now()))?;
    Ok(Exit::Done)
}

pub(super) async fn why(
    place: &Place,
    wanted: &MediaRef,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let app = place.app_of(wanted)?;
    let path = format!("/admin{}", media_path(app, &wanted.media));
    // An admin also gets the note of a suspension; other callers are answered as the app.
    let answer = match place.api.call(&Request::get(path)).await {
        Err(Failure::Refused(_)) => show(place, wanted).await?,
        answered => answered?,
    };
    let read: Media = place.api.read(answer)?;
    let story = tell(&read, Timestamp::now(), &place.flags);
    screen.result(&story.json(), || story.print(screen.style))?;
    Ok(Exit::Done)
}
