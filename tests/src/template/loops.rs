//! The template's loops (`Fn::ForEach`), written out as CloudFormation does before it reads anything else.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>

use serde_json::{Map, Value};

/// The beginning of a loop's key, before its name.
const LOOP: &str = "Fn::ForEach::";

/// Replaces the loops among the resources by what they stand for. In the results, look-ups in mappings and
/// substitutions that depend on nothing else are evaluated, so that they read as if they had been written by hand.
pub(super) fn written_out(mut root: Value) -> Value {
    let mappings = root.get("Mappings").cloned().unwrap_or_default();
    let Some(resources) = root.get_mut("Resources").and_then(Value::as_object_mut) else {
        return root;
    };
    *resources = unrolled(std::mem::take(resources), &mappings, false);
    root
}

/// Returns all resources, with each loop replaced by its turns. A loop may hold loops.
fn unrolled(
    resources: Map<String, Value>,
    mappings: &Value,
    is_in_loop: bool,
) -> Map<String, Value> {
    let mut all = Map::new();
    for (id, body) in resources {
        match body.as_array().map(Vec::as_slice) {
            Some([Value::String(name), Value::Array(values), fragment]) if id.starts_with(LOOP) => {
                for value in values.iter().filter_map(Value::as_str) {
                    let turn = with(fragment, &format!("${{{name}}}"), value);
                    if let Value::Object(turn) = turn {
                        all.extend(unrolled(turn, mappings, true));
                    }
                }
            }
            _ if is_in_loop => drop(all.insert(id, plain(body, mappings))),
            _ => drop(all.insert(id, body)),
        }
    }
    all
}

/// Returns the value with each `placeholder` in its keys and strings replaced.
fn with(value: &Value, placeholder: &str, by: &str) -> Value {
    match value {
        Value::String(text) => text.replace(placeholder, by).into(),
        Value::Array(items) => items
            .iter()
            .map(|item| with(item, placeholder, by))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, inner)| (key.replace(placeholder, by), with(inner, placeholder, by)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Evaluates what depends on nothing but mappings, from the inside out.
fn plain(value: Value, mappings: &Value) -> Value {
    let value = match value {
        Value::Array(items) => items
            .into_iter()
            .map(|item| plain(item, mappings))
            .collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, inner)| (key, plain(inner, mappings)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    };
    found(&value, mappings)
        .or_else(|| substituted(&value))
        .unwrap_or(value)
}

fn found(value: &Value, mappings: &Value) -> Option<Value> {
    let path = value.get("Fn::FindInMap")?.as_array()?;
    path.iter()
        .try_fold(mappings, |inside, step| inside.get(step.as_str()?))
        .cloned()
}

/// Returns a resource's attribute as a substitution names it, such as `BackupBucket.Arn`.
fn attribute(value: &Value) -> Option<String> {
    let [resource, attribute] = value.get("Fn::GetAtt")?.as_array()?.as_slice() else {
        return None;
    };
    Some(format!("{}.{}", resource.as_str()?, attribute.as_str()?))
}

fn substituted(value: &Value) -> Option<Value> {
    let (text, values) = match value.get("Fn::Sub")? {
        Value::String(text) => (text.clone(), None),
        Value::Array(parts) => (
            parts.first()?.as_str()?.to_owned(),
            parts.get(1)?.as_object(),
        ),
        _ => return None,
    };
    let (mut text, mut left) = (text, Map::new());
    for (name, value) in values.into_iter().flatten() {
        let by = match (value, attribute(value)) {
            (Value::String(by), _) => by.clone(),
            (Value::Number(by), _) => by.to_string(),
            (_, Some(path)) => format!("${{{path}}}"),
            (other, None) => {
                left.insert(name.clone(), other.clone());
                continue;
            }
        };
        text = text.replace(&format!("${{{name}}}"), &by);
    }
    if !left.is_empty() {
        return Some(serde_json::json!({ "Fn::Sub": [text, left] }));
    }
    Some(if text.contains("${") {
        serde_json::json!({ "Fn::Sub": text })
    } else {
        text.into()
    })
}
