//! `captions` on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::WaitForIt;
use crate::media::MediaRef;

/// The arguments of `captions`.
#[derive(Debug, Args)]
pub struct Captions {
    /// The command
    #[command(subcommand)]
    pub action: CaptionsAction,
}

/// The commands on captions.
#[derive(Debug, Subcommand)]
pub enum CaptionsAction {
    /// Put captions, in place of those in the same language
    Put {
        /// The media: its id, app/id, or address
        media: MediaRef,
        /// The language: de, pt-BR, zh-Hant and so on; und if there is none
        language: String,
        /// The captions, as WebVTT or SubRip in UTF-8
        file: PathBuf,
        /// The name that players show [default: that of the language]
        #[arg(long)]
        name: Option<String>,
        /// Wait until it is finished
        #[command(flatten)]
        wait: WaitForIt,
    },
    /// Take the captions in a language away
    Remove {
        /// The media: its id, app/id, or address
        media: MediaRef,
        /// The language
        language: String,
        /// Wait until it is finished
        #[command(flatten)]
        wait: WaitForIt,
    },
}
