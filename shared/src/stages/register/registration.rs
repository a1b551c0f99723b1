//! The body of an app's registration; every field is checked against the platform's limits.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::presets::{self, PresetRequest};
use crate::platform::body::Object;
use crate::platform::problem::Problem;
use crate::vocabulary::app::{AppRecord, Limits, Quotas};
use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::{AppId, Visibility};
use crate::vocabulary::page::{PAGE_SIZE, PAGE_SIZES, PageFormat};
use crate::vocabulary::preset::PresetName;
use crate::vocabulary::upload_format::UploadFormat;

/// The body of `PUT /admin/apps/{app}`. Omitted fields take their defaults.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    kinds: Option<Vec<Kind>>,
    formats: Option<Vec<UploadFormat>>,
    limits: Option<Object<LowerLimits>>,
    quotas: Option<Object<LowerQuotas>>,
    visibility: Option<Visibility>,
    keep_original_metadata: Option<bool>,
    presets: Option<BTreeMap<PresetName, Object<PresetRequest>>>,
    sizes_only: Option<bool>,
    previews: Option<bool>,
    page_format: Option<PageFormat>,
    page_size: Option<u32>,
    grant_seconds: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LowerLimits {
    image_bytes: Option<u64>,
    image_pixels: Option<u64>,
    image_frames: Option<u32>,
    pdf_bytes: Option<u64>,
    pdf_pages: Option<u16>,
    av_bytes: Option<u64>,
    av_seconds: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LowerQuotas {
    files_per_upload: Option<u32>,
    media_per_day: Option<u32>,
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
