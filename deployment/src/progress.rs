//! Shows the running step of a command and the time it takes.
//!
//! On a terminal, the line of the running step counts up; elsewhere (CI, a pipe), a long step is reported every ten
//! seconds, so that a log never looks dead. Goes to standard error, because standard output is for results.

use std::future::Future;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Time between two reports of a step that is still running, if standard error is not a terminal.
const STILL_EVERY: Duration = Duration::from_secs(10);

/// Prints the steps of one command.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    terminal: bool,
    silent: bool,
}

impl Progress {
    /// Progress on this process's standard error.
    pub fn to_stderr() -> Self {
        Self {
            terminal: std::io::stderr().is_terminal(),
            silent: false,
        }
    }

    /// Says nothing, and has no timer, which a test's clock would run away with.
    #[cfg(test)]
    pub(crate) fn silent() -> Self {
        Self {
            terminal: false,
            silent: true,
        }
    }

    /// Runs `work` and shows `what` and the time it takes.
    ///
    /// # Errors
    ///
    /// The error of `work`; the line then ends in `failed`.
    pub async fn step<T, E>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        if self.silent {
            return work.await;
        }
        let start = Instant::now();
        let mut work = std::pin::pin!(work);
        let tick = if self.terminal {
            Duration::from_millis(500)
        } else {
            STILL_EVERY
        };
        let outcome = loop {
            tokio::select! {
                outcome = &mut work => break outcome,
                () = tokio::time::sleep(tick) => self.still(what, start.elapsed()),
            }
        };
        let mark = if outcome.is_ok() { "✓" } else { "✗" };
        let clear = if self.terminal { "\r\x1b[2K" } else { "" };
        say(&format!(
            "{clear}{mark} {what} ({})\n",
            seconds(start.elapsed())
        ));
        outcome
    }

    /// Prints one line that is not a step.
    pub fn note(&self, line: &str) {
        if self.silent {
            return;
        }
        say(&format!("  {line}\n"));
    }

    fn still(self, what: &str, elapsed: Duration) {
        if self.terminal {
            say(&format!("\r\x1b[2K… {what} ({})", seconds(elapsed)));
        } else {
            say(&format!(
                "… {what}, still in progress ({})\n",
                seconds(elapsed)
            ));
        }
    }
}

/// Prints to standard error; if that is closed, the stack goes on.
fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    if stderr.write_all(text.as_bytes()).is_ok() {
        stderr.flush().unwrap_or_default();
    }
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_its_unit() {
        assert_eq!(seconds(Duration::from_millis(1_240)), "1.2 s");
    }

    #[tokio::test]
    async fn a_step_passes_the_outcome_on() {
        let progress = Progress {
            terminal: false,
            silent: false,
        };
        let done: Result<u8, u8> = progress.step("counting", async { Ok(7) }).await;
        let failed: Result<u8, u8> = progress.step("counting", async { Err(8) }).await;
        assert_eq!((done, failed), (Ok(7), Err(8)));
    }
}
