//! `poster`: chooses another poster of a film.

use serde_json::json;

use crate::args::Poster;
use crate::connect::api::{Request, media_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::screen::Screen;

pub(super) async fn run(place: &Place, wanted: &Poster, screen: &Screen) -> Result<Exit, Failure> {
    let media = &wanted.media;
    let path = format!("{}/poster", media_path(place.app_of(media)?, &media.media));
    let body = json!({ "at": wanted.at });
    let answer = place.api.call(&Request::json("POST", path, &body)).await?;
    screen.result(&answer, || {
        format!(
            "The poster of {} becomes its picture at {} s.\n",
            media.media, wanted.at
        )
    })?;
    screen
        .note("It is taken within a minute, and the CDN forgets the one before two minutes later.");
    Ok(Exit::Done)
}
