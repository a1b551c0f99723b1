//! `blocked`: lists, shows and lifts the blocks of files that are suspended.

use serde_json::Value;

use super::pages::print_every;
use crate::args::{Blocked, BlockedAction};
use crate::connect::api::{Request, segment};
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::screen::Screen;
use crate::say::shown::shown;
use crate::say::table::{Table, plain};

/// The route of all blocks.
const ALL: &str = "/admin/blocked";

pub(super) async fn run(place: &Place, wanted: Blocked, screen: &Screen) -> Result<Exit, Failure> {
    match wanted.action.unwrap_or(BlockedAction::List) {
        BlockedAction::List => {
            let all = Request::get(ALL.to_owned());
            print_every(place, &all, rows, "No file is blocked.", screen).await
        }
        BlockedAction::Show { sha256 } => show(place, &sha256, screen).await,
        BlockedAction::Lift { sha256 } => lift(place, &sha256, screen).await,
    }
}

async fn show(place: &Place, sha256: &str, screen: &Screen) -> Result<Exit, Failure> {
    let request = Request::get(format!("{ALL}/{}", segment(sha256)));
    let block = place.api.call(&request).await?;
    screen.result(&block, || rows(std::slice::from_ref(&block)))?;
    Ok(Exit::Done)
}

async fn lift(place: &Place, sha256: &str, screen: &Screen) -> Result<Exit, Failure> {
    let request = Request {
        method: "DELETE",
        path: format!("{ALL}/{}", segment(sha256)),
        ..Request::default()
    };
    let lifted = place.api.call(&request).await?;
    screen.result(&lifted, || {
        "The file is no longer blocked. What is suspended stays suspended.\n".to_owned()
    })?;
    Ok(Exit::Done)
}

/// Prints a row for each media of each block.
fn rows(blocks: &[Value]) -> String {
    let mut table = Table::default();
    for block in blocks {
        let holders = block.get("holders").and_then(Value::as_array);
        for holder in holders.into_iter().flatten() {
            let of = |value: &Value, name: &str| {
                let value = value.get(name).and_then(Value::as_str).unwrap_or_default();
                plain(shown(value).to_string())
            };
            table.row(vec![
                of(block, "sha256"),
                of(holder, "app"),
                of(holder, "media"),
                of(holder, "since"),
            ]);
        }
        if block.get("and_more").and_then(Value::as_bool) == Some(true) {
            let sha256 = block.get("sha256").and_then(Value::as_str);
            let sha256 = plain(shown(sha256.unwrap_or_default()).to_string());
            table.row(vec![sha256, plain("and more media".to_owned())]);
        }
    }
    table.print()
}
