//! `grant`: gives access to a private media for a limited time.

use serde_json::{Value, json};

use crate::args::Grant;
use crate::connect::api::{Request, media_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::quantity::time;
use crate::say::screen::Screen;
use crate::say::shown::shown;

pub(super) async fn run(place: &Place, wanted: &Grant, screen: &Screen) -> Result<Exit, Failure> {
    let app = place.app_of(&wanted.media)?;
    let form = if wanted.cookies { "cookies" } else { "url" };
    let mut body = json!({ "expires_in": wanted.expires_in, "as": form });
    if let Some(body) = body.as_object_mut() {
        if let Some(seconds) = wanted.starts_in {
            body.insert("starts_in".to_owned(), seconds.into());
        }
        if let Some(network) = &wanted.ip {
            body.insert("ip".to_owned(), network.as_str().into());
        }
    }
    let path = format!("{}/grants", media_path(app, &wanted.media.media));
    let answer = place.api.call(&Request::json("POST", path, &body)).await?;
    // Standard output has only the part to paste; the explanation goes to standard error.
    screen.result(&answer, || pasted(&answer))?;
    if let Some(until) = answer.get("expires_at").and_then(Value::as_str) {
        let resource = answer.get("resource").and_then(Value::as_str);
        let resource = resource.map_or_else(String::new, |of| format!("opens {}, ", shown(of)));
        screen.note(&format!("{resource}until {}", time(until)));
    }
    Ok(Exit::Done)
}

fn pasted(answer: &Value) -> String {
    let text = |name: &str| {
        let value = answer.get(name).and_then(Value::as_str)?;
        Some(format!("{}\n", shown(value)))
    };
    let cookies = answer.get("set_cookies").and_then(Value::as_array);
    let cookies = cookies.map(|all| {
        let lines = all.iter().filter_map(Value::as_str);
        lines
            .map(|cookie| format!("Set-Cookie: {}\n", shown(cookie)))
            .collect::<String>()
    });
    // A media without an original, such as a video, has only the query to append to its addresses.
    cookies
        .or_else(|| text("url"))
        .or_else(|| text("query"))
        .unwrap_or_default()
}
