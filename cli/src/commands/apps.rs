//! `apps`: list, show, register, change, delete.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::args::{Apps, AppsAction, ChangeApp, DeleteApp, Fields, Preset, Register};
use crate::connect::api::{Request, segment};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::fields::{fields, word};
use crate::say::screen::Screen;
use crate::say::shown::shown;

/// Fields that the API adds to a registration, and does not accept.
const ADDED: [&str; 4] = ["app", "created_at", "reset", "updated_at"];

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
            screen.result(&answer, || fields(&answer))?;
        }
        AppsAction::Register(wanted) => {
            let request = Request::json("PUT", path(&wanted.name), &body(&wanted)?);
            let answer = place.api.call(&request).await?;
            screen.result(&answer, || fields(&answer))?;
            warn_of_reset(&answer, &wanted.name, screen);
        }
        AppsAction::Change(wanted) => {
            let request = Request::json("PATCH", path(&wanted.name), &patch(&wanted)?);
            let answer = place.api.call(&request).await?;
            screen.result(&answer, || fields(&answer))?;
        }
        AppsAction::Delete(wanted) => {
            return delete(place, &wanted, &path(&wanted.name), screen).await;
        }
    }
    Ok(Exit::Done)
}

async fn delete(
    place: &Place,
    wanted: &DeleteApp,
    path: &str,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let name = shown(&wanted.name);
    let question =
        format!("Remove the registration of {name}? After that, nobody can upload for it.");
    if !screen.agrees(wanted.yes, &question)? {
        return Ok(Exit::Rejected);
    }
    let request = Request {
        method: "DELETE",
        path: path.to_owned(),
        ..Request::default()
    };
    let answer = place.api.call(&request).await?;
    screen.result(&answer, || format!("{name} is no longer registered.\n"))?;
    Ok(Exit::Done)
}

/// Warns about fields that a replacement has reset because it did not name them, which few expect.
fn warn_of_reset(answer: &Value, name: &str, screen: &Screen) {
    let reset = answer.get("reset").and_then(Value::as_array);
    if let Some(reset) = reset.filter(|reset| !reset.is_empty()) {
        let fields: Vec<_> = reset.iter().map(word).collect();
        screen.note(&format!(
            "These fields are now back at their defaults, because the whole registration was replaced: {}. To change single fields, use dozo apps change {}.",
            fields.join(", "),
            shown(name)
        ));
    }
}

fn body(wanted: &Register) -> Result<Value, Failure> {
    let mut body = match &wanted.from {
        Some(path) => read(path)?,
        None => Map::new(),
    };
    say(&wanted.fields, &mut body);
    Ok(Value::Object(body))
}

/// Makes a JSON merge patch, in which `null` resets a field.
fn patch(wanted: &ChangeApp) -> Result<Value, Failure> {
    let mut patch = Map::new();
    say(&wanted.fields, &mut patch);
    for name in &wanted.removed_presets {
        group(&mut patch, "presets", [(name.clone(), Value::Null)]);
    }
    for field in &wanted.reset {
        match field.split_once('.') {
            Some((outer, inner)) => group(&mut patch, outer, [(inner.to_owned(), Value::Null)]),
            None => {
                patch.insert(field.clone(), Value::Null);
            }
        }
    }
    if patch.is_empty() {
        let what = "no change is given; dozo apps change --help lists the flags";
        return Err(Failure::Usage(what.to_owned()));
    }
    Ok(Value::Object(patch))
}

/// Adds the flags to a body as fields of a registration.
fn say(fields: &Fields, body: &mut Map<String, Value>) {
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    let kinds = Some(&fields.kinds).filter(|kinds| !kinds.is_empty());
    set("kinds", kinds.map(|kinds| kinds.clone().into()));
    let formats = Some(&fields.formats).filter(|formats| !formats.is_empty());
    set("formats", formats.map(|formats| formats.clone().into()));
    set(
        "visibility",
        fields.visibility.map(|wanted| wanted.as_str().into()),
    );
    set(
        "keep_original_metadata",
        fields.keep_original_metadata.map(Value::Bool),
    );
    set("sizes_only", fields.sizes_only.map(Value::Bool));
    set("previews", fields.previews.map(Value::Bool));
    set("page_format", fields.page_format.clone().map(Value::String));
    set("page_size", fields.page_size.map(Value::from));
    let indexed = Some(&fields.indexed).filter(|indexed| !indexed.is_empty());
    set("indexed", indexed.map(|indexed| indexed.clone().into()));
    set("grant_seconds", fields.longest_grant.map(Value::from));
    let numbers = |all: &[(String, u64)]| -> Vec<_> {
        let all = all.iter();
        all.map(|(name, value)| (name.clone(), Value::from(*value)))
            .collect()
    };
    group(body, "limits", numbers(&fields.limits));
    group(body, "quotas", numbers(&fields.quotas));
    let presets = fields.presets.iter();
    group(
        body,
        "presets",
        presets.map(|(name, preset)| (name.clone(), size(preset))),
    );
}

/// Adds fields to an object inside the body; does nothing if there are none.
fn group(
    body: &mut Map<String, Value>,
    name: &str,
    fields: impl IntoIterator<Item = (String, Value)>,
) {
    let mut fields = fields.into_iter().peekable();
    if fields.peek().is_none() {
        return;
    }
    let all = body.entry(name).or_insert_with(|| Map::new().into());
    if !all.is_object() {
        *all = Map::new().into();
    }
    if let Some(all) = all.as_object_mut() {
        all.extend(fields);
    }
}

fn size(preset: &Preset) -> Value {
    let mut size = json!({ "width": preset.width, "height": preset.height });
    if let Some(size) = size.as_object_mut() {
        size.extend(preset.fit.clone().map(|fit| ("fit".to_owned(), fit.into())));
        size.extend(
            preset
                .quality
                .map(|quality| ("quality".to_owned(), quality.into())),
        );
        for (name, value) in &preset.others {
            // What looks like a number is one, and so is true or false; the API says which field wants what.
            let plain = value.parse::<u32>().map(Value::from);
            let plain = plain.or_else(|_text| value.parse::<bool>().map(Value::from));
            let value = plain.unwrap_or_else(|_text| value.as_str().into());
            match name.split_once('.') {
                Some((outer, inner)) => group(size, outer, [(inner.to_owned(), value)]),
                None => drop(size.insert(name.clone(), value)),
            }
        }
    }
    size
}

/// Reads a registration from a file, such as `apps show --json` prints.
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
        read.map_err(|error| Failure::Usage(format!("{name} is not a JSON object: {error}")))?;
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn register(fields: Fields) -> Register {
        Register {
            name: "shop".to_owned(),
            fields,
            from: None,
        }
    }

    fn change(fields: Fields) -> ChangeApp {
        ChangeApp {
            name: "shop".to_owned(),
            fields,
            removed_presets: Vec::new(),
            reset: Vec::new(),
        }
    }

    #[test]
    fn a_change_is_a_merge_patch() {
        let card = Preset {
            width: 320,
            height: 240,
            fit: Some("cover".to_owned()),
            quality: None,
            others: vec![
                ("gravity".to_owned(), "auto".to_owned()),
                ("dpr".to_owned(), "2".to_owned()),
                ("eager".to_owned(), "true".to_owned()),
                ("watermark.media".to_owned(), "m".to_owned()),
                ("watermark.scale".to_owned(), "9".to_owned()),
            ],
        };
        let wanted = ChangeApp {
            removed_presets: vec!["old".to_owned()],
            reset: vec!["visibility".to_owned(), "limits.pdf_pages".to_owned()],
            ..change(Fields {
                presets: vec![("card".to_owned(), card)],
                sizes_only: Some(false),
                limits: vec![("image_bytes".to_owned(), 5)],
                ..Fields::default()
            })
        };
        assert_eq!(
            patch(&wanted).unwrap(),
            json!({"presets": {"card": {"width": 320, "height": 240, "fit": "cover", "gravity": "auto", "dpr": 2, "eager": true,
                                        "watermark": {"media": "m", "scale": 9}}, "old": null},
                   "sizes_only": false, "visibility": null, "limits": {"image_bytes": 5, "pdf_pages": null}})
        );
        assert!(patch(&change(Fields::default())).is_err());
    }

    #[test]
    fn what_is_not_said_is_not_sent() {
        assert_eq!(body(&register(Fields::default())).unwrap(), json!({}));
    }

    #[test]
    fn flags_change_what_a_file_says() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("shop.json");
        let shown = json!({"app": "shop", "created_at": "x", "updated_at": "y", "kinds": ["image"],
                           "limits": {"image_bytes": 1, "image_frames": 2}, "later": true});
        std::fs::write(&path, shown.to_string()).unwrap();
        let wanted = Register {
            from: Some(path),
            ..register(Fields {
                limits: vec![("image_bytes".to_owned(), 5)],
                keep_original_metadata: Some(true),
                ..Fields::default()
            })
        };
        let limits = json!({"image_bytes": 5, "image_frames": 2});
        assert_eq!(
            body(&wanted).unwrap(),
            json!({"kinds": ["image"], "limits": limits, "later": true, "keep_original_metadata": true})
        );
    }
}
