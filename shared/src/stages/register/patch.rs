//! JSON merge patches (RFC 7396) of a registration, and the fields that a full replacement resets.

use serde_json::{Map, Value};

use super::registration::Ceiling;
use crate::platform::body;
use crate::platform::problem::Problem;
use crate::vocabulary::app::AppRecord;

/// Fields of the record that only the platform writes.
const OURS: [&str; 3] = ["app", "created_at", "updated_at"];

/// Fields that are objects, whose parts callers set individually.
const GROUPS: [&str; 2] = ["limits", "quotas"];

/// Applies `patch` to `target`: objects are merged field by field, `null` removes a field, and any other value replaces
/// the old one. <https://www.rfc-editor.org/rfc/rfc7396#section-2>
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(fields) = target.as_object_mut() else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(&name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), value);
        }
    }
}

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
    merge(&mut wanted, Value::Object(patch));
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 7396, appendix A.
    #[test]
    fn a_merge_patch_does_as_the_standard_says() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (
                json!({"a": "b", "b": "c"}),
                json!({"a": null}),
                json!({"b": "c"}),
            ),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({"a": [{"b": "c"}]}),
                json!({"a": [1]}),
                json!({"a": [1]}),
            ),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!([1, 2]),
                json!({"a": "b", "c": null}),
                json!({"a": "b"}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            let mut merged = target.clone();
            merge(&mut merged, patch.clone());
            assert_eq!(merged, result, "{target} by {patch}");
        }
    }
}
