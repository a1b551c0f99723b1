//! Waits for the outcome of the files of an upload.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::answer::Media;
use crate::connect::api::{Api, Request, app_path};
use crate::failure::Failure;

/// The first pause between two looks: most pictures are ready within a second or two.
const FIRST: Duration = Duration::from_millis(500);

/// The longest pause between two looks: a long video is no reason for many requests.
const LAST: Duration = Duration::from_secs(5);

/// A media that is settled, with the API's answer.
pub type Settled = (Media, Value);

/// Looks until all of `awaited` are settled or the time is over. Hands over each media as soon as it is settled.
///
/// # Errors
/// [`Failure`]
pub async fn wait(
    api: &Api,
    (app, upload): (&str, &str),
    mut awaited: Vec<String>,
    until: Instant,
    mut found: impl FnMut(Settled) -> Result<(), Failure>,
) -> Result<Vec<String>, Failure> {
    let mut pause = FIRST;
    loop {
        let mut seen = seen(api, app, upload).await?;
        let mut open = Vec::new();
        for media in awaited {
            match seen
                .remove(&media)
                .filter(|(media, _)| is_settled(&media.state))
            {
                Some(settled) => found(settled)?,
                None => open.push(media),
            }
        }
        awaited = open;
        if awaited.is_empty() || Instant::now() + pause > until {
            return Ok(awaited);
        }
        tokio::time::sleep(pause).await;
        pause = LAST.min(pause.mul_f64(1.3));
    }
}

/// Returns the media of an upload that the platform has seen, by their ids.
///
/// # Errors
/// [`Failure`]
pub async fn seen(api: &Api, app: &str, upload: &str) -> Result<HashMap<String, Settled>, Failure> {
    let list = Request::get(format!("{}/media", app_path(app))).with("upload", upload);
    let items = api.every(&list).await?.into_iter();
    let read = items.map(|raw| {
        let media: Media = api.read(raw.clone())?;
        Ok((media.media.clone(), (media, raw)))
    });
    read.collect()
}

/// Whether the state does not change by itself.
fn is_settled(state: &str) -> bool {
    !matches!(state, "validating" | "processing" | "")
}
