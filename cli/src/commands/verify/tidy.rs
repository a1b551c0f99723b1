//! Erases the media of the checks, and the app.

use tokio::time::Instant;

use super::report::Report;
use super::{PAUSE, Trial, describe};
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
    let mut left = trial.granted();
    loop {
        // A media that refuses may be in a state that ends soon, and one that is not found may still appear.
        let mut refused = Vec::new();
        for media in left {
            let request = Request {
                method: "DELETE",
                path: media_path(&trial.app, &media),
                ..Request::default()
            };
            if trial.place.api.call(&request).await.is_err() {
                refused.push(media);
            }
        }
        left = refused;
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
            Err(other) => return Err(describe(other)),
        }
    }
}
