//! Logs: one JSON object a line, to standard output, where CloudWatch Logs takes them.
//!
//! An event is written once, where it is handled. Media ids stand in the text and in a field; file names
//! never do, since people put names into them.

use tracing::level_filters::LevelFilter;

/// Starts the log. `level` is one of the template's: `error`, `warn`, `info`, `debug`, `trace`; another one means `info`.
///
/// A level and no filter by target, whose regular expressions every cold start would load.
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
        tracing::debug!("the log was started before");
    }
}

/// The most memory that this process has used.
#[derive(Debug)]
pub struct Peak;

impl Peak {
    /// Bytes of resident memory at its highest, from Linux's `VmHWM`; 0 where there is none.
    /// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
    #[must_use]
    pub fn bytes() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kibibytes.unwrap_or(0).saturating_mul(1024)
    }
}
