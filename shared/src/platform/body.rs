//! Reads the body of a call as JSON, and reports faults by the name of the field.
//!
//! Refuses two things that serde by itself accepts: an array in place of an object (read as the fields in their order),
//! and anything after the end.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_path_to_error::{Path, Segment};

use crate::platform::problem::Problem;

/// The maximum length of a caller's text that a problem repeats, in characters.
const MAX_REPEATED_CHARS: usize = 200;

/// Reads a body, which must be a JSON object.
///
/// # Errors
/// 400, with the field's name if the fault is in a field.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let Object(value) = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let message = error.inner().to_string();
        let field = field(error.path(), &message);
        Problem::invalid(&shorten(&field), format!("{}.", shorten(&message)))
    })?;
    reader
        .end()
        .map_err(|error| Problem::invalid("", format!("{error}.")))?;
    Ok(value)
}

/// A JSON object, read from nothing else that serde would accept in its place.
#[derive(Debug, Default)]
pub(crate) struct Object<T>(T);

impl<T> Deref for Object<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_map(ReadObject(PhantomData)).map(Self)
    }
}

/// Its schema is the object's own.
impl<T: JsonSchema> JsonSchema for Object<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

struct ReadObject<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ReadObject<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// Returns the path of the faulty field, such as `files[0].name`, or an empty text if the fault is not in a field.
fn field(path: &Path, message: &str) -> String {
    let known: Vec<_> = path
        .iter()
        .take_while(|segment| !matches!(segment, Segment::Unknown))
        .collect();
    let mut field = String::new();
    for segment in &known {
        match segment {
            Segment::Seq { index } => field.push_str(&format!("[{index}]")),
            Segment::Map { key } => append(&mut field, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    // For these faults, serde names the field only in its message, between backquotes.
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let at_it = matches!(known.last(), Some(Segment::Map { key }) if key == quoted);
    let missing = message.starts_with("missing field `");
    let other = ["unknown field `", "duplicate field `"];
    if missing || (!at_it && other.iter().any(|start| message.starts_with(start))) {
        append(&mut field, quoted);
    }
    field
}

fn append(field: &mut String, name: &str) {
    if !field.is_empty() {
        field.push('.');
    }
    field.push_str(name);
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_REPEATED_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "the fields are only read from JSON, never used")]
    struct Outer {
        inner: Vec<Object<Inner>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "the fields are only read from JSON, never used")]
    struct Inner {
        number: u32,
    }

    #[test]
    fn a_bad_body_is_refused_by_the_name_of_its_field() {
        for (body, field) in [
            (r#"{"inner": [{"number": "x"}]}"#, Some("inner[0].number")),
            (r#"{"inner": [{"number": -1}]}"#, Some("inner[0].number")),
            (r#"{"inner": [{"number": 1}], "outer": 2}"#, Some("outer")),
            (r#"{"inner": [{"nummer": 1}]}"#, Some("inner[0].nummer")),
            (r#"{"inner": [{}]}"#, Some("inner[0].number")),
            (
                r#"{"inner": [{"number": 1, "number": 1}]}"#,
                Some("inner[0].number"),
            ),
            (r#"{"inner": [], "inner": []}"#, Some("inner")),
            (r#"{"inner": {}}"#, Some("inner")),
            (r#"{"inner": [[1]]}"#, Some("inner[0]")),
            (r#"{"inner": [{"number": 1}, {"#, Some("inner[1]")),
            ("{}", Some("inner")),
            ("{", None),
            ("[", None),
            ("[[]]", None),
            ("null", None),
            ("1", None),
            ("\"`x`\"", None),
            (r#"{"inner": []} x"#, None),
        ] {
            let problem = read::<Outer>(body.as_bytes()).unwrap_err();
            assert_eq!(
                (problem.status, problem.field.as_deref()),
                (400, field),
                "{body}: {}",
                problem.detail
            );
            assert!(!problem.detail.contains("struct"), "{}", problem.detail);
        }
    }

    #[test]
    fn what_is_repeated_is_short() {
        let body = format!("{{\"{}\": 1}}", "x".repeat(100_000));
        let problem = read::<Outer>(body.as_bytes()).unwrap_err();
        assert!(problem.detail.chars().count() < 2 * MAX_REPEATED_CHARS);
        assert!(problem.field.unwrap().chars().count() < 2 * MAX_REPEATED_CHARS);
    }
}
