//! A typed view of `template.yaml` for tests.
//!
//! CloudFormation's short tags (`!Ref`, `!Sub`, …) become their long forms, so that a value is plain JSON. A string
//! that CloudFormation would put together is shown as the text of one `Fn::Sub`: `!GetAtt UploadBucket.Arn` reads
//! `${UploadBucket.Arn}`, `!Ref Api` reads `${Api}`.
//!
//! Loops are written out. Nothing else is evaluated: a value that depends on a condition is shown with every branch.

mod loops;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;

/// The reason why the template could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file does not exist or is not readable.
    #[error("cannot read template.yaml")]
    Read(#[from] std::io::Error),
    /// It is not YAML.
    #[error("template.yaml is not YAML")]
    Yaml(#[from] serde_yaml_ng::Error),
    /// A key is not a string, or JSON cannot hold a number.
    #[error("template.yaml holds what JSON cannot: {0}")]
    NotJson(String),
}

/// The template.
#[derive(Debug)]
pub struct Template {
    root: Value,
    text: String,
}

/// A resource or a part of one, with the questions that tests ask.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// The logical id.
    pub id: &'a str,
    /// Its whole definition: `Type`, `Properties`, `DependsOn`, …
    pub body: &'a Value,
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// `Sid`, or empty.
    pub sid: String,
    /// `Allow` or `Deny`.
    pub effect: String,
    /// `*`, or `{service}` as in `{"Service": "s3.amazonaws.com"}`; empty in an identity's policy.
    pub principal: String,
    /// The actions, always as a list.
    pub actions: Vec<String>,
    /// The resources, always as a list; it has both branches of an `Fn::If`.
    pub resources: Vec<String>,
    /// Operator → key → value; null when there are none.
    pub condition: Value,
}

/// A Lambda function, with the template's globals applied.
#[derive(Debug)]
pub struct Function {
    /// The logical id.
    pub id: String,
    /// The directory below `functions/` that it is built from.
    pub directory: String,
    /// The timeout in seconds.
    pub timeout: u64,
    /// `MemorySize`, in MiB as Lambda counts.
    pub memory_megabytes: u64,
    /// Variable → value, globals included.
    pub environment: BTreeMap<String, String>,
    /// The logical id of the function's role.
    pub role: String,
    /// The logical id of the function's log group.
    pub log_group: String,
}

/// The workspace's root.
#[must_use]
pub fn workspace() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

impl Template {
    /// Reads the workspace's `template.yaml`.
    ///
    /// # Errors
    /// Fails if it cannot be read or is not a template.
    pub fn load() -> Result<Self, TemplateError> {
        Self::parse(std::fs::read_to_string(workspace().join("template.yaml"))?)
    }

    /// Reads a template from its text.
    ///
    /// # Errors
    /// Fails if it is not YAML, or holds what JSON cannot.
    pub fn parse(text: String) -> Result<Self, TemplateError> {
        let root = loops::written_out(plain(serde_yaml_ng::from_str(&text)?)?);
        Ok(Self { root, text })
    }

    /// Returns the text as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns a section (`Parameters`, `Outputs`, …), or null.
    #[must_use]
    pub fn section(&self, name: &str) -> &Value {
        self.root.get(name).unwrap_or(&Value::Null)
    }

    /// Returns every resource.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let all = self.section("Resources").as_object().into_iter().flatten();
        all.map(|(id, body)| Resource { id, body })
    }

    /// Returns the resources of one type.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = Resource<'a>> {
        self.resources()
            .filter(move |resource| resource.kind() == kind)
    }

    /// Returns a resource by its logical id.
    #[must_use]
    pub fn resource<'a>(&'a self, id: &'a str) -> Option<Resource<'a>> {
        let body = self.section("Resources").get(id)?;
        Some(Resource { id, body })
    }

    /// Returns every Lambda function.
    #[must_use]
    pub fn functions(&self) -> Vec<Function> {
        let globals = Resource {
            id: "Globals",
            body: self.section("Globals"),
        };
        let shared = variables(globals.part("/Function/Environment/Variables"));
        let memory = globals.part("/Function/MemorySize").as_u64();
        self.of_type("AWS::Serverless::Function")
            .map(|function| {
                let mut environment = shared.clone();
                environment.extend(variables(function.property("/Environment/Variables")));
                let code = text(function.property("/CodeUri"));
                Function {
                    id: function.id.to_owned(),
                    directory: code
                        .trim_start_matches("dist/")
                        .trim_end_matches(".zip")
                        .to_owned(),
                    timeout: function.property("/Timeout").as_u64().unwrap_or_default(),
                    memory_megabytes: function
                        .property("/MemorySize")
                        .as_u64()
                        .or(memory)
                        .unwrap_or_default(),
                    environment,
                    role: referenced(function.property("/Role")),
                    log_group: referenced(function.property("/LoggingConfig/LogGroup")),
                }
            })
            .collect()
    }

    /// Maps each resource to the resources that it cannot be made without (`Ref`, `Fn::GetAtt`, `Fn::Sub`,
    /// `DependsOn`).
    #[must_use]
    pub fn dependencies(&self) -> BTreeMap<&str, BTreeSet<String>> {
        let all: BTreeSet<&str> = self.resources().map(|resource| resource.id).collect();
        self.resources()
            .map(|resource| {
                let mut names = BTreeSet::new();
                collect_references(resource.body, &mut names);
                names.extend(list(resource.part("/DependsOn")));
                names.retain(|name| all.contains(name.as_str()));
                (resource.id, names)
            })
            .collect()
    }
}

impl<'a> Resource<'a> {
    /// Returns the type, `AWS::…`.
    #[must_use]
    pub fn kind(self) -> &'a str {
        self.part("/Type").as_str().unwrap_or_default()
    }

    /// Returns the value at a JSON pointer below the resource, or null.
    #[must_use]
    pub fn part(self, pointer: &str) -> &'a Value {
        self.body.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Returns the value at a JSON pointer below its properties, or null.
    #[must_use]
    pub fn property(self, pointer: &str) -> &'a Value {
        self.body
            .get("Properties")
            .and_then(|all| all.pointer(pointer))
            .unwrap_or(&Value::Null)
    }

    /// Returns the statements of the policy that it is, or of the inline policies that it holds.
    #[must_use]
    pub fn statements(self) -> Vec<Statement> {
        let inline = self.property("/Policies").as_array().into_iter().flatten();
        let documents = inline.filter_map(|policy| policy.get("PolicyDocument"));
        documents
            .chain(Some(self.property("/PolicyDocument")))
            .filter_map(|document| document.get("Statement")?.as_array())
            .flatten()
            // A statement that depends on a condition is shown as if the condition held.
            .map(|statement| statement.pointer("/Fn::If/1").unwrap_or(statement))
            .map(Statement::read)
            .collect()
    }
}

impl Statement {
    fn read(from: &Value) -> Self {
        let part = |name| from.get(name).unwrap_or(&Value::Null);
        let principal = part("Principal");
        Self {
            sid: text(part("Sid")),
            effect: text(part("Effect")),
            principal: text(principal.get("Service").unwrap_or(principal)),
            actions: list(part("Action")),
            resources: list(part("Resource")),
            condition: part("Condition").clone(),
        }
    }
}

/// Returns a string, or the text that `Fn::Sub` would need to give the same; JSON for everything else, and an empty
/// string for null.
#[must_use]
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => return text.clone(),
        Value::Null => return String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {}
    }
    if let Some(name) = value.get("Ref").and_then(Value::as_str) {
        return format!("${{{name}}}");
    }
    if let Some(path) = value.get("Fn::GetAtt") {
        return format!("${{{}}}", list(path).join("."));
    }
    match value.get("Fn::Sub").and_then(Value::as_str) {
        Some(template) => template.to_owned(),
        None => value.to_string(),
    }
}

/// Returns the texts of a list, of both branches of an `Fn::If`, or of a single value.
#[must_use]
pub fn list(value: &Value) -> Vec<String> {
    let branches = value
        .get("Fn::If")
        .and_then(Value::as_array)
        .and_then(|all| all.get(1..));
    match (value, branches) {
        (_, Some(branches)) => branches.iter().flat_map(list).collect(),
        (Value::Array(items), _) => items.iter().flat_map(list).collect(),
        (Value::Null, _) => Vec::new(),
        (single, _) => vec![text(single)],
    }
}

/// Returns the logical id in `${Id}` or `${Id.Attribute}`.
#[must_use]
pub fn referenced(value: &Value) -> String {
    let written = text(value);
    let inner = written.trim_start_matches("${").trim_end_matches('}');
    inner.split('.').next().unwrap_or_default().to_owned()
}

fn variables(of: &Value) -> BTreeMap<String, String> {
    let all = of.as_object().into_iter().flatten();
    all.map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

fn collect_references(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_references(item, names)),
        Value::Object(fields) => {
            for (key, inner) in fields {
                match key.as_str() {
                    "Ref" | "Fn::GetAtt" => drop(names.insert(referenced(&json!({ key: inner })))),
                    "Fn::Sub" => names.extend(substitutions(&text(inner))),
                    _ => {}
                }
                collect_references(inner, names);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn substitutions(template: &str) -> impl Iterator<Item = String> {
    let parts = template
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'));
    parts.filter_map(|(name, _)| name.split('.').next().map(str::to_owned))
}

/// Turns YAML with CloudFormation's tags into JSON without them.
fn plain(yaml: Yaml) -> Result<Value, TemplateError> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::String(value) => Value::String(value),
        Yaml::Number(number) => serde_json::to_value(&number)
            .map_err(|error| TemplateError::NotJson(error.to_string()))?,
        Yaml::Sequence(items) => {
            Value::Array(items.into_iter().map(plain).collect::<Result<_, _>>()?)
        }
        Yaml::Mapping(fields) => {
            let mut object = Map::new();
            for (key, value) in fields {
                let Yaml::String(name) = key else {
                    return Err(TemplateError::NotJson(format!("{key:?}")));
                };
                object.insert(name, plain(value)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => {
            let value = plain(tagged.value)?;
            match tagged.tag.to_string().trim_start_matches('!') {
                "Ref" => json!({ "Ref": value }),
                "Condition" => json!({ "Condition": value }),
                "GetAtt" => json!({ "Fn::GetAtt": path(value) }),
                other => json!({ format!("Fn::{other}"): value }),
            }
        }
    })
}

/// `!GetAtt A.B` is written with a dot or as a list; both become the list, split at the first dot.
fn path(value: Value) -> Value {
    match &value {
        Value::String(dotted) => match dotted.split_once('.') {
            Some((id, attribute)) => json!([id, attribute]),
            None => value,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value
        }
    }
}
