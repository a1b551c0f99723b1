//! `usage` on the command line.

use clap::Args;

/// The arguments of `usage`.
#[derive(Debug, Args)]
pub struct Usage {
    /// The day in UTC, such as 2026-11-29 [default: today]
    #[arg(long)]
    pub day: Option<String>,
}
