//! Formats an answer of the API field by field, with the API's names.

use serde_json::Value;

use super::quantity::time;
use super::shown::shown;
use super::table::{Table, plain};

/// The ends of the names of fields that are times.
const TIMES: [&str; 3] = ["_at", "_since", "_until"];

/// Formats an object, one row for each field; those of an object in it are `outer.inner`.
#[must_use]
pub fn fields(answer: &Value) -> String {
    let mut table = Table::default();
    for (name, value) in answer.as_object().into_iter().flatten() {
        match value {
            Value::Object(inner) => {
                for (field, value) in inner {
                    table.row(vec![
                        plain(format!("{}.{}", shown(name), shown(field))),
                        plain(word(value)),
                    ]);
                }
            }
            Value::String(at) if TIMES.iter().any(|end| name.ends_with(end)) => {
                table.row(vec![plain(shown(name).to_string()), plain(time(at))]);
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                table.row(vec![plain(shown(name).to_string()), plain(word(value))]);
            }
        }
    }
    table.print()
}

/// Formats one value. The items of a list are separated by commas.
#[must_use]
pub fn word(value: &Value) -> String {
    match value {
        Value::String(text) => shown(text).to_string(),
        Value::Array(all) => all.iter().map(word).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            shown(&value.to_string()).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fields;

    #[test]
    fn a_registration_reads_field_by_field() {
        let text = fields(
            &json!({"app": "shop", "kinds": ["image", "pdf"], "limits": {"image_bytes": 5},
                    "created_at": "2026-11-23T20:15:13Z", "failing_since": "2026-11-24T00:00:00Z"}),
        );
        assert!(text.contains("limits.image_bytes  5\n"), "{text}");
        assert!(text.contains("kinds               image, pdf\n"), "{text}");
        assert!(text.contains("2026-11-23 20:15:13 UTC"), "{text}");
        assert!(text.contains("2026-11-24 00:00:00 UTC"), "{text}");
    }
}
