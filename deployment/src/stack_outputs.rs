//! Reads a deployed stack: its outputs, functions and log groups.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::aws_cli::{AwsCli, AwsCliError, list_at};

/// The current state of a deployed stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeployedStack {
    /// Stack name.
    pub name: String,
    /// The template's outputs by name.
    pub outputs: BTreeMap<String, String>,
    /// Function names by the function's directory in `functions/`.
    pub functions: BTreeMap<String, String>,
    /// Log group names by the function's directory in `functions/`.
    pub log_groups: BTreeMap<String, String>,
}

/// The stack lacks an output that is needed.
#[derive(Debug, thiserror::Error)]
#[error("stack {stack} has no output {output}; is it a Dozo stack?")]
pub struct MissingOutput {
    /// Stack name.
    pub stack: String,
    /// The output's name.
    pub output: String,
}

impl DeployedStack {
    /// Reads stack `name`; returns `None` if there is no such stack.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub async fn read(aws: &AwsCli, name: &str) -> Result<Option<Self>, AwsCliError> {
        let described = ["cloudformation", "describe-stacks", "--stack-name", name];
        let listed = [
            "cloudformation",
            "list-stack-resources",
            "--stack-name",
            name,
        ];
        let (stack, resources) = tokio::join!(aws.call(&described), aws.call(&listed));
        match stack {
            Ok(stack) => Ok(Some(Self::from_answers(name, &stack, &resources?))),
            Err(error) if is_no_stack(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn from_answers(name: &str, stack: &Value, resources: &Value) -> Self {
        let mut deployed = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        for output in list_at(stack, "/Stacks/0/Outputs") {
            if let (Some(key), Some(value)) =
                (text(output, "OutputKey"), text(output, "OutputValue"))
            {
                deployed.outputs.insert(key.to_owned(), value.to_owned());
            }
        }
        for resource in list_at(resources, "/StackResourceSummaries") {
            let (Some(kind), Some(logical), Some(physical)) = (
                text(resource, "ResourceType"),
                text(resource, "LogicalResourceId"),
                text(resource, "PhysicalResourceId"),
            ) else {
                continue;
            };
            match (kind, logical.strip_suffix("LogGroup")) {
                ("AWS::Lambda::Function", _) => {
                    deployed
                        .functions
                        .insert(directory_name(logical), physical.to_owned());
                }
                ("AWS::Logs::LogGroup", Some(function)) => {
                    deployed
                        .log_groups
                        .insert(directory_name(function), physical.to_owned());
                }
                _ => {}
            }
        }
        deployed
    }

    /// Returns an output that every Dozo stack has.
    ///
    /// # Errors
    ///
    /// [`MissingOutput`]
    pub fn output(&self, name: &str) -> Result<&str, MissingOutput> {
        let missing = || MissingOutput {
            stack: self.name.clone(),
            output: name.to_owned(),
        };
        self.outputs
            .get(name)
            .map(String::as_str)
            .ok_or_else(missing)
    }

    /// Returns bucket names by purpose: `upload`, `delivery`, …
    pub fn buckets(&self) -> BTreeMap<String, String> {
        let named = self
            .outputs
            .iter()
            .filter_map(|(key, value)| Some((key.strip_suffix("Bucket")?, value)));
        named
            .map(|(purpose, bucket)| (purpose.to_lowercase(), bucket.clone()))
            .collect()
    }

    /// Returns queue URLs by name without the stack's prefix: `uploads`, `dead`, …
    pub fn queues(&self) -> BTreeMap<String, String> {
        let prefix = format!("{}-", self.name);
        let is_queue = |key: &str| key.ends_with("QueueUrl") || key.ends_with("DeadLettersUrl");
        let urls = self
            .outputs
            .iter()
            .filter(|(key, _)| is_queue(key))
            .map(|(_, url)| url);
        urls.filter_map(|url| {
            let name = url.rsplit('/').next()?;
            Some((
                name.strip_prefix(&prefix).unwrap_or(name).to_owned(),
                url.clone(),
            ))
        })
        .collect()
    }
}

/// Tells whether CloudFormation answered that the stack does not exist.
pub fn is_no_stack(error: &AwsCliError) -> bool {
    error.code() == Some("ValidationError") && error.to_string().contains("does not exist")
}

/// Turns `RegisterApp` into `register-app`.
fn directory_name(logical_id: &str) -> String {
    let mut name = String::with_capacity(logical_id.len() + 2);
    for letter in logical_id.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployed() -> DeployedStack {
        let stack = json!({"Stacks": [{"Outputs": [
            {"OutputKey": "UploadBucket", "OutputValue": "dozo-upload-1"},
            {"OutputKey": "UploadsQueueUrl", "OutputValue": "http://h/1/dozo-uploads"},
            {"OutputKey": "DeadLettersUrl", "OutputValue": "http://h/1/dozo-dead"},
        ]}]});
        let resources = json!({"StackResourceSummaries": [
            {"ResourceType": "AWS::Lambda::Function", "LogicalResourceId": "RegisterApp", "PhysicalResourceId": "dozo-register-app"},
            {"ResourceType": "AWS::Logs::LogGroup", "LogicalResourceId": "RegisterAppLogGroup", "PhysicalResourceId": "/aws/lambda/dozo-register-app"},
        ]});
        DeployedStack::from_answers("dozo", &stack, &resources)
    }

    #[test]
    fn buckets_and_queues_go_by_their_purpose() {
        assert_eq!(
            deployed().buckets().get("upload").map(String::as_str),
            Some("dozo-upload-1")
        );
        let queues: Vec<_> = deployed().queues().into_keys().collect();
        assert_eq!(queues, ["dead", "uploads"]);
    }

    #[test]
    fn functions_go_by_their_directory() {
        assert_eq!(
            deployed().functions.get("register-app").map(String::as_str),
            Some("dozo-register-app")
        );
        let group = deployed().log_groups.get("register-app").cloned();
        assert_eq!(group.as_deref(), Some("/aws/lambda/dozo-register-app"));
    }

    #[test]
    fn a_missing_output_names_itself() {
        let missing = deployed()
            .output("ApiId")
            .map(str::to_owned)
            .map_err(|error| error.to_string());
        assert_eq!(
            missing,
            Err("stack dozo has no output ApiId; is it a Dozo stack?".to_owned())
        );
    }
}
