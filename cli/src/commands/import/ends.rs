//! Waits for the verdicts of what was copied.

use std::time::Duration;

use tokio::time::Instant;

use super::intake::Intake;
use crate::answer::Media;
use crate::bulk::journal::{End, Line};
use crate::failure::Failure;
use crate::upload::verdict;

impl Intake<'_> {
    /// Waits until everything that was copied is decided, or the time is over.
    pub(super) async fn wait(&mut self) -> Result<(), Failure> {
        let patience = Duration::from_secs(self.wanted.wait.min(u32::MAX.into()));
        let until = Instant::now() + patience;
        let spinner = self.meters.turning("waiting for the results");
        for (place, files) in self.known.open() {
            let Some(grant) = self.known.grant(place).cloned() else {
                continue;
            };
            let awaited = files.into_iter().map(|file| file.media).collect();
            let (journal, known) = (&mut self.journal, &mut self.known);
            let about = (self.app, grant.upload.as_str());
            // What is not decided in time is told as such.
            verdict::wait(&self.place.api, about, awaited, until, |(media, _)| {
                let line = Line::Ended {
                    end: end(&media),
                    media: media.media,
                };
                // Everything else may change again, and is asked for anew by the next run.
                if matches!(media.state.as_str(), "ready" | "rejected") {
                    journal.note(&line)?;
                }
                known.learn(line);
                Ok(())
            })
            .await?;
        }
        spinner.finish_and_clear();
        Ok(())
    }
}

fn end(media: &Media) -> End {
    let rejection = media
        .rejection
        .as_ref()
        .map(|why| (&why.code, &why.message));
    let failure = media.failure.as_ref().map(|why| (&why.code, &why.message));
    let (code, message) = rejection.or(failure).unzip();
    End {
        state: media.state.clone(),
        code: code.cloned(),
        message: message.cloned(),
    }
}
