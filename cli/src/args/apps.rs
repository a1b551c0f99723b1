//! `apps` and `messages` on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Visibility;
use crate::span;

/// The arguments of `apps`.
#[derive(Debug, Args)]
pub struct Apps {
    /// The command [default: list]
    #[command(subcommand)]
    pub action: Option<AppsAction>,
}

/// The commands on apps.
#[derive(Debug, Subcommand)]
pub enum AppsAction {
    /// List all apps
    List,
    /// Show an app's registration
    Show {
        /// The app
        name: String,
    },
    /// Register an app, or replace its registration: fields that are not given take their defaults
    Register(Register),
    /// Change an app's registration: fields that are not given stay as they are
    Change(ChangeApp),
    /// Remove the registration of an app that has no media
    Delete(DeleteApp),
}

/// The arguments of `apps register`.
#[derive(Debug, Args)]
pub struct Register {
    /// The app: 2 to 31 characters of a-z, 0-9 and -, starting with a letter
    pub name: String,
    /// The fields of the registration.
    #[command(flatten)]
    pub fields: Fields,
    /// Start from the registration in this JSON file (- is standard input); the other flags change it
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
}

/// The arguments of `apps change`.
#[derive(Debug, Args)]
pub struct ChangeApp {
    /// The app
    pub name: String,
    /// The fields to change.
    #[command(flatten)]
    pub fields: Fields,
    /// Remove a preset; may be repeated
    #[arg(long = "remove-preset", value_name = "NAME")]
    pub removed_presets: Vec<String>,
    /// Reset a field to its default, such as visibility or limits.pdf_pages; may be repeated
    #[arg(long = "reset", value_name = "FIELD")]
    pub reset: Vec<String>,
}

/// The arguments of `apps delete`.
#[derive(Debug, Args)]
pub struct DeleteApp {
    /// The app
    pub name: String,
    /// Do not ask for confirmation
    #[arg(long, short)]
    pub yes: bool,
}

/// The fields of an app's registration.
#[derive(Debug, Default, Args)]
pub struct Fields {
    /// A kind of media it accepts; may be repeated (a new registration without it accepts all)
    #[arg(long = "kind", value_name = "KIND")]
    pub kinds: Vec<String>,
    /// A format it accepts, such as jpeg, png or mp4; may be repeated (without it, all formats of its kinds are accepted)
    #[arg(long = "format", value_name = "FORMAT")]
    pub formats: Vec<String>,
    /// The visibility of uploads that do not set one
    #[arg(long)]
    pub visibility: Option<Visibility>,
    /// Deliver originals with their metadata: place, device, names
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub keep_original_metadata: Option<bool>,
    /// A named size, such as card=320x240, card=320x240:cover or card=320x240:cover:80 (fit inside, cover or exact;
    /// quality 1 to 100). Other fields are named: card=320x240:cover:gravity=auto:eager=true. May be repeated
    #[arg(long = "preset", value_name = "NAME=WxH[:FIT[:QUALITY]]", value_parser = preset)]
    pub presets: Vec<(String, Preset)>,
    /// Render only presets and the sizes in info.json
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub sizes_only: Option<bool>,
    /// Make previews of large pictures, from which small sizes are rendered
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub previews: Option<bool>,
    /// The format of page images: jpeg or webp
    #[arg(long, value_name = "FORMAT")]
    pub page_format: Option<String>,
    /// Pixels on the long side of a page's image
    #[arg(long, value_name = "PIXELS")]
    pub page_size: Option<u32>,
    /// The longest grant for a private media
    #[arg(long, value_name = "SPAN", value_parser = span::seconds)]
    pub longest_grant: Option<u64>,
    /// A field of metadata by whose values media can be listed; may be repeated. Run `dozo index` after a change
    #[arg(long = "indexed", value_name = "FIELD")]
    pub indexed: Vec<String>,
    /// A limit below the platform's, such as image_bytes=5000000; may be repeated
    #[arg(long = "limit", value_name = "NAME=NUMBER", value_parser = name_and_number)]
    pub limits: Vec<(String, u64)>,
    /// A quota, by its name in the API; may be repeated
    #[arg(long = "quota", value_name = "NAME=NUMBER", value_parser = name_and_number)]
    pub quotas: Vec<(String, u64)>,
}

/// A preset on the command line, which only the API checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `inside`, `cover` or `exact`.
    pub fit: Option<String>,
    /// Quality from 1 to 100.
    pub quality: Option<u32>,
    /// Other fields, by their names in the API.
    pub others: Vec<(String, String)>,
}

/// The arguments of `messages`.
#[derive(Debug, Args)]
pub struct Messages {
    /// The command [default: list]
    #[command(subcommand)]
    pub action: Option<MessagesAction>,
}

/// The commands on messages that belong to no media.
#[derive(Debug, Subcommand)]
pub enum MessagesAction {
    /// List all messages
    List,
    /// Remove some messages, or all
    Clear {
        /// The ids of the messages
        #[arg(
            required_unless_present = "all",
            conflicts_with = "all",
            value_name = "MESSAGE"
        )]
        messages: Vec<String>,
        /// All messages
        #[arg(long)]
        all: bool,
    },
}

fn name_and_number(text: &str) -> Result<(String, u64), String> {
    let wrong = || "write it like NAME=NUMBER".to_owned();
    let (name, number) = text.split_once('=').ok_or_else(wrong)?;
    let number = number.parse().map_err(|_none| wrong())?;
    Ok((name.to_owned(), number))
}

fn preset(text: &str) -> Result<(String, Preset), String> {
    let wrong = || {
        "write it like NAME=WIDTHxHEIGHT, such as card=320x240:cover:80 or card=320x240:cover:dpr=2"
            .to_owned()
    };
    let (name, rest) = text.split_once('=').ok_or_else(wrong)?;
    let mut parts = rest.split(':');
    let size = parts.next().and_then(|size| size.split_once('x'));
    let (width, height) = size.ok_or_else(wrong)?;
    let mut preset = Preset {
        width: width.parse().map_err(|_none| wrong())?,
        height: height.parse().map_err(|_none| wrong())?,
        fit: None,
        quality: None,
        others: Vec::new(),
    };
    for part in parts {
        if let Some((field, value)) = part.split_once('=') {
            preset.others.push((field.to_owned(), value.to_owned()));
        } else if preset.fit.is_none() {
            preset.fit = Some(part.to_owned());
        } else if preset.quality.is_none() {
            preset.quality = Some(part.parse().map_err(|_none| wrong())?);
        } else {
            return Err(wrong());
        }
    }
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

    #[test]
    fn other_fields_of_a_preset_are_named() {
        let read = |text| preset(text).unwrap().1;
        let named = read("card=1x2:cover:80:gravity=auto:background=#ffffff:dpr=2");
        assert_eq!(
            (named.fit.as_deref(), named.quality),
            (Some("cover"), Some(80))
        );
        let others: Vec<_> = named
            .others
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            others,
            [("gravity", "auto"), ("background", "#ffffff"), ("dpr", "2")]
        );
        assert_eq!(read("card=1x2:dpr=2").fit, None);
    }
}
