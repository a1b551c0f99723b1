//! Makes derived schemas plainer, without a change of what they allow.

use serde_json::{Map, Value, json};

/// Whether a schema is of what callers send or of what they get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// A body or a parameter. A field that may be absent may also be `null`.
    Call,
    /// An answer. A field that does not apply is absent and never `null`.
    Answer,
}

/// Makes a schema and all that is in it plainer.
pub(crate) fn schema(schema: &mut Value, direction: Direction) {
    each(schema, &mut |fields| {
        describe(fields);
        list_values(fields);
        name_fields(fields);
        if direction == Direction::Answer {
            drop_nulls(fields);
        }
    });
}

/// Makes of the schema of a body that of a merge patch: nothing is required, and every field may be `null`.
pub(crate) fn patch(schema: &mut Value) {
    each(schema, &mut |fields| {
        name_fields(fields);
        fields.remove("required");
        fields.remove("default");
        let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
        for field in properties.into_iter().flat_map(Map::values_mut) {
            allow_null(field);
        }
        if let Some(others) = fields.get_mut("additionalProperties")
            && others.is_object()
        {
            allow_null(others);
        }
    });
}

/// Changes each schema, the inner ones first.
fn each(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let Some(fields) = schema.as_object_mut() else {
        return;
    };
    for (keyword, value) in fields.iter_mut() {
        match (keyword.as_str(), value) {
            ("properties" | "patternProperties" | "$defs", Value::Object(named)) => {
                named.values_mut().for_each(|one| each(one, change));
            }
            ("items" | "additionalProperties", one) => each(one, change),
            ("oneOf" | "anyOf" | "allOf", Value::Array(all)) => {
                all.iter_mut().for_each(|one| each(one, change));
            }
            _ => {}
        }
    }
    change(fields);
}

/// Keeps the first paragraph of a doc comment, which is for everybody, on one line and without links into the code.
fn describe(fields: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = fields.get_mut("description") {
        let first = text.split("\n\n").next().unwrap_or_default();
        *text = first
            .replace('\n', " ")
            .replace("[`", "`")
            .replace("`]", "`");
    }
}

/// Writes values with a description each as one list of values, which every tool reads.
fn list_values(fields: &mut Map<String, Value>) {
    let Some(Value::Array(variants)) = fields.get("oneOf") else {
        return;
    };
    let value = |variant: &Value| {
        let name = variant.get("const")?.as_str()?.to_owned();
        let says = variant.get("description")?.as_str()?.to_owned();
        Some((name, says))
    };
    let Some(values) = variants.iter().map(value).collect::<Option<Vec<_>>>() else {
        return;
    };
    let lines: String = values
        .iter()
        .map(|(name, says)| format!("\n- `{name}`: {says}"))
        .collect();
    let before = fields.get("description").and_then(Value::as_str);
    let description = format!("{}\n{lines}", before.unwrap_or_default());
    let names: Vec<_> = values.into_iter().map(|(name, _)| name).collect();
    fields.remove("oneOf");
    fields.insert("type".to_owned(), json!("string"));
    fields.insert("enum".to_owned(), json!(names));
    fields.insert("description".to_owned(), json!(description));
}

/// Writes a map whose names have one pattern as tools read it that know nothing of `patternProperties`.
fn name_fields(fields: &mut Map<String, Value>) {
    if fields.get("additionalProperties") != Some(&Value::Bool(false)) {
        return;
    }
    let Some(Value::Object(patterns)) = fields.get("patternProperties") else {
        return;
    };
    let mut patterns = patterns.clone().into_iter();
    if let (Some((pattern, schema)), None) = (patterns.next(), patterns.next()) {
        fields.remove("patternProperties");
        fields.insert("additionalProperties".to_owned(), schema);
        fields.insert("propertyNames".to_owned(), json!({"pattern": pattern}));
    }
}

/// Takes `null` out of fields that are absent instead.
fn drop_nulls(fields: &mut Map<String, Value>) {
    let required = fields.get("required").cloned().unwrap_or_default();
    let is_required = |name: &str| {
        let names = required.as_array().into_iter().flatten();
        names.filter_map(Value::as_str).any(|known| known == name)
    };
    let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
    for (name, field) in properties.into_iter().flatten() {
        if !is_required(name) {
            forbid_null(field);
        }
    }
}

fn forbid_null(field: &mut Value) {
    let Some(fields) = field.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            fields.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
        choices.retain(|one| one.get("type") != Some(&json!("null")));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            fields.remove("anyOf");
            fields.extend(only);
        }
    }
}

fn allow_null(field: &mut Value) {
    let Some(fields) = field.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(values)) = fields.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    match fields.get_mut("type") {
        Some(Value::Array(types)) if !types.contains(&json!("null")) => types.push(json!("null")),
        Some(one @ Value::String(_)) => *one = json!([one.clone(), "null"]),
        Some(_) | None => {}
    }
}
