//! What becomes of a process that a thread of PDFium never comes back to.

use std::os::unix::process::CommandExt;
use std::process::{Command, exit};

/// The exit code of a process that could not begin anew.
const STUCK: i32 = 70;

/// Runs this program in place of itself. A thread that does not come back holds PDFium, and only goes with its program.
///
/// To Lambda it stays the same process, which asks for its next invocation a little later. To end it would be counted as an
/// error of the function, though the message was dealt with, and Lambda polls a queue less after errors.
pub fn begin_anew() -> ! {
    let program = std::env::current_exe();
    let failed = program.map(|program| Command::new(program).exec());
    tracing::error!(cause = ?failed, "the process could not begin anew");
    exit(STUCK)
}
