//! Shows one media, line by line.

use jiff::Timestamp;
use serde_json::Value;

use super::quantity::{ago, bytes, time};
use super::shown::shown;
use super::style::{Style, Tone};
use super::table::{Table, plain};
use crate::answer::Media;

/// The most addresses of one kind that are shown; a PDF may have 2,000.
const MOST_ADDRESSES: usize = 3;

/// Returns its state, then everything else that is known of it.
#[must_use]
pub fn media(media: &Media, style: Style, now: Timestamp) -> String {
    let mut table = Table::default();
    let mut line = |label: &str, value: String| {
        let label = shown(label).to_string();
        let quiet = style.paint(Tone::Quiet, &label);
        table.row(vec![
            (format!("  {label}"), format!("  {quiet}")),
            plain(value),
        ]);
    };
    line("media", shown(&media.media).to_string());
    line("app", shown(&media.app).to_string());
    line("visibility", shown(&media.visibility).to_string());
    if let Some(content) = content(media) {
        line("content", content);
    }
    if let Some(progress) = &media.progress {
        line(
            "progress",
            format!("{} of {}", progress.done, progress.total),
        );
    }
    if let Some(rejection) = &media.rejection {
        let said = (shown(&rejection.message), shown(&rejection.code));
        line("rejected", format!("{} ({})", said.0, said.1));
    }
    if let Some(lapse) = &media.failure {
        let (message, code) = (shown(&lapse.message), shown(&lapse.code));
        let (stage, attempts) = (shown(&lapse.stage), lapse.attempts);
        line("failed", format!("{message} ({code})"));
        line("", format!("in {stage}, after {attempts} attempts"));
    }
    if let Some(suspension) = &media.suspension {
        line("suspended", shown(&suspension.reason).to_string());
    }
    line("first seen", moment(&media.created_at, now));
    line("changed", moment(&media.updated_at, now));
    if let Some(expires_at) = &media.expires_at {
        line("expires", time(expires_at));
    }
    for (name, value) in &media.urls {
        for (place, address) in addresses(value).into_iter().enumerate() {
            line(if place == 0 { name } else { "" }, address);
        }
    }
    let head = (style.state(&media.state), shown(media.name()).to_string());
    format!("{}  {}\n{}", head.0, head.1, table.print())
}

/// Describes the content: `image/jpeg, 1600 × 1200, 89.5 kB`, or `image/jpeg made of image/heic, …`. A drawing is written
/// anew in its own format, which says nothing.
#[must_use]
pub fn content(media: &Media) -> Option<String> {
    let mut parts = Vec::new();
    let from = media.source_type.as_deref();
    let from = from.filter(|from| media.content_type.as_deref() != Some(from));
    parts.extend(media.content_type.as_deref().map(|kind| match from {
        Some(from) => format!("{} made of {}", shown(kind), shown(from)),
        None => shown(kind).to_string(),
    }));
    if let (Some(width), Some(height)) = (media.width, media.height) {
        parts.push(format!("{width} × {height}"));
    }
    parts.extend(media.frames.map(|frames| format!("{frames} frames")));
    parts.extend(media.pages.map(|pages| format!("{pages} pages")));
    parts.extend(
        media
            .duration_seconds
            .map(|length| format!("{length:.1} s")),
    );
    parts.extend(media.bytes.map(bytes));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Formats a time, and how long ago it was.
#[must_use]
pub fn moment(text: &str, now: Timestamp) -> String {
    match ago(text, now) {
        Some(ago) => format!("{} ({ago})", time(text)),
        None => time(text),
    }
}

fn addresses(value: &Value) -> Vec<String> {
    match value {
        Value::String(address) => vec![shown(address).to_string()],
        Value::Array(all) => {
            let texts = all.iter().filter_map(Value::as_str);
            let mut some: Vec<_> = texts
                .take(MOST_ADDRESSES)
                .map(|address| shown(address).to_string())
                .collect();
            let more = all.len().saturating_sub(some.len());
            some.extend((more > 0).then(|| format!("… and {more} more (--json shows all)")));
            some
        }
        Value::Object(all) => all
            .iter()
            .filter_map(|(name, address)| {
                Some(format!("{}: {}", shown(name), shown(address.as_str()?)))
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
