//! Imports buckets that no stack owns into the new stack, with all media in them.
//!
//! The template retains its buckets and fixes their names, so they outlive their stack: after `destroy`, after a
//! first deployment that failed, and after `kill -9` of the local stack, which writes objects to disk at once but its
//! stacks only at a clean stop. CloudFormation would then refuse to create them. So the deployment of a stack that
//! does not exist yet begins with an import of the buckets that do
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html>); the deployment
//! that follows configures the buckets and adds everything else.
//!
//! It imports only buckets that the template itself names, in the deploying account.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::aws_cli::{AwsCli, AwsCliError, list_at};
use crate::deploy_error::DeployError;
use crate::stack_now::{StackNow, delete_stack};
use crate::stack_status::{Standing, standing};

/// The change set's name, which is shown in the stack's events.
const CHANGE_SET: &str = "adopt-retained-buckets";

/// Makes sure that the template can be deployed as `stack`, which is `now` so or does not exist, and returns the number of
/// adopted buckets.
///
/// # Errors
///
/// [`DeployError::Stuck`] if a person has to act first, and [`DeployError::Aws`].
pub(crate) async fn make_way(
    aws: &AwsCli,
    stack: &str,
    now: Option<&StackNow>,
    account: &str,
    template: &str,
) -> Result<usize, DeployError> {
    if let Some(now) = now {
        match standing(&now.status) {
            Standing::Usable => return Ok(0),
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
    Ok(adopt(aws, stack, account, template).await?)
}

/// Imports those of the template's buckets that exist already, and returns their number.
///
/// The stack must not exist. `template` is the template's text.
async fn adopt(
    aws: &AwsCli,
    stack: &str,
    account: &str,
    template: &str,
) -> Result<usize, AwsCliError> {
    let listed = aws.call(&["s3api", "list-buckets"]).await?;
    let existing: Vec<&str> = list_at(&listed, "/Buckets")
        .iter()
        .filter_map(|bucket| bucket.get("Name")?.as_str())
        .collect();
    let mut buckets = named_buckets(template, stack, account);
    buckets.retain(|_, name| existing.contains(&name.as_str()));
    if buckets.is_empty() {
        return Ok(0);
    }
    aws.call_with(
        &["cloudformation", "create-change-set"],
        &import(stack, &buckets),
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
    .await?;
    Ok(buckets.len())
}

fn import(stack: &str, buckets: &BTreeMap<String, String>) -> Value {
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
    json!({
        "StackName": stack,
        "ChangeSetName": CHANGE_SET,
        "ChangeSetType": "IMPORT",
        "TemplateBody": json!({ "Resources": resources }).to_string(),
        "ResourcesToImport": identified.collect::<Vec<_>>(),
    })
}

/// Returns bucket names by logical id, read from the lines `  <Id>:` and `      BucketName: !Sub <name>`.
fn named_buckets(template: &str, stack: &str, account: &str) -> BTreeMap<String, String> {
    let mut resource = "";
    let mut buckets = BTreeMap::new();
    for line in template.lines() {
        let nested = line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with([' ', '#']));
        if let Some(id) = nested.and_then(|rest| rest.trim_end().strip_suffix(':')) {
            resource = id;
        }
        if let Some(name) = line.strip_prefix("      BucketName: !Sub ") {
            let name = name
                .trim()
                .replace("${AWS::StackName}", stack)
                .replace("${AWS::AccountId}", account);
            buckets.insert(resource.to_owned(), name);
        }
    }
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bucket_of_the_template_is_found_under_its_name() {
        let template = include_str!("../../template.yaml");
        let buckets = named_buckets(template, "dozo", "123456789012");
        let declared = template
            .lines()
            .filter(|line| line.trim() == "Type: AWS::S3::Bucket")
            .count();
        assert_eq!(buckets.len(), declared, "{buckets:?}");
        assert_eq!(
            buckets.get("UploadBucket").map(String::as_str),
            Some("dozo-upload-123456789012")
        );
        assert_eq!(
            buckets.get("RecordsBucket").map(String::as_str),
            Some("dozo-records-123456789012")
        );
        assert!(
            buckets.values().all(|name| !name.contains('$')),
            "{buckets:?}"
        );
    }

    #[test]
    fn an_import_names_each_bucket_twice_and_retains_it() {
        let buckets = BTreeMap::from([("UploadBucket".to_owned(), "dozo-upload-1".to_owned())]);
        let request = import("dozo", &buckets);
        let identifier = request.pointer("/ResourcesToImport/0/ResourceIdentifier/BucketName");
        assert_eq!(identifier, Some(&json!("dozo-upload-1")));
        let body = request
            .get("TemplateBody")
            .and_then(Value::as_str)
            .unwrap_or_default();
        assert!(body.contains(r#""DeletionPolicy":"Retain""#), "{body}");
    }
}
