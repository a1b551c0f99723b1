//! The checks so far: each is printed as soon as it is done.

use std::future::Future;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::say::screen::Screen;
use crate::say::shown::shown;
use crate::say::style::Tone;

/// The width of the column of what is checked.
const COLUMN: usize = 58;

/// The checks so far.
pub(super) struct Report {
    screen: Screen,
    checks: Vec<Value>,
    failed: usize,
}

impl Report {
    pub(super) fn new(screen: Screen) -> Self {
        Self {
            screen,
            checks: Vec::new(),
            failed: 0,
        }
    }

    /// Makes a check; returns what it made, or `None` if it failed.
    pub(super) async fn check<T>(
        &mut self,
        what: &str,
        work: impl Future<Output = Result<T, String>>,
    ) -> Result<Option<T>, Failure> {
        let start = Instant::now();
        let outcome = work.await;
        let (made, fault) = match outcome {
            Ok(made) => (Some(made), None),
            Err(fault) => (None, Some(fault)),
        };
        self.note(what, start.elapsed(), fault.as_deref())?;
        Ok(made)
    }

    fn note(&mut self, what: &str, took: Duration, fault: Option<&str>) -> Result<(), Failure> {
        self.failed += usize::from(fault.is_some());
        let seconds = took.as_secs_f64();
        let mut check = json!({ "check": what, "ok": fault.is_none(), "seconds": (seconds * 1000.0).round() / 1000.0 });
        if let (Some(fault), Some(check)) = (fault, check.as_object_mut()) {
            check.insert("fault".to_owned(), fault.into());
        }
        self.checks.push(check);
        if self.screen.json() {
            return Ok(());
        }
        let (tone, mark) = match fault {
            None => (Tone::Good, "✓"),
            Some(_) => (Tone::Bad, "✗"),
        };
        let mark = self.screen.style.paint(tone, mark);
        let fault = fault.map_or_else(String::new, |fault| format!("  {}", shown(fault)));
        self.screen
            .print(&format!("{mark} {what:<COLUMN$} {seconds:>6.1} s{fault}\n"))
    }

    /// Prints the sum, and returns the exit code.
    pub(super) fn finish(self, app: &str) -> Result<Exit, Failure> {
        let (all, failed) = (self.checks.len(), self.failed);
        let value = json!({ "ok": failed == 0, "app": app, "checks": self.checks });
        self.screen.result(&value, || match failed {
            0 => format!("\nAll {all} checks passed.\n"),
            _ => format!("\n{failed} of {all} checks failed; checks that need what these make were left out.\n"),
        })?;
        Ok(if failed == 0 {
            Exit::Done
        } else {
            Exit::Rejected
        })
    }
}
