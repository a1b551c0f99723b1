//! `blocked` on the command line.

use clap::{Args, Subcommand};

/// The arguments of `blocked`.
#[derive(Debug, Args)]
pub struct Blocked {
    /// The command [default: list]
    #[command(subcommand)]
    pub action: Option<BlockedAction>,
}

/// The commands on blocked files.
#[derive(Debug, Subcommand)]
pub enum BlockedAction {
    /// List all files whose upload is refused, and for which media
    List,
    /// Show for which media a file is blocked
    Show {
        /// The SHA-256 of the file, as `sha256sum` and `status --json` print it
        sha256: String,
    },
    /// Let a file be uploaded again, although a media with the same bytes is suspended or was erased while it was
    Lift {
        /// The SHA-256 of the file, as `sha256sum` and `status --json` print it
        sha256: String,
    },
}
