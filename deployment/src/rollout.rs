//! Changes a stack: shows what would change, asks where data or addresses are at stake, and says why it failed.
//!
//! `aws cloudformation deploy` does not do it, because it takes no `RollbackConfiguration` and shows nothing.

use crate::aws_cli::AwsCli;
use crate::change_set::{self, ChangeSet};
use crate::changes;
use crate::failure_reasons;
use crate::progress::Progress;
use crate::rollback::{self, Watch};
pub use crate::rollout_error::RolloutError;
use crate::stack_status::{Standing, standing};

/// The approval to lose what is at stake.
#[derive(Debug, Clone, Copy)]
pub enum Approval {
    /// It is agreed to already.
    Given,
    /// Somebody is asked, and answers whether to go on. The question lists what is at stake.
    Asked(fn(&str) -> std::io::Result<bool>),
    /// There is nobody to ask.
    Missing,
}

/// A change that is asked for.
pub(crate) struct Rollout<'a> {
    pub(crate) stack: &'a str,
    /// The name of the change set.
    pub(crate) name: &'a str,
    pub(crate) template_url: &'a str,
    pub(crate) parameters: &'a [serde_json::Value],
    /// For how many minutes an update is watched after it, or `None` for a new stack.
    pub(crate) watched: Option<u8>,
    pub(crate) approval: Approval,
}

/// Changes the stack; one that is already as asked for is no error.
///
/// # Errors
///
/// [`RolloutError`], with CloudFormation's own reasons.
pub(crate) async fn roll_out(
    aws: &AwsCli,
    wanted: &Rollout<'_>,
    progress: Progress,
) -> Result<(), RolloutError> {
    let stack = wanted.stack;
    let watch = match wanted.watched {
        Some(minutes) => Some(rollback::watch(aws, stack, minutes).await),
        None => None,
    };
    let rollback = watch.as_ref().map(|watch| &watch.configuration);
    let (url, parameters) = (wanted.template_url, wanted.parameters);
    let request = change_set::request(stack, wanted.name, url, parameters, rollback);
    let creating = change_set::create(aws, stack, wanted.name, &request);
    let created = progress.step("asking what would change", creating).await?;
    let Some(change_set) = created else {
        progress.note("nothing changes");
        return Ok(());
    };
    for line in changes::table(&change_set.changes) {
        progress.note(&line);
    }
    agree(aws, wanted.approval, &change_set).await?;
    let watched = watch.as_ref().is_some_and(Watch::is_on);
    let what = match wanted.watched.filter(|_| watched) {
        Some(minutes) => {
            format!("deploying stack {stack}, with {minutes} minutes of watching its alarms")
        }
        None => format!("deploying stack {stack}"),
    };
    if let Some(note) = watch.and_then(|watch| watch.note) {
        progress.note(&note);
    }
    progress
        .step(&what, executed(aws, stack, &change_set, watched))
        .await
}

/// Deletes the change set unless nothing is at stake or somebody agrees.
async fn agree(aws: &AwsCli, approval: Approval, set: &ChangeSet) -> Result<(), RolloutError> {
    let at_stake = changes::at_stake(&set.changes);
    let agreed = match approval {
        _ if at_stake.is_empty() => Ok(true),
        Approval::Given => Ok(true),
        Approval::Missing => Ok(false),
        Approval::Asked(ask) => ask(&format!(
            "Data or addresses are at stake:\n  {}\nTo go on all the same, type yes: ",
            at_stake.join("\n  ")
        )),
    };
    if matches!(agreed, Ok(true)) {
        return Ok(());
    }
    change_set::delete(aws, set).await?;
    agreed.map_err(RolloutError::Ask)?;
    Err(RolloutError::NotAgreed { at_stake })
}

async fn executed(
    aws: &AwsCli,
    stack: &str,
    change_set: &ChangeSet,
    watched: bool,
) -> Result<(), RolloutError> {
    let status = change_set::execute(aws, stack, change_set).await?.status;
    if ["CREATE_COMPLETE", "UPDATE_COMPLETE"].contains(&status.as_str()) {
        return Ok(());
    }
    let mut reasons = failure_reasons::of_latest_attempt(aws, stack).await;
    if watched && status.starts_with("UPDATE_ROLLBACK") {
        let which = rollback::what_is_wrong(stack);
        reasons.push(format!(
            "  If an alarm caused it, this says which one: {which}"
        ));
    }
    if let Standing::Stuck(way_out) = standing(&status) {
        reasons.push(format!("  To go on: {}", way_out.replace("{stack}", stack)));
    }
    Err(RolloutError::Failed {
        stack: stack.to_owned(),
        status,
        reasons,
    })
}

#[cfg(test)]
mod tests;
