//! Prints everything: results on standard output, the rest on standard error.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use serde_json::Value;

use super::style::{Style, Tone};
use crate::failure::{Exit, Failure};

/// The outputs of this process.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    json: bool,
    /// The style of standard output.
    pub style: Style,
    /// The style of standard error.
    pub error_style: Style,
    watched: bool,
}

impl Screen {
    /// Takes the outputs of this process; `json` if a program reads them.
    #[must_use]
    pub fn of_this_process(json: bool) -> Self {
        let environment = |name: &str| std::env::var_os(name);
        let watched = io::stderr().is_terminal();
        Self {
            json,
            style: Style::new(io::stdout().is_terminal(), &environment),
            error_style: Style::new(watched, &environment),
            watched: watched && !json,
        }
    }

    /// Whether a program reads the output.
    #[must_use]
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether a person watches standard error.
    #[must_use]
    pub fn watched(&self) -> bool {
        self.watched
    }

    /// Prints the result: `value` for a program, `text` for a person.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    pub fn result(&self, value: &Value, text: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json {
            self.print(&format!("{value:#}\n"))
        } else {
            self.print(&text())
        }
    }

    /// Prints `text` as it is.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        Ok(stdout.flush()?)
    }

    /// Prints a line for the person who watches, which is never part of the result.
    pub fn note(&self, text: &str) {
        if !self.json {
            let mut stderr = io::stderr().lock();
            // A closed standard error must not stop the work.
            writeln!(stderr, "{text}").unwrap_or_default();
        }
    }

    /// Checks that there is a person to ask.
    ///
    /// # Errors
    /// Fails if there is none.
    pub fn somebody_to_ask(&self) -> Result<(), Failure> {
        if io::stdin().is_terminal() {
            return Ok(());
        }
        Err(Failure::Usage(
            "there is no terminal on which to ask for confirmation; give --yes".to_owned(),
        ))
    }

    /// Returns whether something may be removed: its caller gave `--yes`, or a person confirms it now.
    ///
    /// # Errors
    /// Fails if nobody can be asked.
    pub fn agrees(&self, yes: bool, question: &str) -> Result<bool, Failure> {
        if yes {
            return Ok(true);
        }
        self.somebody_to_ask()?;
        let agreed = self.confirm(question)?;
        if !agreed {
            self.note("Nothing was changed.");
        }
        Ok(agreed)
    }

    fn confirm(&self, question: &str) -> Result<bool, Failure> {
        let mut stderr = io::stderr().lock();
        write!(stderr, "{question} [y/N] ")?;
        stderr.flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }

    /// Explains why there is no result, and returns the exit code.
    #[must_use]
    pub fn end(&self, outcome: Result<Exit, Failure>) -> ExitCode {
        match outcome {
            Ok(exit) => ExitCode::from(exit.code()),
            // The reader, such as `head`, has enough.
            Err(Failure::Terminal(error)) if error.kind() == ErrorKind::BrokenPipe => {
                ExitCode::SUCCESS
            }
            Err(failure) => {
                self.complain(&failure);
                ExitCode::from(failure.exit_code())
            }
        }
    }

    fn complain(&self, failure: &Failure) {
        let text = if self.json {
            format!("{}\n", failure.json())
        } else {
            let mut text = self.error_style.paint(Tone::Bad, "dozo:");
            text.push_str(&format!(" {failure}\n"));
            text
        };
        io::stderr()
            .lock()
            .write_all(text.as_bytes())
            .unwrap_or_default();
    }
}
