//! JSON merge patches (RFC 7396) of a registration, and the fields that a full replacement resets.

use serde_json::{Map, Value};

use super::registration::Ceiling;
use crate::platform::problem::Problem;
use crate::platform::{body, json};
use crate::vocabulary::app::AppRecord;

/// Fields of the record that only the platform writes.
const OURS: [&str; 3] = ["app", "created_at", "updated_at"];

/// Fields that are objects, whose parts callers set individually.
const GROUPS: [&str; 2] = ["limits", "quotas"];

/// Returns the registration that a merge patch makes of `current`. Limits above the platform's, which may have been
/// lowered since, are lowered first, so that a patch of another field is not refused because of them.
///
/// # Errors
/// 400 with the field's name.
pub(super) fn patched<T: serde::de::DeserializeOwned>(
    current: &AppRecord,
    patch: Map<String, Value>,
    platform: Ceiling,
) -> Result<T, Problem> {
    let mut record = current.clone();
    record.limits = record.limits.within(platform.limits);
    record.quotas = record.quotas.within(platform.quotas);
    record.grant_seconds = record.grant_seconds.min(platform.grant_seconds);
    let mut wanted = fields(&record);
    json::merge(&mut wanted, Value::Object(patch));
    body::read(wanted.to_string().as_bytes())
}

/// Returns the fields that a replacement changed without naming them, such as `presets` or `limits.pdf_pages`.
pub(super) fn reset(
    before: &AppRecord,
    after: &AppRecord,
    named: &Map<String, Value>,
) -> Vec<String> {
    let (before, after) = (fields(before), fields(after));
    let mut reset = Vec::new();
    for (name, old) in before.as_object().into_iter().flatten() {
        let new = after.get(name);
        let Some(named) = named.get(name) else {
            if new != Some(old) {
                reset.push(name.clone());
            }
            continue;
        };
        let parts = old.as_object().filter(|_| GROUPS.contains(&name.as_str()));
        for (part, old) in parts.into_iter().flatten() {
            let changed = new.and_then(|new| new.get(part)) != Some(old);
            if changed && named.get(part).is_none() {
                reset.push(format!("{name}.{part}"));
            }
        }
    }
    reset
}

/// Returns the fields of the record that callers may set.
fn fields(record: &AppRecord) -> Value {
    let mut fields = serde_json::to_value(record).unwrap_or_default();
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|name, _| !OURS.contains(&name.as_str()));
    }
    fields
}
