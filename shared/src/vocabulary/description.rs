//! An app's description of a media: texts, tags and fields of its own. The platform keeps it and puts it into answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest title, in characters.
pub const MOST_TITLE: usize = 300;

/// The longest alternative text, in characters.
pub const MOST_ALT: usize = 1_000;

/// The most tags.
pub const MOST_TAGS: usize = 20;

/// The longest tag, in characters.
pub const MOST_TAG: usize = 50;

/// The most fields of the app's own.
pub const MOST_FIELDS: usize = 50;

/// The most bytes that the names and values of these fields have together. A record is read at every step of its media.
pub const MOST_FIELD_BYTES: usize = 2_048;

/// The longest name of such a field, in characters.
pub const MOST_FIELD_NAME: usize = 64;

/// An app's description of a media. The default is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Description {
    /// A title for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MOST_TITLE))]
    pub title: Option<String>,
    /// The text for people who do not see the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MOST_ALT))]
    pub alt: Option<String>,
    /// Words by which the app finds the media, each once, in the app's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MOST_TAGS), inner(length(min = 1, max = MOST_TAG)))]
    pub tags: Vec<String>,
    /// Fields of the app's own, with at most 2,048 bytes in all. A name has 1 to 64 of `a-z A-Z 0-9 _ . -`.
    #[schemars(extend("maxProperties" = MOST_FIELDS))]
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// A field that is not as it must be, and what to give instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The field, such as `tags[3]`.
    pub field: String,
    /// A sentence that says what to give.
    pub give: String,
}

impl Description {
    /// Returns whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks every field, and drops tags that are there already.
    ///
    /// # Errors
    /// The first field that is not as it must be.
    pub fn checked(mut self) -> Result<Self, Unfit> {
        text("title", self.title.as_deref(), MOST_TITLE)?;
        text("alt", self.alt.as_deref(), MOST_ALT)?;
        let mut tags = Vec::new();
        for (place, tag) in self.tags.into_iter().enumerate() {
            text(&format!("tags[{place}]"), Some(&tag), MOST_TAG)?;
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        if tags.len() > MOST_TAGS {
            return unfit("tags", format!("Give at most {MOST_TAGS} tags."));
        }
        self.tags = tags;
        check_fields(&self.metadata)?;
        Ok(self)
    }
}

fn check_fields(fields: &BTreeMap<String, String>) -> Result<(), Unfit> {
    if fields.len() > MOST_FIELDS {
        return unfit("metadata", format!("Give at most {MOST_FIELDS} fields."));
    }
    for (name, value) in fields {
        let field = format!("metadata.{name}");
        if !is_field_name(name) {
            let give = format!(
                "Name a field with 1 to {MOST_FIELD_NAME} of the characters a-z, A-Z, 0-9, _, . and -."
            );
            return unfit(&field, give);
        }
        if value.chars().any(is_control) {
            return unfit(&field, "Give a text without control characters.".to_owned());
        }
    }
    let bytes: usize = fields
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if bytes > MOST_FIELD_BYTES {
        let give = format!(
            "Give at most {MOST_FIELD_BYTES} bytes, names and values together; these are {bytes}."
        );
        return unfit("metadata", give);
    }
    Ok(())
}

/// Returns whether a field of metadata may have this name.
#[must_use]
pub fn is_field_name(name: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=MOST_FIELD_NAME).contains(&name.len()) && name.bytes().all(is_known)
}

fn text(field: &str, text: Option<&str>, most: usize) -> Result<(), Unfit> {
    let Some(text) = text else { return Ok(()) };
    let characters = text.chars().count();
    if !(1..=most).contains(&characters) || text.chars().any(is_control) {
        let give = format!("Give 1 to {most} characters, none of them a control character.");
        return unfit(field, give);
    }
    Ok(())
}

/// Returns whether a character is none of a text: lines may end, and columns may be set.
fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\t')
}

fn unfit<T>(field: &str, give: String) -> Result<T, Unfit> {
    Err(Unfit {
        field: field.to_owned(),
        give,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field_of(description: Description) -> String {
        description
            .checked()
            .err()
            .map_or_else(String::new, |unfit| unfit.field)
    }

    fn fields(fields: impl IntoIterator<Item = (String, String)>) -> Description {
        Description {
            metadata: fields.into_iter().collect(),
            ..Description::default()
        }
    }

    #[test]
    fn texts_have_their_lengths_in_characters() {
        let title = |text: String| Description {
            title: Some(text),
            ..Description::default()
        };
        let alt = |text: String| Description {
            alt: Some(text),
            ..Description::default()
        };
        assert_eq!(field_of(title("ß".repeat(MOST_TITLE))), "");
        assert_eq!(field_of(title("ß".repeat(MOST_TITLE + 1))), "title");
        assert_eq!(field_of(title(String::new())), "title");
        assert_eq!(field_of(title("a\u{7}".to_owned())), "title");
        assert_eq!(field_of(alt("two\nlines".to_owned())), "");
        assert_eq!(field_of(alt("a".repeat(MOST_ALT + 1))), "alt");
    }

    #[test]
    fn tags_are_few_and_each_is_there_once() {
        let tagged = |tags: Vec<String>| Description {
            tags,
            ..Description::default()
        };
        let twice = tagged(["b", "a", "b"].map(str::to_owned).to_vec());
        assert_eq!(twice.checked().unwrap().tags, ["b", "a"]);
        let numbered = |count: usize| tagged((0..count).map(|n| n.to_string()).collect());
        assert_eq!(field_of(numbered(MOST_TAGS)), "");
        assert_eq!(field_of(numbered(MOST_TAGS + 1)), "tags");
        let long = tagged(vec!["a".to_owned(), "b".repeat(MOST_TAG + 1)]);
        assert_eq!(field_of(long), "tags[1]");
    }

    #[test]
    fn fields_are_few_and_small() {
        let numbered = |count: usize| fields((0..count).map(|n| (format!("f{n}"), "v".to_owned())));
        assert_eq!(field_of(numbered(MOST_FIELDS)), "");
        assert_eq!(field_of(numbered(MOST_FIELDS + 1)), "metadata");
        let large = |bytes: usize| fields([("n".to_owned(), "v".repeat(bytes - 1))]);
        assert_eq!(field_of(large(MOST_FIELD_BYTES)), "");
        assert_eq!(field_of(large(MOST_FIELD_BYTES + 1)), "metadata");
        for name in ["", "a b", "ä", &"n".repeat(MOST_FIELD_NAME + 1)] {
            let named = fields([(name.to_owned(), "v".to_owned())]);
            assert_eq!(field_of(named), format!("metadata.{name}"));
        }
        let bell = fields([("a".to_owned(), "\u{7}".to_owned())]);
        assert_eq!(field_of(bell), "metadata.a");
    }
}
