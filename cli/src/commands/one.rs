//! `status` and `why`.

use jiff::Timestamp;

use super::show;
use crate::answer::Media;
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
    let answer = show(place, wanted).await?;
    let read: Media = place.api.read(answer)?;
    let story = tell(&read, Timestamp::now());
    screen.result(&story.json(), || story.print(screen.style))?;
    Ok(Exit::Done)
}
