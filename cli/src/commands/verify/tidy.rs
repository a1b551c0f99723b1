//! Erases the media of the checks, and the app.

use tokio::time::Instant;

use super::report::Report;
use super::{PAUSE, Trial, told};
use crate::connect::api::{Request, media_path};
use crate::failure::Failure;

pub(super) async fn run(trial: &Trial<'_>, report: &mut Report) -> Result<(), Failure> {
    report.check("everything is erased", erase(trial)).await?;
    Ok(())
}

async fn erase(trial: &Trial<'_>) -> Result<(), String> {
    let path = format!("/admin/apps/{}", trial.app);
    let remove = Request {
        method: "DELETE",
        path,
        ..Request::default()
    };
    let until = Instant::now() + trial.patience;
    loop {
        for media in trial.granted() {
            let request = Request {
                method: "DELETE",
                path: media_path(&trial.app, &media),
                ..Request::default()
            };
            // It may have been erased before, or be in a state that comes to an end first.
            drop(trial.place.api.call(&request).await);
        }
        match trial.place.api.call(&remove).await {
            Ok(_) => return Ok(()),
            Err(Failure::Refused(problem)) if problem.is_absence() => return Ok(()),
            Err(Failure::Refused(problem)) if problem.status == 409 => {
                if Instant::now() + PAUSE > until {
                    let app = &trial.app;
                    return Err(format!(
                        "its media are still being erased; remove the app later: dozo apps delete {app}{}",
                        trial.place.flags
                    ));
                }
                tokio::time::sleep(PAUSE).await;
            }
            Err(other) => return Err(told(other)),
        }
    }
}
