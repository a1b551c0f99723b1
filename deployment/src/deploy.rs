//! Deploys a stack, in the same way on AWS and on a laptop.
//!
//! 1. Make sure that the key group exists, so that `private/*` is closed from the first deployment on.
//! 2. Import the buckets that an earlier stack left behind.
//! 3. Run `aws cloudformation package` and `deploy`, with the group's id as a parameter.
//! 4. Fill the secrets that the template created empty: the token user's key and the signing key.
//!
//! Every step first checks what exists, so a second run changes only what differs, and the next run completes one
//! that was interrupted.

use std::collections::BTreeMap;

use crate::adopt::{self, Plan, Way};
use crate::artifacts::{self, Architecture};
use crate::aws_cli::{AwsCli, AwsCliError, string_at};
use crate::checkout::Checkout;
pub use crate::deploy_error::DeployError;
use crate::key_group::{self, KeyGroup};
use crate::names::{self, Form};
use crate::progress::Progress;
use crate::secrets;
use crate::signing_key::SigningKey;
use crate::stack_outputs::DeployedStack;
use crate::template::{self};

/// A deployment: the checkout, the stack's name and the template's parameters.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The checkout with the template and the binaries.
    pub checkout: Checkout,
    /// Stack name.
    pub stack: String,
    /// The architecture that `dist/` was built for.
    pub architecture: Architecture,
    /// Further template parameters; one that is absent keeps its current value.
    pub parameters: BTreeMap<String, String>,
}

/// Deploys the stack and reads its outputs, functions and log groups.
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
    let preparing = prepare(aws, wanted);
    let prepared = progress
        .step(
            "preparing the key group, the artifact bucket and retained buckets",
            preparing,
        )
        .await?;
    if prepared.way.adopted > 0 {
        progress.note(&format!(
            "{} buckets with earlier media are part of the stack again",
            prepared.way.adopted
        ));
    }
    let packaging = template::package(aws, &wanted.checkout, &prepared.bucket);
    let packaged = progress.step("packaging the functions", packaging).await?;
    let parameters = parameters(wanted, &prepared.group.id, prepared.names);
    let what = format!("deploying stack {}", wanted.stack);
    let applying = template::apply(aws, &wanted.stack, &packaged, &prepared.bucket, &parameters);
    progress.step(&what, applying).await?;
    let deployed = DeployedStack::read(aws, &wanted.stack).await?;
    let deployed = deployed.ok_or_else(|| DeployError::Gone(wanted.stack.clone()))?;
    progress
        .step(
            "storing keys in the stack's secrets",
            secrets::fill(aws, &deployed, &prepared.group, prepared.fresh),
        )
        .await?;
    Ok(deployed)
}

struct Prepared {
    bucket: String,
    group: KeyGroup,
    fresh: Option<SigningKey>,
    way: Way,
    /// The form of the names, if the template lets choose.
    names: Option<Form>,
}

async fn prepare(aws: &AwsCli, wanted: &Deployment) -> Result<Prepared, DeployError> {
    let name = key_group::group_name(&wanted.stack, aws.region());
    let path = wanted.checkout.template();
    let template = std::fs::read_to_string(&path)
        .map_err(|source| DeployError::Unreadable { path, source })?;
    let buckets = async {
        let account = account(aws).await?;
        names::check(&wanted.stack, &account, aws.region())?;
        let bucket = artifacts::bucket_name(&wanted.stack, &account, aws.region());
        artifacts::ensure_bucket(aws, &bucket).await?;
        let asked = wanted.parameters.get(names::PARAMETER);
        let plan = Plan {
            stack: &wanted.stack,
            account: &account,
            template: &template,
            asked: asked.and_then(|value| Form::parse(value)),
        };
        let way = adopt::make_way(aws, plan).await?;
        Ok((bucket, way))
    };
    let group = async { Ok::<_, DeployError>(key_group::ensure(aws, &name).await?) };
    let ((bucket, way), (group, fresh)) = tokio::try_join!(buckets, group)?;
    Ok(Prepared {
        bucket,
        group,
        fresh,
        names: names::are_chosen(&template).then_some(way.names),
        way,
    })
}

/// Returns the account that the credentials belong to.
pub(crate) async fn account(aws: &AwsCli) -> Result<String, AwsCliError> {
    let identity = aws.call(&["sts", "get-caller-identity"]).await?;
    string_at(&identity, "/Account", "aws sts get-caller-identity")
}

fn parameters(wanted: &Deployment, key_group: &str, names: Option<Form>) -> Vec<String> {
    let own = [
        ("KeyGroupId", key_group),
        ("Architecture", wanted.architecture.as_str()),
    ];
    let names = names.map(|names| (names::PARAMETER, names.as_str()));
    let given = wanted
        .parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    own.into_iter()
        .chain(names)
        .chain(given)
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_parameter_comes_after_our_own() {
        let wanted = Deployment {
            checkout: Checkout::at("/nowhere"),
            stack: "dozo".to_owned(),
            architecture: Architecture::Arm64,
            parameters: BTreeMap::from([("LogLevel".to_owned(), "debug".to_owned())]),
        };
        assert_eq!(
            parameters(&wanted, "K", Some(Form::Region)),
            [
                "KeyGroupId=K",
                "Architecture=arm64",
                "Names=region",
                "LogLevel=debug"
            ]
        );
    }
}
