//! `apps`: list, show, register.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use crate::args::{Apps, AppsAction, Register};
use crate::connect::api::{Request, segment};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::quantity::time;
use crate::say::screen::Screen;
use crate::say::shown::shown;
use crate::say::table::{Table, plain};

/// What the API adds to a registration, and does not take back.
const ADDED: [&str; 3] = ["app", "created_at", "updated_at"];

/// The longest registration that is read, in bytes: the API reads no more.
const MOST_BYTES: u64 = 256 * 1024;

pub(super) async fn run(place: &Place, wanted: Apps, screen: &Screen) -> Result<Exit, Failure> {
    let path = |name: &str| format!("/admin/apps/{}", segment(name));
    match wanted.action.unwrap_or(AppsAction::List) {
        AppsAction::List => {
            let answer = place
                .api
                .call(&Request::get("/admin/apps".to_owned()))
                .await?;
            screen.result(&answer, || names(&answer))?;
        }
        AppsAction::Show { name } => {
            let answer = place.api.call(&Request::get(path(&name))).await?;
            screen.result(&answer, || registration(&answer))?;
        }
        AppsAction::Register(wanted) => {
            let request = Request::json("PUT", path(&wanted.name), &body(&wanted)?);
            let answer = place.api.call(&request).await?;
            screen.result(&answer, || registration(&answer))?;
        }
    }
    Ok(Exit::Done)
}

fn body(wanted: &Register) -> Result<Value, Failure> {
    let mut body = match &wanted.from {
        Some(path) => read(path)?,
        None => Map::new(),
    };
    if !wanted.kinds.is_empty() {
        body.insert("kinds".to_owned(), wanted.kinds.clone().into());
    }
    if let Some(visibility) = wanted.visibility {
        body.insert("visibility".to_owned(), visibility.as_str().into());
    }
    if wanted.keep_original_metadata {
        body.insert("keep_original_metadata".to_owned(), true.into());
    }
    if let Some(seconds) = wanted.longest_grant {
        body.insert("grant_seconds".to_owned(), seconds.into());
    }
    for (group, values) in [("limits", &wanted.limits), ("quotas", &wanted.quotas)] {
        if values.is_empty() {
            continue;
        }
        let all = body.entry(group).or_insert_with(|| Map::new().into());
        if let Some(all) = all.as_object_mut() {
            all.extend(
                values
                    .iter()
                    .map(|(name, value)| (name.clone(), (*value).into())),
            );
        }
    }
    Ok(Value::Object(body))
}

/// A registration from a file, such as `apps show --json` printed it.
fn read(path: &Path) -> Result<Map<String, Value>, Failure> {
    let name = shown(&path.to_string_lossy()).to_string();
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(MOST_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
    let read: Result<Map<String, Value>, _> = serde_json::from_str(&text);
    let mut body =
        read.map_err(|error| Failure::Usage(format!("{name} is no JSON object: {error}")))?;
    for field in ADDED {
        body.remove(field);
    }
    Ok(body)
}

fn names(answer: &Value) -> String {
    let items = answer.get("items").and_then(Value::as_array);
    let names = items.into_iter().flatten().filter_map(Value::as_str);
    let mut text: String = names.map(|name| format!("{}\n", shown(name))).collect();
    if answer.get("more").and_then(Value::as_bool) == Some(true) {
        text.push_str("… and more\n");
    }
    text
}

/// Field by field, in the API's own names, as the flags and the file take them.
fn registration(answer: &Value) -> String {
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
            Value::String(at) if name.ends_with("_at") => {
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

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => shown(text).to_string(),
        Value::Array(all) => all.iter().map(word).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            shown(&value.to_string()).to_string()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use serde_json::json;

    use super::*;

    fn register() -> Register {
        Register {
            name: "shop".to_owned(),
            kinds: Vec::new(),
            visibility: None,
            keep_original_metadata: false,
            longest_grant: None,
            limits: Vec::new(),
            quotas: Vec::new(),
            from: None,
        }
    }

    #[test]
    fn what_is_not_said_is_not_sent() {
        assert_eq!(body(&register()).unwrap(), json!({}));
    }

    #[test]
    fn flags_change_what_a_file_says() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("shop.json");
        let shown = json!({"app": "shop", "created_at": "x", "updated_at": "y", "kinds": ["image"],
                           "limits": {"image_bytes": 1, "image_frames": 2}, "later": true});
        std::fs::write(&path, shown.to_string()).unwrap();
        let wanted = Register {
            limits: vec![("image_bytes".to_owned(), 5)],
            keep_original_metadata: true,
            from: Some(path),
            ..register()
        };
        let limits = json!({"image_bytes": 5, "image_frames": 2});
        assert_eq!(
            body(&wanted).unwrap(),
            json!({"kinds": ["image"], "limits": limits, "later": true, "keep_original_metadata": true})
        );
    }

    #[test]
    fn a_registration_reads_field_by_field() {
        let text = registration(
            &json!({"app": "shop", "kinds": ["image", "pdf"], "limits": {"image_bytes": 5},
                                        "created_at": "2026-11-23T20:15:13Z"}),
        );
        assert!(text.contains("limits.image_bytes  5\n"), "{text}");
        assert!(text.contains("kinds               image, pdf\n"), "{text}");
        assert!(text.contains("2026-11-23 20:15:13 UTC"), "{text}");
    }
}
