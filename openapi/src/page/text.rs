//! Texts of the description as HTML.

use serde_json::Value;

/// Returns a text in the document, or an empty one.
pub(super) fn at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default()
}

/// Escapes what would be markup.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Returns a name as an address within the page.
pub(super) fn fragment(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

/// Writes paragraphs and lists with `code` and **strong** words, which is all of Markdown that the description uses.
pub(super) fn prose(markdown: &str) -> String {
    let mut html = String::new();
    for block in markdown
        .split("\n\n")
        .filter(|block| !block.trim().is_empty())
    {
        let (items, lines): (Vec<_>, Vec<_>) = block
            .lines()
            .filter(|line| !line.is_empty())
            .partition(|line| line.starts_with("- "));
        if !lines.is_empty() {
            html.push_str(&format!("<p>{}</p>\n", inline(&lines.join(" "))));
        }
        if !items.is_empty() {
            let items: String = items
                .iter()
                .map(|item| format!("<li>{}</li>\n", inline(item.trim_start_matches("- "))))
                .collect();
            html.push_str(&format!("<ul>\n{items}</ul>\n"));
        }
    }
    html
}

/// Writes the words of one line.
pub(super) fn inline(text: &str) -> String {
    let marked = paired(&escape(text), "`", "code");
    paired(&marked, "**", "strong")
}

/// Puts an element around what stands between two equal marks.
fn paired(text: &str, mark: &str, element: &str) -> String {
    let parts: Vec<_> = text.split(mark).collect();
    let last = parts.len().saturating_sub(1);
    let pieces = parts.iter().enumerate().map(|(place, part)| {
        if place % 2 == 1 && place < last {
            format!("<{element}>{part}</{element}>")
        } else if place % 2 == 1 {
            format!("{mark}{part}")
        } else {
            (*part).to_owned()
        }
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_texts_is_shown_and_not_obeyed() {
        assert_eq!(
            prose("**A** `<b>` & c\n- one\n- `two`"),
            "<p><strong>A</strong> <code>&lt;b&gt;</code> &amp; c</p>\n<ul>\n<li>one</li>\n<li><code>two</code></li>\n</ul>\n"
        );
        assert_eq!(inline("a ` b"), "a ` b");
    }
}
