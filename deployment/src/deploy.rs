//! Deploys a stack, in the same way on AWS and on a laptop.
//!
//! 1. Refuse what the account cannot have, before anything is changed.
//! 2. Make sure that the key group exists, so that `private/*` is closed from the first deployment on.
//! 3. Import the buckets that an earlier stack left behind.
//! 4. Package the functions, show what would change, and change it, with the group's id as a parameter.
//! 5. Fill the secrets that the template created empty: the token user's key and the signing key.
//!
//! Every step first checks what exists, so a second run changes only what differs, and the next run completes one
//! that was interrupted.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::adopt::{self, Plan, Way};
use crate::artifacts::{self, Architecture};
use crate::aws_cli::{AwsCli, AwsCliError, string_at};
use crate::checkout::Checkout;
use crate::concurrency;
pub use crate::deploy_error::DeployError;
use crate::key_group::{self, KeyGroup};
use crate::names::{self, Form};
use crate::progress::Progress;
pub use crate::rollout::Approval;
use crate::rollout::{Rollout, roll_out};
use crate::secrets;
use crate::signing_key::SigningKey;
use crate::stack_now::StackNow;
use crate::stack_outputs::DeployedStack;
use crate::template;

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
    /// Minutes for which an update is watched after it, and rolled back if the stack's alarm goes off: 180 at most, and 0
    /// for no watching at all.
    pub watch_minutes: u8,
    /// The approval, which is needed when data or addresses are at stake.
    pub approval: Approval,
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
    let now = StackNow::read(aws, &wanted.stack).await?;
    let usable = now.as_ref().filter(|now| now.is_usable());
    let note = concurrency::check(aws, usable, &wanted.parameters).await?;
    note.into_iter().for_each(|note| progress.note(note));
    let preparing = prepare(aws, wanted, now.as_ref());
    let what = "preparing the key group, the artifact bucket and retained buckets";
    let prepared = progress.step(what, preparing).await?;
    if prepared.way.adopted > 0 {
        progress.note(&format!(
            "{} buckets with earlier media are part of the stack again",
            prepared.way.adopted
        ));
    }
    change(aws, wanted, usable, &prepared, progress).await?;
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

/// Packages the functions and changes the stack, which can be updated if it exists `now`.
async fn change(
    aws: &AwsCli,
    wanted: &Deployment,
    now: Option<&StackNow>,
    prepared: &Prepared,
    progress: Progress,
) -> Result<(), DeployError> {
    let name = Timestamp::now()
        .strftime("deploy-%Y%m%dT%H%M%SZ")
        .to_string();
    let key = format!("{name}.template");
    let packaging = template::package(aws, &wanted.checkout, &prepared.bucket, &key);
    let packaged = progress.step("packaging the functions", packaging).await?;
    let nothing = BTreeMap::new();
    let values = now.map_or(&nothing, |now| &now.parameters);
    for lost in packaged.lost(values) {
        progress.note(&format!(
            "{lost} is no parameter of the template any more; CHANGELOG.md says what to give instead"
        ));
    }
    let given = given(wanted, prepared);
    nobody_is_told(&given, values)
        .into_iter()
        .for_each(|warning| progress.note(warning));
    let rollout = Rollout {
        stack: &wanted.stack,
        name: &name,
        template_url: &packaged.url,
        parameters: &packaged.parameters(&given, values)?,
        watched: (now.is_some() || prepared.way.adopted > 0).then_some(wanted.watch_minutes),
        approval: wanted.approval,
    };
    Ok(roll_out(aws, &rollout, progress).await?)
}

struct Prepared {
    bucket: String,
    group: KeyGroup,
    fresh: Option<SigningKey>,
    way: Way,
    /// The form of the names, if the template lets choose.
    names: Option<Form>,
}

async fn prepare(
    aws: &AwsCli,
    wanted: &Deployment,
    now: Option<&StackNow>,
) -> Result<Prepared, DeployError> {
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
        let way = adopt::make_way(aws, now, plan).await?;
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

/// Returns the parameters that are given, by people or by us; theirs win.
fn given(wanted: &Deployment, prepared: &Prepared) -> BTreeMap<String, String> {
    let own = [
        ("KeyGroupId", prepared.group.id.as_str()),
        ("Architecture", wanted.architecture.as_str()),
    ];
    let names = prepared.names.map(|form| (names::PARAMETER, form.as_str()));
    let own = own.into_iter().chain(names);
    let mut given: BTreeMap<_, _> = own
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    given.extend(wanted.parameters.clone());
    given
}

/// Returns a warning if the stack's alarms reach nobody. A laptop has no alarms.
fn nobody_is_told(
    given: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> Option<&'static str> {
    let value = |name: &str| given.get(name).or_else(|| now.get(name));
    let is_laptop = value("Place").is_some_and(|place| place == "laptop");
    let is_told = value("AlarmEmail").is_some_and(|address| !address.is_empty());
    (!is_laptop && !is_told).then_some(
        "nobody is told when an alarm goes off, for example when a suspension is not confirmed; give an address with \
         PARAMS=\"AlarmEmail=ops@example.com\"",
    )
}

#[cfg(test)]
mod tests;
