//! `describe`: says what a media shows.

use serde_json::{Map, Value};

use crate::args::Describe;
use crate::connect::api::{Request, media_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::screen::Screen;

pub(super) async fn run(
    place: &Place,
    wanted: &Describe,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let media = &wanted.media;
    let path = media_path(place.app_of(media)?, &media.media);
    let request = Request::json("PATCH", path, &patch(wanted));
    let answer = place.api.call(&request).await?;
    screen.result(&answer, || format!("{} is described.\n", media.media))?;
    Ok(Exit::Done)
}

/// Returns the merge patch: what is set counts more than what is removed.
fn patch(wanted: &Describe) -> Value {
    let cleared = wanted.clear.iter();
    let mut patch: Map<_, _> = cleared
        .map(|part| (part.as_str().to_owned(), Value::Null))
        .collect();
    let texts = [
        ("title", &wanted.title),
        ("alt", &wanted.alt),
        ("expires_at", &wanted.expires_at),
    ];
    patch.extend(texts.into_iter().filter_map(|(name, text)| {
        let text = text.as_deref()?;
        Some((name.to_owned(), text.into()))
    }));
    if !wanted.tags.is_empty() {
        patch.insert("tags".to_owned(), wanted.tags.clone().into());
    }
    let removed = wanted.unset.iter().map(|name| (name.clone(), Value::Null));
    let set = wanted.set.iter();
    let set = set.map(|(name, value)| (name.clone(), value.as_str().into()));
    let fields: Map<_, _> = removed.chain(set).collect();
    if !fields.is_empty() {
        patch.insert("metadata".to_owned(), fields.into());
    }
    patch.into()
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;
    use crate::args::{Action, Command};

    fn patch_of(arguments: &[&str]) -> Option<Value> {
        let start = [
            "dozo",
            "--local",
            "describe",
            "demo/01arz3ndektsv4rrffq69g5fav-0000000000000",
        ];
        let command = Command::try_parse_from(start.iter().chain(arguments)).ok()?;
        let Action::Describe(wanted) = command.action else {
            return None;
        };
        Some(patch(&wanted))
    }

    #[test]
    fn only_what_is_said_is_sent() {
        for (arguments, body) in [
            (&["--title", "Lake"][..], json!({"title": "Lake"})),
            (
                &["--tags", "a,b", "--alt", "x"],
                json!({"alt": "x", "tags": ["a", "b"]}),
            ),
            (
                &["--set", "by=Ada=L", "--unset", "old"],
                json!({"metadata": {"by": "Ada=L", "old": null}}),
            ),
            (
                &["--clear", "tags,title"],
                json!({"tags": null, "title": null}),
            ),
            (
                &["--expires-at", "2031-01-31T12:00:00Z"],
                json!({"expires_at": "2031-01-31T12:00:00Z"}),
            ),
            (&["--clear", "expires-at"], json!({"expires_at": null})),
        ] {
            assert_eq!(patch_of(arguments), Some(body), "{arguments:?}");
        }
        for arguments in [&[][..], &["--set", "name"], &["--clear", "all"]] {
            assert_eq!(patch_of(arguments), None, "{arguments:?}");
        }
    }
}
