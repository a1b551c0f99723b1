//! Prints lists that the API answers in pages.

use serde_json::{Value, json};

use crate::connect::api::Request;
use crate::connect::place::Place;
use crate::failure::{Exit, Failure};
use crate::say::screen::Screen;
use crate::say::shown::shown;

/// The pages that are wanted of a list.
pub(super) struct Pages<'a> {
    /// The request for the first page.
    pub(super) first: Request,
    /// The `next` of the page after which to go on.
    pub(super) after: Option<String>,
    /// Whether all pages are wanted, or only one.
    pub(super) is_all: bool,
    /// The sentence that is said of an empty list.
    pub(super) nothing: &'a str,
}

/// Prints the pages as they come: the `rows` of each, or for a program all items in one answer.
pub(super) async fn print(
    place: &Place,
    wanted: Pages<'_>,
    rows: impl Fn(&[Value]) -> Result<String, Failure>,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let (mut items, mut after) = (Vec::new(), wanted.after);
    loop {
        let mut page = place.api.page(&wanted.first, after.as_deref()).await?;
        let text = rows(&page.items)?;
        if !screen.json() {
            screen.print(&text)?;
        }
        items.append(&mut page.items);
        after = page.next;
        if !wanted.is_all || after.is_none() {
            break;
        }
    }
    finish(&items, after, wanted.nothing, screen)
}

/// Prints all pages at once, because there are few.
pub(super) async fn print_every(
    place: &Place,
    first: &Request,
    rows: impl FnOnce(&[Value]) -> String,
    nothing: &str,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let items = place.api.every(first).await?;
    screen.result(&json!({ "items": items }), || rows(&items))?;
    if items.is_empty() {
        screen.note(nothing);
    }
    Ok(Exit::Done)
}

fn finish(
    items: &[Value],
    next: Option<String>,
    nothing: &str,
    screen: &Screen,
) -> Result<Exit, Failure> {
    if screen.json() {
        let mut answer = json!({ "items": items });
        if let (Some(next), Some(answer)) = (next, answer.as_object_mut()) {
            answer.insert("next".to_owned(), next.into());
        }
        screen.result(&answer, String::new)?;
    } else if let Some(next) = next {
        screen.note(&format!(
            "There are more. To list them, give --after {} or --all",
            shown(&next)
        ));
    } else if items.is_empty() {
        screen.note(nothing);
    }
    Ok(Exit::Done)
}
