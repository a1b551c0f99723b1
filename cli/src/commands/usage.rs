//! `usage`: says how much an app uploaded on a day, and how much it has stored.

use serde_json::Value;

use crate::args::Usage;
use crate::connect::api::{Request, app_path};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::fields::word;
use crate::say::quantity::{bytes, time};
use crate::say::screen::Screen;
use crate::say::table::{Table, plain};

pub(super) async fn run(place: &Place, wanted: &Usage, screen: &Screen) -> Result<Exit, Failure> {
    let mut request = Request::get(format!("{}/usage", app_path(place.app()?)));
    if let Some(day) = &wanted.day {
        request = request.with("day", day);
    }
    let answer = place.api.call(&request).await?;
    screen.result(&answer, || rows(&answer))?;
    if answer.pointer("/uploaded/and_more").is_some() {
        screen.note("There is more of that day than was counted yet: ask again.");
    }
    Ok(Exit::Done)
}

fn rows(answer: &Value) -> String {
    let mut table = Table::default();
    let day = answer.get("day").map(word).unwrap_or_default();
    let as_of = answer.pointer("/stored/as_of").and_then(Value::as_str);
    let as_of = as_of.map(time).unwrap_or_default();
    for (name, when) in [("uploaded", day), ("stored", as_of)] {
        let number = |field: &str| {
            let pointer = format!("/{name}/{field}");
            answer.pointer(&pointer).and_then(Value::as_u64)
        };
        table.row(vec![
            plain(name),
            plain(format!("{} media", number("media").unwrap_or_default())),
            plain(number("bytes").map(bytes).unwrap_or_default()),
            plain(when),
        ]);
    }
    table.print()
}
