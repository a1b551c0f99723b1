//! The implementation of each command.

mod apps;
mod blocked;
mod captions;
mod change;
mod describe;
mod export;
mod focus;
mod grant;
mod import;
mod index;
mod list;
mod messages;
mod one;
mod pages;
mod poster;
mod retry;
mod upload;
mod usage;
mod verify;
mod webhooks;

use serde_json::Value;

use crate::args::{Action, Command};
use crate::connect::api::{Request, media_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::media::MediaRef;
use crate::say::screen::Screen;

/// Carries out a command.
///
/// # Errors
/// [`Failure`]
pub async fn run(command: Command, screen: &Screen) -> Result<Exit, Failure> {
    let here = std::env::current_dir()?;
    let environment = |name: &str| std::env::var_os(name);
    // Faults of files are reported before any call is made.
    if let Action::Upload(wanted) = &command.action {
        let sources = crate::upload::source::look(&wanted.files)?;
        let place = Place::find(&command.target, &environment, &here).await?;
        return upload::run(&place, wanted, &sources, screen).await;
    }
    let place = Place::find(&command.target, &environment, &here).await?;
    match command.action {
        // Handled above.
        Action::Upload(_) => Ok(Exit::Done),
        Action::Import(wanted) => import::run(&place, &wanted, screen).await,
        Action::Export(wanted) => export::run(&place, &wanted, screen).await,
        Action::Status(wanted) => one::status(&place, &wanted.media, screen).await,
        Action::Why(wanted) => one::why(&place, &wanted.media, screen).await,
        Action::List(wanted) => list::run(&place, &wanted, screen).await,
        Action::Index(wanted) => index::run(&place, &wanted, screen).await,
        Action::Retry(wanted) => retry::run(&place, &wanted, screen).await,
        Action::Suspend(wanted) => change::suspend(&place, &wanted, screen).await,
        Action::Restore(wanted) => change::restore(&place, &wanted, screen).await,
        Action::Delete(wanted) => change::delete(&place, &wanted, screen).await,
        Action::Visibility(wanted) => change::visibility(&place, &wanted, screen).await,
        Action::Captions(wanted) => captions::run(&place, wanted, screen).await,
        Action::Describe(wanted) => describe::run(&place, &wanted, screen).await,
        Action::Focus(wanted) => focus::run(&place, &wanted, screen).await,
        Action::Poster(wanted) => poster::run(&place, &wanted, screen).await,
        Action::Grant(wanted) => grant::run(&place, &wanted, screen).await,
        Action::Apps(wanted) => apps::run(&place, wanted, screen).await,
        Action::Usage(wanted) => usage::run(&place, &wanted, screen).await,
        Action::Webhooks(wanted) => webhooks::run(&place, wanted, screen).await,
        Action::Messages(wanted) => messages::run(&place, wanted, screen).await,
        Action::Blocked(wanted) => blocked::run(&place, wanted, screen).await,
        Action::Verify(wanted) => verify::run(&place, &wanted, screen).await,
    }
}

/// Returns the API's answer about a media.
async fn show(place: &Place, wanted: &MediaRef) -> Result<Value, Failure> {
    let app = place.app_of(wanted)?;
    let request = Request::get(media_path(app, &wanted.media));
    place.api.call(&request).await
}
