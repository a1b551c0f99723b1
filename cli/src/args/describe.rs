//! `describe` on the command line.

use clap::{ArgGroup, Args, ValueEnum};

use crate::media::MediaRef;

/// The arguments of `describe`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub struct Describe {
    /// The media: its id, app/id, or address
    pub media: MediaRef,
    /// A title for people
    #[arg(long, group = "change")]
    pub title: Option<String>,
    /// The text for people who do not see the picture
    #[arg(long, group = "change")]
    pub alt: Option<String>,
    /// All tags, with commas between them
    #[arg(long, group = "change", value_delimiter = ',')]
    pub tags: Vec<String>,
    /// A field of your own; may be given several times
    #[arg(long, group = "change", value_name = "NAME=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,
    /// A field of your own that is removed; may be given several times
    #[arg(long, group = "change", value_name = "NAME")]
    pub unset: Vec<String>,
    /// The time at which it deletes itself, such as 2031-01-31T12:00:00Z
    #[arg(long, group = "change", value_name = "TIME")]
    pub expires_at: Option<String>,
    /// The parts to remove as a whole
    #[arg(long, group = "change", value_delimiter = ',')]
    pub clear: Vec<Part>,
}

/// A part of a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The title.
    Title,
    /// The alternative text.
    Alt,
    /// All tags.
    Tags,
    /// All fields of your own.
    Metadata,
    /// The time at which it deletes itself.
    ExpiresAt,
}

impl Part {
    /// Returns the API's name of the field.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Alt => "alt",
            Self::Tags => "tags",
            Self::Metadata => "metadata",
            Self::ExpiresAt => "expires_at",
        }
    }
}

/// Parses a field and its value.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("give NAME=VALUE, such as author=Ada")?;
    Ok((name.to_owned(), value.to_owned()))
}
