//! The one way a stack comes to be, on AWS and on a laptop.
//!
//! 1. The key group exists, so `private/*` is closed from the first deploy.
//! 2. `aws cloudformation package` and `deploy`, with the group's id as a parameter.
//! 3. The secrets that the template made empty are filled: the token user's key, the signing key.
//!
//! Every step looks first, so a second run changes only what differs, and a run that was interrupted
//! anywhere is completed by the next.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::artifacts::{self, Architecture, BinaryError};
use crate::aws_cli::{AwsCli, AwsCliError, list_at, string_at};
use crate::key_group::{self, KeyGroup, KeyGroupError, SigningKey};
use crate::layout::Checkout;
use crate::progress::Progress;
use crate::stack_outputs::{DeployedStack, MissingOutput, is_no_stack};
use crate::token_key::{self, TokenKey};

/// The template's output with the ARN of the signing key's secret.
///
/// Optional: a template without it has nothing that signs, and the private half is forgotten.
pub(crate) const SIGNING_SECRET: &str = "CloudFrontKeySecret";

/// What to deploy.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Where template and binaries are.
    pub checkout: Checkout,
    /// Stack name.
    pub stack: String,
    /// What `dist/` was built for.
    pub architecture: Architecture,
    /// Further template parameters; one that is absent keeps its earlier value.
    pub parameters: BTreeMap<String, String>,
}

/// Why a deployment stopped.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] AwsCliError),
    /// The key group cannot be made.
    #[error(transparent)]
    KeyGroup(#[from] KeyGroupError),
    /// The binaries are not there, or for another machine.
    #[error(transparent)]
    Binary(#[from] BinaryError),
    /// CloudFormation says no, and why.
    #[error("CloudFormation could not deploy stack {stack}:\n{}", reasons.join("\n"))]
    Template {
        /// Stack name.
        stack: String,
        /// `resource: reason` for everything that failed.
        reasons: Vec<String>,
        /// What the CLI said.
        source: AwsCliError,
    },
    /// The stack was deleted meanwhile.
    #[error("stack {0} is gone right after its deployment")]
    Gone(String),
    /// The template is not Dozo's.
    #[error(transparent)]
    Output(#[from] MissingOutput),
    /// The packaged template cannot be written.
    #[error("cannot write the packaged template")]
    Packaged(#[source] std::io::Error),
}

/// Deploys, and tells what there is now.
///
/// # Errors
///
/// [`DeployError`]; running it again continues.
pub async fn deploy(
    aws: &AwsCli,
    wanted: &Deployment,
    progress: Progress,
) -> Result<DeployedStack, DeployError> {
    artifacts::check_binaries(&wanted.checkout.dist(), wanted.architecture)?;
    let (bucket, (group, fresh)) = progress
        .step("key group and artifact bucket", prepare(aws, wanted))
        .await?;
    let packaged = progress
        .step("packaging the functions", package(aws, wanted, &bucket))
        .await?;
    let parameters = parameters(wanted, &group.id);
    let what = format!("deploying stack {}", wanted.stack);
    progress
        .step(&what, apply(aws, wanted, &packaged, &bucket, &parameters))
        .await?;
    let deployed = DeployedStack::read(aws, &wanted.stack).await?;
    let deployed = deployed.ok_or_else(|| DeployError::Gone(wanted.stack.clone()))?;
    progress
        .step(
            "keys in the stack's secrets",
            fill_secrets(aws, &deployed, &group, fresh),
        )
        .await?;
    Ok(deployed)
}

type Prepared = (String, (KeyGroup, Option<SigningKey>));

async fn prepare(aws: &AwsCli, wanted: &Deployment) -> Result<Prepared, DeployError> {
    let name = key_group::group_name(&wanted.stack, aws.region());
    let bucket = async {
        let bucket = artifacts::bucket_name(&wanted.stack, &account(aws).await?, aws.region());
        artifacts::ensure_bucket(aws, &bucket).await?;
        Ok(bucket)
    };
    let group = async { Ok(key_group::ensure(aws, &name).await?) };
    tokio::try_join!(bucket, group)
}

/// The account that the credentials belong to.
pub(crate) async fn account(aws: &AwsCli) -> Result<String, AwsCliError> {
    let identity = aws.call(&["sts", "get-caller-identity"]).await?;
    string_at(&identity, "/Account", "aws sts get-caller-identity")
}

async fn package(
    aws: &AwsCli,
    wanted: &Deployment,
    bucket: &str,
) -> Result<tempfile::TempPath, DeployError> {
    let packaged = tempfile::Builder::new()
        .prefix("dozo-")
        .suffix(".yaml")
        .tempfile();
    let packaged = packaged.map_err(DeployError::Packaged)?.into_temp_path();
    let template = wanted.checkout.template().display().to_string();
    let output = packaged.display().to_string();
    let command = [
        "cloudformation",
        "package",
        "--template-file",
        &template,
        "--s3-bucket",
        bucket,
    ];
    aws.text(&[&command[..], &["--output-template-file", &output]].concat())
        .await?;
    Ok(packaged)
}

fn parameters(wanted: &Deployment, key_group: &str) -> Vec<String> {
    let own = [
        ("KeyGroupId", key_group),
        ("Architecture", wanted.architecture.as_str()),
    ];
    let given = wanted
        .parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    own.into_iter()
        .chain(given)
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

async fn apply(
    aws: &AwsCli,
    wanted: &Deployment,
    packaged: &std::path::Path,
    bucket: &str,
    parameters: &[String],
) -> Result<(), DeployError> {
    delete_failed_creation(aws, &wanted.stack).await?;
    let template = packaged.display().to_string();
    let mut command = vec![
        "cloudformation",
        "deploy",
        "--template-file",
        &template,
        "--stack-name",
        &wanted.stack,
    ];
    // Over 51,200 bytes CloudFormation reads a template from S3 only.
    command.extend(["--s3-bucket", bucket, "--no-fail-on-empty-changeset"]);
    command.extend([
        "--capabilities",
        "CAPABILITY_IAM",
        "CAPABILITY_NAMED_IAM",
        "CAPABILITY_AUTO_EXPAND",
    ]);
    command.push("--parameter-overrides");
    command.extend(parameters.iter().map(String::as_str));
    let Err(source) = aws.text(&command).await else {
        return Ok(());
    };
    let reasons = failure_reasons(aws, &wanted.stack).await;
    if reasons.is_empty() {
        return Err(source.into());
    }
    Err(DeployError::Template {
        stack: wanted.stack.clone(),
        reasons,
        source,
    })
}

/// A stack whose first creation was rolled back can only be deleted; nothing of it is in use.
async fn delete_failed_creation(aws: &AwsCli, stack: &str) -> Result<(), AwsCliError> {
    let described = match aws
        .call(&["cloudformation", "describe-stacks", "--stack-name", stack])
        .await
    {
        Err(error) if is_no_stack(&error) => return Ok(()),
        other => other?,
    };
    let status = described
        .pointer("/Stacks/0/StackStatus")
        .and_then(Value::as_str);
    if status != Some("ROLLBACK_COMPLETE") {
        return Ok(());
    }
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

/// What failed in the latest attempt, first cause first; the CLI itself only says that something did.
async fn failure_reasons(aws: &AwsCli, stack: &str) -> Vec<String> {
    let events = aws
        .call(&[
            "cloudformation",
            "describe-stack-events",
            "--stack-name",
            stack,
        ])
        .await;
    events.map(|events| reasons_of(&events)).unwrap_or_default()
}

fn reasons_of(events: &Value) -> Vec<String> {
    let field = |event: &Value, name: &str| {
        event
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut reasons = Vec::new();
    // Newest first; the attempt began where the stack itself entered *_IN_PROGRESS at a user's request.
    for event in list_at(events, "/StackEvents") {
        let (status, reason) = (
            field(event, "ResourceStatus"),
            field(event, "ResourceStatusReason"),
        );
        if status.ends_with("_FAILED") && !reason.is_empty() {
            reasons.push(format!("  {}: {reason}", field(event, "LogicalResourceId")));
        }
        let is_start = status == "CREATE_IN_PROGRESS" || status == "UPDATE_IN_PROGRESS";
        if is_start && field(event, "ResourceType") == "AWS::CloudFormation::Stack" {
            break;
        }
    }
    reasons.reverse();
    reasons
}

async fn fill_secrets(
    aws: &AwsCli,
    deployed: &DeployedStack,
    group: &KeyGroup,
    fresh: Option<SigningKey>,
) -> Result<(), DeployError> {
    let token_key = TokenKey {
        user: deployed.output("TokenUser")?,
        secret: deployed.output("TokenSecret")?,
    };
    let token = async { token_key.ensure(aws).await.map_err(DeployError::from) };
    tokio::try_join!(token, publish_signing_key(aws, deployed, group, fresh)).map(|_| ())
}

async fn publish_signing_key(
    aws: &AwsCli,
    deployed: &DeployedStack,
    group: &KeyGroup,
    fresh: Option<SigningKey>,
) -> Result<(), DeployError> {
    let Some(secret) = deployed.outputs.get(SIGNING_SECRET) else {
        return Ok(());
    };
    let key = match fresh {
        Some(key) => key,
        None if stored_key_is_trusted(aws, secret, group).await? => return Ok(()),
        // The private half of the trusted key is lost, so nobody signs with it: replace it at once.
        None => key_group::create_key(aws, &group.name).await?,
    };
    token_key::write_secret(aws, secret, &key.secret_value()).await?;
    if !group.keys.contains(&key.public_key_id) {
        key_group::trust(aws, group, &[&key.public_key_id]).await?;
        key_group::delete_keys_except(aws, &group.name, &[&key.public_key_id]).await?;
    }
    Ok(())
}

async fn stored_key_is_trusted(
    aws: &AwsCli,
    secret: &str,
    group: &KeyGroup,
) -> Result<bool, AwsCliError> {
    let stored = token_key::read_secret(aws, secret).await?;
    let id = stored
        .as_ref()
        .and_then(|value| value.get("public_key_id"))
        .and_then(Value::as_str);
    Ok(id.is_some_and(|id| group.keys.iter().any(|key| key == id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reasons_are_those_of_the_latest_attempt() {
        let event = |id: &str, kind: &str, status: &str, reason: &str| json!({"LogicalResourceId": id, "ResourceType": kind, "ResourceStatus": status, "ResourceStatusReason": reason});
        let stack = "AWS::CloudFormation::Stack";
        let events = json!({"StackEvents": [
            event("dozo", stack, "ROLLBACK_COMPLETE", ""),
            event("Api", "AWS::ApiGatewayV2::Api", "CREATE_FAILED", "cancelled"),
            event("Api2", "AWS::ApiGatewayV2::Api", "CREATE_FAILED", "name taken"),
            event("dozo", stack, "CREATE_IN_PROGRESS", "User Initiated"),
            event("Old", "AWS::SQS::Queue", "UPDATE_FAILED", "long ago"),
        ]});
        assert_eq!(
            reasons_of(&events),
            ["  Api2: name taken", "  Api: cancelled"]
        );
    }

    #[test]
    fn a_given_parameter_comes_after_our_own() {
        let wanted = Deployment {
            checkout: Checkout::at("/nowhere"),
            stack: "dozo".to_owned(),
            architecture: Architecture::Arm64,
            parameters: BTreeMap::from([("LogLevel".to_owned(), "debug".to_owned())]),
        };
        assert_eq!(
            parameters(&wanted, "K"),
            ["KeyGroupId=K", "Architecture=arm64", "LogLevel=debug"]
        );
    }
}
