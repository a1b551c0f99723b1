//! Restarts a process in which a thread of PDFium never returns.

use std::os::unix::process::CommandExt;
use std::process::{Command, exit};

/// The exit code of a process that could not be restarted.
const STUCK: i32 = 70;

/// Replaces the process by a new run of this program. A thread that does not return holds PDFium, and ends only with
/// its program.
///
/// For Lambda, it stays the same process, which asks for its next invocation a little later. An exit would count as
/// an error of the function, although the message was handled, and Lambda polls a queue less after errors.
pub fn begin_anew() -> ! {
    let program = std::env::current_exe();
    let failed = program.map(|program| Command::new(program).exec());
    tracing::error!(cause = ?failed, "the process could not be restarted");
    exit(STUCK)
}
