//! Removes a deployment, in the order that AWS accepts.
//!
//! First the token user's keys and the policies that the template does not know (IAM deletes nobody that has any),
//! then the stack, then the key group (no distribution may use it), its keys, and the artifact bucket. Media stay:
//! the template retains its buckets, and this command never empties one of them.

use crate::artifacts;
use crate::aws_cli::{AwsCli, AwsCliError, absent_as_none};
use crate::deploy::account;
use crate::key_group;
use crate::progress::Progress;
use crate::revoke::{self, Uploader};
use crate::stack_now::delete_stack;
use crate::stack_outputs::DeployedStack;
use crate::token_key::TokenKey;

/// Removes everything of `stack` but its media, and returns the names of the buckets that remain.
///
/// # Errors
///
/// [`AwsCliError`]; running it again continues.
pub async fn destroy(
    aws: &AwsCli,
    stack: &str,
    progress: Progress,
) -> Result<Vec<String>, AwsCliError> {
    let deployed = DeployedStack::read(aws, stack).await?;
    if let Some(deployed) = &deployed {
        progress
            .step(
                "deleting the token user's keys",
                release_uploader(aws, deployed),
            )
            .await?;
        let what = format!("deleting stack {stack} (deleting its distribution takes minutes)");
        progress.step(&what, delete_stack(aws, stack)).await?;
    }
    progress
        .step("deleting the key group", delete_keys(aws, stack))
        .await?;
    progress
        .step("deleting the artifact bucket", delete_artifacts(aws, stack))
        .await?;
    let retained = deployed.map(|deployed| deployed.buckets().into_values().collect());
    Ok(retained.unwrap_or_default())
}

/// Returns the text that tells the user how to delete the buckets that are left.
pub fn how_to_delete(buckets: &[String]) -> String {
    let mut text = String::from(
        "These buckets are kept, with all media in them; a later deployment of the same name uses them\n\
         again. Two of them keep old versions. To delete a bucket for good, empty it (S3 console: Empty, which\n\
         also deletes old versions), then run:\n",
    );
    for bucket in buckets {
        text.push_str(&format!("  aws s3api delete-bucket --bucket {bucket}\n"));
    }
    text
}

async fn release_uploader(aws: &AwsCli, deployed: &DeployedStack) -> Result<(), AwsCliError> {
    // A stack whose creation failed has no outputs.
    if let Ok(Some(key)) = TokenKey::of(deployed) {
        key.delete_keys_except(aws, None).await?;
    }
    match Uploader::of(deployed) {
        Ok(uploader) => revoke::forget(aws, uploader).await,
        Err(_) => Ok(()),
    }
}

async fn delete_keys(aws: &AwsCli, stack: &str) -> Result<(), AwsCliError> {
    let name = key_group::group_name(stack, aws.region());
    if let Some(group) = key_group::find(aws, &name).await? {
        key_group::delete_group(aws, &group.id).await?;
    }
    key_group::delete_keys_except(aws, &name, &[]).await
}

async fn delete_artifacts(aws: &AwsCli, stack: &str) -> Result<(), AwsCliError> {
    let bucket = artifacts::bucket_name(stack, &account(aws).await?, aws.region());
    if absent_as_none(
        aws.call(&["s3api", "head-bucket", "--bucket", &bucket])
            .await,
    )?
    .is_none()
    {
        return Ok(());
    }
    aws.text(&["s3", "rb", &format!("s3://{bucket}"), "--force"])
        .await
        .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_retained_bucket_is_named() {
        let text = how_to_delete(&["dozo-upload-1".to_owned(), "dozo-records-1".to_owned()]);
        assert!(
            text.contains("--bucket dozo-upload-1") && text.contains("--bucket dozo-records-1"),
            "{text}"
        );
    }
}
