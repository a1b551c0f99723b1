//! `list` and `index` on the command line.

use clap::{Args, ValueEnum};

/// The arguments of `list`.
#[derive(Debug, Args)]
pub struct List {
    /// The media of this upload
    #[arg(long, value_name = "ID")]
    pub upload: Option<String>,
    /// Media in this state
    #[arg(long, conflicts_with = "upload")]
    pub state: Option<ListedState>,
    /// Media of this kind: image, pdf, audio or video
    #[arg(long, value_name = "KIND", conflicts_with = "upload")]
    pub kind: Option<String>,
    /// Media with this tag
    #[arg(long, conflicts_with = "upload")]
    pub tag: Option<String>,
    /// Media with this value in a field of their metadata, which the app indexes; may be repeated
    #[arg(long = "field", value_name = "NAME=VALUE", value_parser = field, conflicts_with = "upload")]
    pub fields: Vec<(String, String)>,
    /// Media that were created at this time or later, such as 2026-11-29T12:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "upload")]
    pub from: Option<String>,
    /// Media that were created before this time
    #[arg(long, value_name = "TIME", conflicts_with = "upload")]
    pub before: Option<String>,
    /// The oldest first; with --state failed, suspended or stuck, or for all media
    #[arg(long)]
    pub oldest: bool,
    /// Go on where a page of the same list ended
    #[arg(long, value_name = "NEXT")]
    pub after: Option<String>,
    /// All pages, not only the first hundred media
    #[arg(long)]
    pub all: bool,
}

/// The states that the API can list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListedState {
    /// Published.
    Ready,
    /// Refused.
    Rejected,
    /// Given up.
    Failed,
    /// Taken down.
    Suspended,
    /// Its work does not go on, and its message was sent again.
    Stuck,
}

impl ListedState {
    /// Returns the API's name of the state.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Suspended => "suspended",
            Self::Stuck => "stuck",
        }
    }
}

/// The arguments of `index`.
#[derive(Debug, Args)]
pub struct Index {
    /// Go on after this media, where an earlier run broke off
    #[arg(long, value_name = "MEDIA")]
    pub after: Option<String>,
}

fn field(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=');
    let (name, value) = parts.ok_or("give a name, = and a value, such as album=17")?;
    Ok((name.to_owned(), value.to_owned()))
}
