//! Finds the buckets that an earlier stack of the same name left behind.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::aws_cli::{AwsCli, AwsCliError, list_at};
use crate::deploy_error::DeployError;
use crate::names::Form;

/// Bucket names by their logical ids in the template.
type Buckets = BTreeMap<String, String>;

/// The stack that is to be, and the template that names its buckets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan<'a> {
    /// Stack name.
    pub(crate) stack: &'a str,
    /// The deploying account.
    pub(crate) account: &'a str,
    /// The template's text.
    pub(crate) template: &'a str,
    /// The form of names that was asked for, if any.
    pub(crate) asked: Option<Form>,
}

/// Returns the form of the new stack's names, and those of its buckets that exist already.
///
/// # Errors
///
/// [`DeployError::BucketElsewhere`] if another region has one of them, [`DeployError::TwoPasts`] if buckets of both forms
/// are there and none was asked for, and [`DeployError::Aws`].
pub(crate) async fn find(aws: &AwsCli, plan: Plan<'_>) -> Result<(Form, Buckets), DeployError> {
    let listed = aws.call(&["s3api", "list-buckets"]).await?;
    if let Some(asked) = plan.asked {
        let past = Past::read(aws, plan, asked, &listed).await?;
        return Ok((asked, past.all_here(aws, asked)?));
    }
    let account = Past::read(aws, plan, Form::Account, &listed).await?;
    let region = Past::read(aws, plan, Form::Region, &listed).await?;
    match (account.here.values().next(), region.here.values().next()) {
        (Some(one), Some(other)) => Err(DeployError::TwoPasts(one.clone(), other.clone())),
        (Some(_), None) => Ok((Form::Account, account.all_here(aws, Form::Account)?)),
        // Buckets in other regions whose names have none belong to another stack, and are in nobody's way.
        (None, _) => Ok((Form::Region, region.all_here(aws, Form::Region)?)),
    }
}

/// The account's buckets that have the names of a form.
struct Past {
    here: Buckets,
    /// A bucket in another region, and that region.
    elsewhere: Option<(String, String)>,
}

impl Past {
    async fn read(
        aws: &AwsCli,
        plan: Plan<'_>,
        form: Form,
        listed: &Value,
    ) -> Result<Self, AwsCliError> {
        let existing: Vec<&str> = list_at(listed, "/Buckets")
            .iter()
            .filter_map(|bucket| bucket.get("Name")?.as_str())
            .collect();
        let mut past = Self {
            here: named_buckets(plan, form, aws.region()),
            elsewhere: None,
        };
        past.here
            .retain(|_, name| existing.contains(&name.as_str()));
        for (id, name) in past.here.clone() {
            let region = region_of(aws, &name).await?;
            if region != aws.region() {
                past.here.remove(&id);
                past.elsewhere = Some((name, region));
            }
        }
        Ok(past)
    }

    fn all_here(self, aws: &AwsCli, form: Form) -> Result<Buckets, DeployError> {
        let Some((bucket, region)) = self.elsewhere else {
            return Ok(self.here);
        };
        let way_out = match form {
            Form::Account => format!(
                "deploy in {region}, or here with PARAMS=\"Names=region\", which every new stack gets"
            ),
            Form::Region => format!(
                "choose another name for the stack, or delete the bucket, which is not of {} in spite of its name",
                aws.region()
            ),
        };
        Err(DeployError::BucketElsewhere {
            bucket,
            region,
            way_out,
        })
    }
}

/// Returns a bucket's region. S3 says nothing of us-east-1, and calls eu-west-1 `EU` where it was asked for so.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
async fn region_of(aws: &AwsCli, bucket: &str) -> Result<String, AwsCliError> {
    let located = aws
        .call(&["s3api", "get-bucket-location", "--bucket", bucket])
        .await?;
    let region = located.get("LocationConstraint").and_then(Value::as_str);
    Ok(match region {
        None | Some("") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    }
    .to_owned())
}

/// Returns bucket names by logical id, read from the lines `  <Id>:` and `      BucketName: !Sub ['<name>', …]`.
fn named_buckets(plan: Plan<'_>, form: Form, region: &str) -> Buckets {
    let mut resource = "";
    let mut buckets = Buckets::new();
    for line in plan.template.lines() {
        let nested = line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with([' ', '#']));
        if let Some(id) = nested.and_then(|rest| rest.trim_end().strip_suffix(':')) {
            resource = id;
        }
        let name = line.strip_prefix("      BucketName: !Sub ['");
        if let Some((name, _)) = name.and_then(|rest| rest.split_once('\'')) {
            let name = name
                .replace("${AWS::StackName}", plan.stack)
                .replace("${AWS::AccountId}", plan.account)
                .replace("${In}", &form.ending(region));
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
        let plan = Plan {
            stack: "dozo",
            account: "123456789012",
            template,
            asked: None,
        };
        let declared = template
            .lines()
            .filter(|line| line.trim() == "Type: AWS::S3::Bucket")
            .count();
        for (form, upload, records) in [
            (
                Form::Account,
                "dozo-upload-123456789012",
                "dozo-records-123456789012",
            ),
            (
                Form::Region,
                "dozo-upload-123456789012-eu-west-1",
                "dozo-records-123456789012-eu-west-1",
            ),
        ] {
            let buckets = named_buckets(plan, form, "eu-west-1");
            assert_eq!(buckets.len(), declared, "{buckets:?}");
            let name = |id: &str| buckets.get(id).map(String::as_str);
            assert_eq!(name("UploadBucket"), Some(upload));
            assert_eq!(name("RecordsBucket"), Some(records));
            assert!(
                buckets.values().all(|name| !name.contains('$')),
                "{buckets:?}"
            );
        }
    }
}
