//! The arguments of `upload`, and what is said of files that come in.

use std::path::PathBuf;

use clap::Args;

use crate::span;

/// The arguments of `upload`.
#[derive(Debug, Args)]
pub struct Upload {
    /// Files; no two may have the same name
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The properties that are declared for all files.
    #[command(flatten)]
    pub described: Described,
    /// Do not wait for the verdict
    #[arg(long)]
    pub no_wait: bool,
    /// How long to wait for the verdict
    #[arg(long, value_name = "SPAN", default_value = "10m", value_parser = span::seconds)]
    pub wait: u64,
}

/// The properties that a command declares for all its files. They hold from the first moment on.
#[derive(Debug, Default, Args)]
pub struct Described {
    /// Deliver only to holders of a grant [default: as registered for the app]
    #[arg(long, conflicts_with = "public")]
    pub private: bool,
    /// Deliver to anyone who knows the address
    #[arg(long)]
    pub public: bool,
    /// The time at which they delete themselves, such as 2031-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub expires_at: Option<String>,
    /// A title for people
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// The text for people who do not see the picture
    #[arg(long, value_name = "TEXT")]
    pub alt: Option<String>,
    /// A word by which the app finds the media; give it again for more words
    #[arg(long = "tag", value_name = "WORD")]
    pub tags: Vec<String>,
    /// A field of the app's own; give it again for more fields
    #[arg(long = "metadata", value_name = "NAME=VALUE", value_parser = super::describe::pair)]
    pub metadata: Vec<(String, String)>,
}

impl Described {
    /// Returns the API's name of the visibility, if one is said.
    #[must_use]
    pub fn visibility(&self) -> Option<&'static str> {
        match (self.private, self.public) {
            (true, _) => Some("private"),
            (_, true) => Some("public"),
            _ => None,
        }
    }
}
