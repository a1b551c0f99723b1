//! `captions`: puts and removes captions of audio and video.

use std::path::Path;

use super::change::{Words, make};
use crate::args::{Captions, CaptionsAction};
use crate::connect::api::{Request, media_path, segment};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::media::MediaRef;
use crate::say::screen::Screen;
use crate::say::shown::shown;

pub(super) async fn run(place: &Place, wanted: Captions, screen: &Screen) -> Result<Exit, Failure> {
    match wanted.action {
        CaptionsAction::Put {
            media,
            language,
            file,
            name,
            wait,
        } => {
            let mut request = Request {
                method: "PUT",
                content_type: Some("text/vtt"),
                body: read(&file)?.into(),
                path: path(place, &media, &language)?,
                ..Request::default()
            };
            if let Some(name) = name {
                request = request.with("name", name);
            }
            let words = Words {
                begun: "is given captions",
                done: "has its captions",
            };
            make(place, &media, &request, wait, &words, screen).await
        }
        CaptionsAction::Remove {
            media,
            language,
            wait,
        } => {
            let request = Request {
                method: "DELETE",
                path: path(place, &media, &language)?,
                ..Request::default()
            };
            let words = Words {
                begun: "is losing captions",
                done: "has lost the captions",
            };
            make(place, &media, &request, wait, &words, screen).await
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| {
        let file = file.to_string_lossy();
        Failure::Usage(format!("{} cannot be read: {error}", shown(&file)))
    })
}

fn path(place: &Place, media: &MediaRef, language: &str) -> Result<String, Failure> {
    let of_media = media_path(place.app_of(media)?, &media.media);
    Ok(format!("{of_media}/captions/{}", segment(language)))
}
