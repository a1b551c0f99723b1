//! `focus`: says which point of a picture stays in sight when it is cut.

use serde_json::json;

use crate::args::Focus;
use crate::connect::api::{Request, media_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::screen::Screen;

pub(super) async fn run(place: &Place, wanted: &Focus, screen: &Screen) -> Result<Exit, Failure> {
    let media = &wanted.media;
    let path = format!("{}/focus", media_path(place.app_of(media)?, &media.media));
    let (body, said) = match wanted.x.zip(wanted.y) {
        Some((x, y)) => (
            json!({ "x": x, "y": y }),
            format!(
                "{} keeps the point {x}, {y} in sight when it is cut.\n",
                media.media
            ),
        ),
        None => (
            json!({}),
            format!("{} has no focal point any more.\n", media.media),
        ),
    };
    let answer = place.api.call(&Request::json("POST", path, &body)).await?;
    screen.result(&answer, || said)?;
    screen.note("The CDN forgets what was cut before within two minutes.");
    Ok(Exit::Done)
}
