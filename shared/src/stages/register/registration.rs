//! The body of an app's registration; every field is checked against the platform's limits.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::presets::{self, PresetRequest};
use crate::platform::body::Object;
use crate::platform::problem::Problem;
use crate::vocabulary::app::{AppRecord, Limits, MOST_INDEXED, Quotas};
use crate::vocabulary::description::{MOST_FIELD_NAME, is_field_name};
use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::{AppId, Visibility};
use crate::vocabulary::page::{PAGE_SIZE, PAGE_SIZES, PageFormat};
use crate::vocabulary::preset::PresetName;
use crate::vocabulary::upload_format::UploadFormat;

/// The body of `PUT /admin/apps/{app}`. Omitted fields take their defaults.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The kinds of media that are accepted. Without them all are.
    #[schemars(length(min = 1))]
    kinds: Option<Vec<Kind>>,
    /// The formats that are accepted, of the `kinds`. Without them all are, and those that later versions accept.
    #[schemars(length(min = 1))]
    formats: Option<Vec<UploadFormat>>,
    /// The most that is accepted of one file, within the platform's limits.
    limits: Option<Object<LowerLimits>>,
    /// How much is accepted, within the platform's quotas.
    quotas: Option<Object<LowerQuotas>>,
    /// The visibility of uploads that do not say; without it `public`.
    visibility: Option<Visibility>,
    /// Whether originals are delivered with the metadata that they came with, and originals of audio and video at all; without it `false`.
    keep_original_metadata: Option<bool>,
    /// Sizes that are asked for by name, 50 at most.
    #[schemars(extend("maxProperties" = presets::MOST))]
    presets: Option<BTreeMap<PresetName, Object<PresetRequest>>>,
    /// Whether nothing is rendered but presets and the sizes in `info.json`; without it `false`.
    sizes_only: Option<bool>,
    /// Whether large pictures get a preview, from which small sizes are rendered; without it `true`.
    previews: Option<bool>,
    /// The format of the pages of documents; without it `jpeg`.
    page_format: Option<PageFormat>,
    /// The long side of a page of a document, in pixels.
    #[schemars(range(min = *PAGE_SIZES.start(), max = *PAGE_SIZES.end()), extend("default" = PAGE_SIZE))]
    page_size: Option<u32>,
    /// The longest grant of a private media, in seconds, within the platform's `MaxGrantSeconds`.
    #[schemars(range(min = 1))]
    grant_seconds: Option<u32>,
    /// Fields of media's metadata by whose values media can be listed. After a change, order that the app's media are
    /// indexed anew.
    #[schemars(length(max = MOST_INDEXED), inner(length(min = 1, max = MOST_FIELD_NAME)))]
    indexed: Option<Vec<String>>,
}

/// The most that is accepted of one file, within the platform's limits.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LimitsRequest")]
struct LowerLimits {
    /// The bytes of an image; the platform accepts 104,857,600 by default.
    #[schemars(range(min = 1))]
    image_bytes: Option<u64>,
    /// The pixels of an image, all frames together; 100,000,000 by default.
    #[schemars(range(min = 1))]
    image_pixels: Option<u64>,
    /// The frames of an animation; 300 by default.
    #[schemars(range(min = 1))]
    image_frames: Option<u32>,
    /// The bytes of a PDF; 524,288,000 by default.
    #[schemars(range(min = 1))]
    pdf_bytes: Option<u64>,
    /// The pages of a PDF; 2,000 by default.
    #[schemars(range(min = 1, max = 9999))]
    pdf_pages: Option<u16>,
    /// The bytes of audio or video; 21,474,836,480 by default.
    #[schemars(range(min = 1))]
    av_bytes: Option<u64>,
    /// The seconds of audio or video; 14,400 by default.
    #[schemars(range(min = 1))]
    av_seconds: Option<u64>,
}

/// How much is accepted, within the platform's quotas.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "QuotasRequest")]
struct LowerQuotas {
    /// The files of one upload; 1,000 by default.
    #[schemars(range(min = 1))]
    files_per_upload: Option<u32>,
    /// The media of a day, which begins at midnight UTC; 10,000 by default.
    #[schemars(range(min = 1))]
    media_per_day: Option<u32>,
    /// The bytes of the media of a day; 107,374,182,400 by default.
    #[schemars(range(min = 1))]
    bytes_per_day: Option<u64>,
}

/// The platform's limits for every app, from the template's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Ceiling {
    /// The limits of a file.
    pub limits: Limits,
    /// The quotas of a day and of an upload.
    pub quotas: Quotas,
    /// The maximum duration of a grant, in seconds.
    pub grant_seconds: u32,
}

impl Registration {
    /// Returns the record of an app with this registration, as of `now`.
    ///
    /// # Errors
    /// 400 with the name of the first field that is not allowed.
    pub(super) fn record(
        &self,
        app: &AppId,
        platform: Ceiling,
        now: Timestamp,
    ) -> Result<AppRecord, Problem> {
        let requests = self.presets.iter().flatten();
        let requests: Vec<_> = requests.map(|(name, request)| (name, &**request)).collect();
        let kinds = kinds(self)?;
        Ok(AppRecord {
            app: app.clone(),
            formats: formats(self, &kinds)?,
            kinds,
            limits: lower(platform.limits, self)?,
            quotas: lower_quotas(platform.quotas, self)?,
            visibility: self.visibility.unwrap_or_default(),
            keep_original_metadata: self.keep_original_metadata.unwrap_or(false),
            presets: presets::grant(requests.into_iter())?,
            sizes_only: self.sizes_only.unwrap_or(false),
            previews: self.previews.unwrap_or(true),
            page_format: self.page_format.unwrap_or_default(),
            page_size: page_size(self)?,
            grant_seconds: bound("grant_seconds", self.grant_seconds, platform.grant_seconds)?,
            indexed: indexed(self)?,
            created_at: now,
            updated_at: now,
        })
    }
}

fn kinds(wanted: &Registration) -> Result<Vec<Kind>, Problem> {
    let Some(kinds) = &wanted.kinds else {
        return Ok(Kind::PROCESSED.to_vec());
    };
    if kinds.is_empty() {
        return Err(Problem::invalid(
            "kinds",
            "Give at least one kind, or omit the field to accept all.",
        ));
    }
    for (place, kind) in kinds.iter().enumerate() {
        if !Kind::PROCESSED.contains(kind) {
            let accepted: Vec<_> = Kind::PROCESSED.iter().map(|kind| kind.as_str()).collect();
            let detail = format!(
                "Files of kind {kind} are not processed yet; give one or more of: {}.",
                accepted.join(", ")
            );
            return Err(Problem::invalid(&format!("kinds[{place}]"), detail));
        }
    }
    let mut kinds = kinds.clone();
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// Returns the accepted formats, each once, in one order; `None` for all.
fn formats(wanted: &Registration, kinds: &[Kind]) -> Result<Option<Vec<UploadFormat>>, Problem> {
    let Some(formats) = &wanted.formats else {
        return Ok(None);
    };
    if formats.is_empty() {
        return Err(Problem::invalid(
            "formats",
            "Give at least one format, or omit the field to accept all.",
        ));
    }
    if let Some((place, format)) = formats
        .iter()
        .enumerate()
        .find(|(_, format)| !format.may_be(kinds))
    {
        let detail = format!(
            "The app does not accept {}, which is of the kind {}; add the kind to `kinds`, or leave the format out.",
            format.name(),
            format.kind()
        );
        return Err(Problem::invalid(&format!("formats[{place}]"), detail));
    }
    let mut formats = formats.clone();
    formats.sort_unstable();
    formats.dedup();
    Ok(Some(formats))
}

fn indexed(wanted: &Registration) -> Result<Vec<String>, Problem> {
    let mut names: Vec<String> = Vec::new();
    for (place, name) in wanted.indexed.iter().flatten().enumerate() {
        if !is_field_name(name) {
            let detail = format!(
                "Name a field of metadata, with 1 to {MOST_FIELD_NAME} of the characters a-z, A-Z, 0-9, _, . and -."
            );
            return Err(Problem::invalid(&format!("indexed[{place}]"), detail));
        }
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    if names.len() > MOST_INDEXED {
        let detail = format!(
            "Name at most {MOST_INDEXED} fields: each costs a PUT for every media that has it."
        );
        return Err(Problem::invalid("indexed", detail));
    }
    Ok(names)
}

fn page_size(wanted: &Registration) -> Result<u32, Problem> {
    let pixels = wanted.page_size.unwrap_or(PAGE_SIZE);
    if PAGE_SIZES.contains(&pixels) {
        return Ok(pixels);
    }
    let (least, most) = (PAGE_SIZES.start(), PAGE_SIZES.end());
    let detail = format!("Give {least} to {most} pixels for the long side of a page.");
    Err(Problem::invalid("page_size", detail))
}

fn lower(platform: Limits, wanted: &Registration) -> Result<Limits, Problem> {
    let none = Object::default();
    let wanted = wanted.limits.as_ref().unwrap_or(&none);
    Ok(Limits {
        image_bytes: bound(
            "limits.image_bytes",
            wanted.image_bytes,
            platform.image_bytes,
        )?,
        image_pixels: bound(
            "limits.image_pixels",
            wanted.image_pixels,
            platform.image_pixels,
        )?,
        image_frames: bound(
            "limits.image_frames",
            wanted.image_frames,
            platform.image_frames,
        )?,
        pdf_bytes: bound("limits.pdf_bytes", wanted.pdf_bytes, platform.pdf_bytes)?,
        pdf_pages: bound("limits.pdf_pages", wanted.pdf_pages, platform.pdf_pages)?,
        av_bytes: bound("limits.av_bytes", wanted.av_bytes, platform.av_bytes)?,
        av_seconds: bound("limits.av_seconds", wanted.av_seconds, platform.av_seconds)?,
    })
}

fn lower_quotas(platform: Quotas, wanted: &Registration) -> Result<Quotas, Problem> {
    let none = Object::default();
    let wanted = wanted.quotas.as_ref().unwrap_or(&none);
    Ok(Quotas {
        files_per_upload: bound(
            "quotas.files_per_upload",
            wanted.files_per_upload,
            platform.files_per_upload,
        )?,
        media_per_day: bound(
            "quotas.media_per_day",
            wanted.media_per_day,
            platform.media_per_day,
        )?,
        bytes_per_day: bound(
            "quotas.bytes_per_day",
            wanted.bytes_per_day,
            platform.bytes_per_day,
        )?,
    })
}

fn bound<N>(field: &str, wanted: Option<N>, platform: N) -> Result<N, Problem>
where
    N: Copy + PartialOrd + From<u8> + std::fmt::Display,
{
    match wanted {
        None => Ok(platform),
        Some(value) if value >= N::from(1) && value <= platform => Ok(value),
        Some(_) => Err(Problem::invalid(
            field,
            format!(
                "Give a number from 1 to {platform}, the platform's limit (a parameter of the template)."
            ),
        )),
    }
}
