//! Imports buckets that no stack owns into the new stack, with all media in them.
//!
//! The template retains its buckets and fixes their names, so they outlive their stack: after `destroy`, after a
//! first deployment that failed, and after `kill -9` of the local stack, which writes objects to disk at once but its
//! stacks only at a clean stop. CloudFormation would then refuse to create them. So the deployment of a stack that
//! does not exist yet begins with an import of the buckets that do
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html>); the deployment
//! that follows configures the buckets and adds everything else.
//!
//! It imports only buckets that the template itself names, in the deploying account and region. Buckets may have been
//! named in another form than a new stack's ([`crate::names`]): the stack then gets theirs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, AwsCliError};
use crate::deploy_error::DeployError;
use crate::names::{Form, PARAMETER};
use crate::retained;
pub(crate) use crate::retained::Plan;
use crate::stack_now::{StackNow, delete_stack};
use crate::stack_status::{Standing, standing};

/// The change set's name, which is shown in the stack's events.
const CHANGE_SET: &str = "adopt-retained-buckets";

/// How the stack is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// The number of adopted buckets.
    pub adopted: usize,
    /// The form of the stack's names.
    pub names: Form,
}

/// Makes sure that the template can be deployed as a stack, which is `now` so or does not exist, and returns how.
///
/// # Errors
///
/// [`DeployError::Stuck`] and others if a person has to act first, and [`DeployError::Aws`].
pub(crate) async fn make_way(
    aws: &AwsCli,
    now: Option<&StackNow>,
    plan: Plan<'_>,
) -> Result<Way, DeployError> {
    let stack = plan.stack;
    if let Some(now) = now {
        match standing(&now.status) {
            Standing::Usable => return as_it_is(plan, Form::of(&now.parameters)),
            Standing::Unusable => delete_stack(aws, stack).await?,
            Standing::Stuck(way_out) => {
                return Err(DeployError::Stuck {
                    stack: stack.to_owned(),
                    status: now.status.clone(),
                    way_out: way_out.replace("{stack}", stack),
                });
            }
        }
    }
    let (names, buckets) = retained::find(aws, plan).await?;
    adopt(aws, stack, names, &buckets).await?;
    Ok(Way {
        adopted: buckets.len(),
        names,
    })
}

fn as_it_is(plan: Plan<'_>, names: Form) -> Result<Way, DeployError> {
    if plan.asked.is_some_and(|asked| asked != names) {
        return Err(DeployError::NamesStay {
            stack: plan.stack.to_owned(),
            names: names.as_str(),
        });
    }
    Ok(Way { adopted: 0, names })
}

/// Imports these buckets, by their logical ids, into the stack, which must not exist.
async fn adopt(
    aws: &AwsCli,
    stack: &str,
    names: Form,
    buckets: &BTreeMap<String, String>,
) -> Result<(), AwsCliError> {
    if buckets.is_empty() {
        return Ok(());
    }
    aws.call_with(
        &["cloudformation", "create-change-set"],
        &import(stack, names, buckets),
    )
    .await?;
    let change_set = ["--stack-name", stack, "--change-set-name", CHANGE_SET];
    for command in [
        &["wait", "change-set-create-complete"][..],
        &["execute-change-set"],
    ] {
        aws.call(&[&["cloudformation"], command, &change_set].concat())
            .await?;
    }
    aws.call(&[
        "cloudformation",
        "wait",
        "stack-import-complete",
        "--stack-name",
        stack,
    ])
    .await
    .map(|_| ())
}

fn import(stack: &str, names: Form, buckets: &BTreeMap<String, String>) -> Value {
    let resource = |name: &String| {
        json!({
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": { "BucketName": name },
        })
    };
    let resources: BTreeMap<&String, Value> = buckets
        .iter()
        .map(|(id, name)| (id, resource(name)))
        .collect();
    let identified = buckets.iter().map(|(id, name)| {
        json!({
            "ResourceType": "AWS::S3::Bucket",
            "LogicalResourceId": id,
            "ResourceIdentifier": { "BucketName": name },
        })
    });
    // If nothing else is deployed now, the next run reads the form of the names from here.
    let parameters = json!({ PARAMETER: { "Type": "String", "Default": names.as_str() } });
    json!({
        "StackName": stack,
        "ChangeSetName": CHANGE_SET,
        "ChangeSetType": "IMPORT",
        "TemplateBody": json!({ "Parameters": parameters, "Resources": resources }).to_string(),
        "ResourcesToImport": identified.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests;
