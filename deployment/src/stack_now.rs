//! A stack as CloudFormation describes it now, with its status and the values of its parameters; and its deletion.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::aws_cli::{AwsCli, AwsCliError, list_at};
use crate::stack_outputs::is_no_stack;
use crate::stack_status::{Standing, standing};

/// A stack that exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StackNow {
    /// Its status, such as `UPDATE_COMPLETE`.
    pub(crate) status: String,
    /// Its parameters' values, as the last operation that succeeded left them.
    pub(crate) parameters: BTreeMap<String, String>,
}

impl StackNow {
    /// Reads the stack; returns `None` if there is none of this name.
    ///
    /// # Errors
    ///
    /// [`AwsCliError`]
    pub(crate) async fn read(aws: &AwsCli, name: &str) -> Result<Option<Self>, AwsCliError> {
        let command = ["cloudformation", "describe-stacks", "--stack-name", name];
        match aws.call(&command).await {
            Ok(described) => Ok(Some(Self::from_answer(&described))),
            Err(error) if is_no_stack(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn from_answer(described: &Value) -> Self {
        let status = described.pointer("/Stacks/0/StackStatus");
        let parameters = list_at(described, "/Stacks/0/Parameters").iter();
        let text = |value: &Value, field: &str| Some(value.get(field)?.as_str()?.to_owned());
        Self {
            status: status
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            parameters: parameters
                .filter_map(|one| Some((text(one, "ParameterKey")?, text(one, "ParameterValue")?)))
                .collect(),
        }
    }

    /// Tells whether the stack can be updated. One that cannot has nothing that runs, or a person has to act first.
    pub(crate) fn is_usable(&self) -> bool {
        standing(&self.status) == Standing::Usable
    }
}

/// Deletes the stack and waits until it is gone.
///
/// # Errors
///
/// [`AwsCliError`]
pub(crate) async fn delete_stack(aws: &AwsCli, stack: &str) -> Result<(), AwsCliError> {
    aws.call(&["cloudformation", "delete-stack", "--stack-name", stack])
        .await?;
    aws.call(&[
        "cloudformation",
        "wait",
        "stack-delete-complete",
        "--stack-name",
        stack,
    ])
    .await
    .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_parameters_are_read() {
        let now = StackNow::from_answer(&serde_json::json!({"Stacks": [{
            "StackStatus": "UPDATE_COMPLETE",
            "Parameters": [{"ParameterKey": "LogLevel", "ParameterValue": "info"}],
        }]}));
        let parameters = BTreeMap::from([("LogLevel".to_owned(), "info".to_owned())]);
        assert_eq!((now.is_usable(), now.parameters), (true, parameters));
        assert!(
            !StackNow::from_answer(&Value::Null)
                .parameters
                .contains_key("LogLevel")
        );
    }
}
