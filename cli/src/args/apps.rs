//! `apps` and `messages` on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Visibility;
use crate::span;

/// `apps`.
#[derive(Debug, Args)]
pub struct Apps {
    /// What to do [default: list]
    #[command(subcommand)]
    pub action: Option<AppsAction>,
}

/// What to do with apps.
#[derive(Debug, Subcommand)]
pub enum AppsAction {
    /// List all apps
    List,
    /// Show an app's registration
    Show {
        /// The app
        name: String,
    },
    /// Register an app, or replace its registration: what is not said takes its default
    Register(Register),
    /// Change an app's registration: what is not said stays as it is
    Change(ChangeApp),
    /// Remove the registration of an app that has no media
    Delete(DeleteApp),
}

/// `apps register`.
#[derive(Debug, Args)]
pub struct Register {
    /// The app: 2 to 31 characters of a-z, 0-9 and -, starting with a letter
    pub name: String,
    /// What it says.
    #[command(flatten)]
    pub fields: Fields,
    /// Start from the registration in this JSON file (- is standard input); the other flags change it
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
}

/// `apps change`.
#[derive(Debug, Args)]
pub struct ChangeApp {
    /// The app
    pub name: String,
    /// What is changed.
    #[command(flatten)]
    pub fields: Fields,
    /// Remove a preset; may be repeated
    #[arg(long = "remove-preset", value_name = "NAME")]
    pub removed_presets: Vec<String>,
    /// Set a field back to its default, such as visibility or limits.pdf_pages; may be repeated
    #[arg(long = "reset", value_name = "FIELD")]
    pub reset: Vec<String>,
}

/// `apps delete`.
#[derive(Debug, Args)]
pub struct DeleteApp {
    /// The app
    pub name: String,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// What can be said of an app.
#[derive(Debug, Default, Args)]
pub struct Fields {
    /// A kind of media it accepts; may be repeated [default: all]
    #[arg(long = "kind", value_name = "KIND")]
    pub kinds: Vec<String>,
    /// Who may fetch what is uploaded, when the upload does not say
    #[arg(long)]
    pub visibility: Option<Visibility>,
    /// Deliver originals with the metadata they came with: place, device, names
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub keep_original_metadata: Option<bool>,
    /// A size that is asked for by name, such as card=320x240, card=320x240:cover or card=320x240:cover:80 (fit inside, cover
    /// or exact; quality 1 to 100); may be repeated
    #[arg(long = "preset", value_name = "NAME=WxH[:FIT[:QUALITY]]", value_parser = preset)]
    pub presets: Vec<(String, Preset)>,
    /// Render nothing but presets and the sizes in info.json
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub sizes_only: Option<bool>,
    /// What the pages of documents are encoded as: jpeg or webp
    #[arg(long, value_name = "FORMAT")]
    pub page_format: Option<String>,
    /// Pixels on the long side of a page's image
    #[arg(long, value_name = "PIXELS")]
    pub page_size: Option<u32>,
    /// The longest that viewers are granted a private media
    #[arg(long, value_name = "SPAN", value_parser = span::seconds)]
    pub longest_grant: Option<u64>,
    /// A limit below the platform's, such as image_bytes=5000000; may be repeated
    #[arg(long = "limit", value_name = "NAME=NUMBER", value_parser = name_and_number)]
    pub limits: Vec<(String, u64)>,
    /// A quota, as the API names it; may be repeated
    #[arg(long = "quota", value_name = "NAME=NUMBER", value_parser = name_and_number)]
    pub quotas: Vec<(String, u64)>,
}

/// A preset as it stands on the command line; the API knows what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `inside`, `cover` or `exact`.
    pub fit: Option<String>,
    /// 1 to 100.
    pub quality: Option<u32>,
}

/// `messages`.
#[derive(Debug, Args)]
pub struct Messages {
    /// What to do [default: list]
    #[command(subcommand)]
    pub action: Option<MessagesAction>,
}

/// What to do with messages of no media.
#[derive(Debug, Subcommand)]
pub enum MessagesAction {
    /// List them
    List,
    /// Remove some, or all
    Clear {
        /// Their ids
        #[arg(
            required_unless_present = "all",
            conflicts_with = "all",
            value_name = "MESSAGE"
        )]
        messages: Vec<String>,
        /// All that are there
        #[arg(long)]
        all: bool,
    },
}

fn name_and_number(text: &str) -> Result<(String, u64), String> {
    let wrong = || "write NAME=NUMBER".to_owned();
    let (name, number) = text.split_once('=').ok_or_else(wrong)?;
    let number = number.parse().map_err(|_none| wrong())?;
    Ok((name.to_owned(), number))
}

fn preset(text: &str) -> Result<(String, Preset), String> {
    let wrong = || "write NAME=WIDTHxHEIGHT, such as card=320x240:cover:80".to_owned();
    let (name, rest) = text.split_once('=').ok_or_else(wrong)?;
    let mut parts = rest.split(':');
    let size = parts.next().and_then(|size| size.split_once('x'));
    let (width, height) = size.ok_or_else(wrong)?;
    let fit = parts.next().map(str::to_owned);
    let quality = parts.next().map(str::parse).transpose();
    if parts.next().is_some() {
        return Err(wrong());
    }
    let preset = Preset {
        width: width.parse().map_err(|_none| wrong())?,
        height: height.parse().map_err(|_none| wrong())?,
        fit,
        quality: quality.map_err(|_none| wrong())?,
    };
    Ok((name.to_owned(), preset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_short_to_write() {
        let read = |text| {
            let (name, preset) = preset(text).ok()?;
            Some((
                name,
                preset.width,
                preset.height,
                preset.fit,
                preset.quality,
            ))
        };
        let card = || "card".to_owned();
        let cover = || Some("cover".to_owned());
        assert_eq!(read("card=320x240"), Some((card(), 320, 240, None, None)));
        assert_eq!(read("card=1x2:cover"), Some((card(), 1, 2, cover(), None)));
        assert_eq!(
            read("card=1x2:cover:80"),
            Some((card(), 1, 2, cover(), Some(80)))
        );
        for wrong in [
            "card",
            "card=320",
            "card=ax2",
            "card=1x2:cover:x",
            "card=1x2:cover:1:2",
            "",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
