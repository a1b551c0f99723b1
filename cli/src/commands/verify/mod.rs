//! `verify`: some forty requests that show whether a deployed platform works, with an app and files of its own.
//!
//! ```text
//! uploads: register an app, ask for grants, put files in every way ──▶ the verdicts
//! delivery: what viewers are given, and what they are refused ──▶ withdrawal: suspend, restore
//! tidy: erase the media and the app, whatever went wrong
//! ```
//!
//! A failed check stops only the checks that need its result.

mod delivery;
mod report;
mod samples;
mod tidy;
mod uploads;
mod withdrawal;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use self::report::Report;
use crate::answer::Media;
use crate::args::Verify;
use crate::connect::api::{Request, media_path};
use crate::connect::place::Place;
use crate::connect::viewer::{Fetched, Viewer};
use crate::failure::{Exit, Failure};
use crate::say::screen::Screen;

/// The pause between two looks at something that takes its time.
const PAUSE: Duration = Duration::from_secs(1);

/// The context that all checks share.
struct Trial<'a> {
    place: &'a Place,
    viewer: Viewer,
    /// The app that is registered for the checks.
    app: String,
    /// The picture that is suspended and restored.
    picture: Vec<u8>,
    /// How long to wait for one thing.
    patience: Duration,
    /// All media that were granted. They are erased in the end.
    media: Mutex<Vec<String>>,
}

pub(super) async fn run(place: &Place, wanted: &Verify, screen: &Screen) -> Result<Exit, Failure> {
    let run = rand::random::<u32>();
    let trial = Trial {
        place,
        viewer: Viewer::default(),
        app: format!("verify-{run:08x}"),
        picture: samples::picture_of(run),
        patience: Duration::from_secs(wanted.wait.min(u32::MAX.into())),
        media: Mutex::default(),
    };
    let mut report = Report::new(*screen);
    let checked = tokio::select! {
        checked = checks(&trial, &mut report) => checked,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    };
    // A second Ctrl-C ends the tidying, too.
    let tidied = tokio::select! {
        tidied = tidy::run(&trial, &mut report) => tidied,
        _ = tokio::signal::ctrl_c() => {
            screen.note(&format!("The app {} and its media are left.", trial.app));
            Err(Failure::Interrupted)
        }
    };
    checked.and(tidied)?;
    report.finish(&trial.app)
}

async fn checks(trial: &Trial<'_>, report: &mut Report) -> Result<(), Failure> {
    let Some(uploaded) = uploads::run(trial, report).await? else {
        return Ok(());
    };
    delivery::run(trial, &uploaded, report).await?;
    withdrawal::run(trial, &uploaded, report).await
}

impl Trial<'_> {
    /// Remembers a media that may come to be.
    fn remember(&self, media: &str) {
        let mut all = self.media.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(media.to_owned());
    }

    /// Returns the media that may have come to be.
    fn granted(&self) -> Vec<String> {
        let all = self.media.lock().unwrap_or_else(PoisonError::into_inner);
        all.clone()
    }

    /// Asks the API about a media of this app.
    async fn show(&self, media: &str) -> Result<Value, Failure> {
        let request = Request::get(media_path(&self.app, media));
        self.place.api.call(&request).await
    }

    /// Waits until a media is in a state.
    async fn until_state(&self, media: &str, wanted: &str) -> Result<Media, String> {
        let until = Instant::now() + self.patience;
        loop {
            let state = match self.show(media).await {
                Ok(answer) => {
                    let shown: Media = self.place.api.read(answer).map_err(describe)?;
                    if shown.state == wanted {
                        return Ok(shown);
                    }
                    if matches!(shown.state.as_str(), "rejected" | "failed" | "ready")
                        && is_verdict(wanted)
                    {
                        return Err(format!("it is {}: {}", shown.state, reason(&shown)));
                    }
                    shown.state
                }
                Err(Failure::Refused(problem)) if problem.is_absence() => "not seen yet".to_owned(),
                Err(failure) => return Err(describe(failure)),
            };
            if Instant::now() + PAUSE > until {
                let seconds = self.patience.as_secs();
                return Err(format!("after {seconds} s it is still {state}"));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Fetches an address until it is answered with a status.
    async fn until_status(&self, url: &str, wanted: u16) -> Result<Fetched, String> {
        let until = Instant::now() + self.patience;
        loop {
            let fetched = self.viewer.get(url, &[]).await.map_err(describe)?;
            if fetched.status == wanted {
                return Ok(fetched);
            }
            if Instant::now() + PAUSE > until {
                let seconds = self.patience.as_secs();
                return Err(format!("after {seconds} s it is still {}", fetched.status));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Whether a media is in this state because it was judged, and not because of an operation.
fn is_verdict(state: &str) -> bool {
    matches!(state, "ready" | "rejected")
}

fn reason(media: &Media) -> String {
    let rejection = media.rejection.as_ref().map(|why| why.message.clone());
    let failure = media.failure.as_ref().map(|why| why.message.clone());
    rejection.or(failure).unwrap_or_default()
}

fn describe(failure: Failure) -> String {
    failure.to_string()
}

/// Requires a status.
fn status(fetched: Fetched, wanted: u16) -> Result<Fetched, String> {
    if fetched.status == wanted {
        return Ok(fetched);
    }
    let said = String::from_utf8_lossy(&fetched.body);
    let said: String = said.chars().take(200).collect();
    Err(format!(
        "answered {} instead of {wanted}: {said}",
        fetched.status
    ))
}

/// Requires a status and a media type.
fn typed(fetched: Fetched, wanted: u16, kind: &str) -> Result<Fetched, String> {
    let fetched = status(fetched, wanted)?;
    if fetched.content_type.starts_with(kind) {
        return Ok(fetched);
    }
    Err(format!("is {} instead of {kind}", fetched.content_type))
}
