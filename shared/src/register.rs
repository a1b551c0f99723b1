//! Registers apps: what each accepts, within what the platform accepts.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::app::{AppRecord, Limits, Quotas};
use crate::body::Object;
use crate::clock::Clock;
use crate::error::Error;
use crate::keys::{Bucket, Key, Prefix};
use crate::kind::Kind;
use crate::names::{App, Visibility};
use crate::page::{PAGE_SIZE, PAGE_SIZES, PageFormat};
use crate::preset::{self, PresetName, PresetWish};
use crate::problem::{Problem, Refusal};
use crate::records::{Records, Written};
use crate::store::ObjectStore;

/// Apps that are listed at most. One person operates this platform; a list beyond that is cut, and says so.
const MOST_APPS: u16 = 1000;

/// Tries at a registration that others change at the same time.
const ATTEMPTS: u32 = 5;

/// The body of `PUT /admin/apps/{app}`: what is left out takes its default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    kinds: Option<Vec<Kind>>,
    limits: Option<Object<LowerLimits>>,
    quotas: Option<Object<LowerQuotas>>,
    visibility: Option<Visibility>,
    keep_original_metadata: Option<bool>,
    presets: Option<BTreeMap<PresetName, Object<PresetWish>>>,
    sizes_only: Option<bool>,
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

/// The answer to `GET /admin/apps`.
#[derive(Debug, Serialize)]
pub struct Apps {
    items: Vec<App>,
    /// Whether there are more than are listed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

/// Registers and lists apps.
pub struct Registrar {
    /// All buckets.
    pub store: Arc<dyn ObjectStore>,
    /// The database.
    pub records: Records,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The platform's limits.
    pub limits: Limits,
    /// The platform's quotas for each app.
    pub quotas: Quotas,
    /// The longest grant on this platform, in seconds.
    pub grant_seconds: u32,
}

impl Registrar {
    /// Registers an app, or replaces its registration. The second value is whether it is new.
    ///
    /// # Errors
    /// A problem for the caller, or a failure of ours.
    pub async fn register(
        &self,
        app: &App,
        wanted: &Registration,
    ) -> Result<(AppRecord, bool), Refusal> {
        let kinds = kinds(wanted)?;
        let limits = lower(self.limits, wanted)?;
        let quotas = lower_quotas(self.quotas, wanted)?;
        let wishes = wanted.presets.iter().flatten();
        let wishes: Vec<_> = wishes.map(|(name, wish)| (name, &**wish)).collect();
        let presets = preset::grant(wishes.into_iter())?;
        let grant_seconds = bound("grant_seconds", wanted.grant_seconds, self.grant_seconds)?;
        let page_size = page_size(wanted)?;
        let key = Key::App(app.clone());
        for _ in 0..ATTEMPTS {
            let current = self.records.load::<AppRecord>(&key).await?;
            let now = self.clock.now();
            let record = AppRecord {
                app: app.clone(),
                kinds: kinds.clone(),
                limits,
                quotas,
                visibility: wanted.visibility.unwrap_or_default(),
                keep_original_metadata: wanted.keep_original_metadata.unwrap_or(false),
                presets: presets.clone(),
                sizes_only: wanted.sizes_only.unwrap_or(false),
                page_format: wanted.page_format.unwrap_or_default(),
                page_size,
                grant_seconds,
                created_at: current
                    .as_ref()
                    .map_or(now, |current| current.value.created_at),
                updated_at: now,
            };
            let replaces = current.as_ref().map(|current| &current.etag);
            if self.records.write(&key, &record, replaces).await? == Written::Done {
                return Ok((record, current.is_none()));
            }
        }
        Err(Error::Contended { attempts: ATTEMPTS }.into())
    }

    /// The registration of an app.
    ///
    /// # Errors
    /// 404, or a failure of ours.
    pub async fn show(&self, app: &App) -> Result<AppRecord, Refusal> {
        let found = self.records.load(&Key::App(app.clone())).await?;
        Ok(found.ok_or_else(Problem::unknown_app)?.value)
    }

    /// All apps, by name.
    ///
    /// # Errors
    /// A failure of ours.
    pub async fn list(&self) -> Result<Apps, Refusal> {
        let listing = self
            .store
            .list(&Prefix::apps(), None, MOST_APPS)
            .await
            .map_err(Error::from)?;
        let apps = listing
            .keys()
            .filter_map(|key| match Key::parse(Bucket::Records, key)? {
                Key::App(app) => Some(app),
                Key::Uploaded { .. }
                | Key::Delivered { .. }
                | Key::Grant(..)
                | Key::Media(..)
                | Key::Failed(..)
                | Key::Suspended(..)
                | Key::Unclaimed(_)
                | Key::Used(..)
                | Key::Part(..) => None,
            });
        Ok(Apps {
            items: apps.collect(),
            more: listing.more,
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
            "Name at least one kind, or leave the field out for all.",
        ));
    }
    for (place, kind) in kinds.iter().enumerate() {
        if !Kind::PROCESSED.contains(kind) {
            let accepted: Vec<_> = Kind::PROCESSED.iter().map(|kind| kind.as_str()).collect();
            let detail = format!(
                "Files of kind {kind} are not processed yet; name some of: {}.",
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

fn page_size(wanted: &Registration) -> Result<u32, Problem> {
    let pixels = wanted.page_size.unwrap_or(PAGE_SIZE);
    if PAGE_SIZES.contains(&pixels) {
        return Ok(pixels);
    }
    let (least, most) = (PAGE_SIZES.start(), PAGE_SIZES.end());
    let detail = format!("Give {least} to {most} pixels, of a page's long side.");
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
