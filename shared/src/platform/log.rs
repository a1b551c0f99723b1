//! Logs: one JSON object a line, on standard output, where CloudWatch Logs collects them.
//!
//! An event is logged once, where it is handled. Media ids are in the text and in a field; file names are never logged,
//! because people put names into them.

use tracing::level_filters::LevelFilter;

/// Starts the log. `level` is one of the template's: `error`, `warn`, `info`, `debug`, `trace`; any other value means
/// `info`.
///
/// There is a level but no filter by target, because every cold start would have to load its regular expressions.
pub fn start(level: Option<&str>) {
    let level = level
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_max_level(level)
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was already started");
    }
}

/// The peak memory of this process.
#[derive(Debug)]
pub struct Peak;

impl Peak {
    /// Returns the peak resident memory in bytes, from Linux's `VmHWM`, or 0 if that is not available.
    /// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
    #[must_use]
    pub fn bytes() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kibibytes.unwrap_or(0).saturating_mul(1024)
    }
}
