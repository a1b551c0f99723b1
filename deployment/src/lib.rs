//! Deploys Dozo, to AWS or to the local stack's emulator, and looks after what is deployed.
//!
//! ```text
//! deploy ─▶ key group ─▶ artifacts ─▶ package ─▶ change set ─▶ token key, signing key
//! keys, revoke, destroy ─▶ the same steps, on a deployed stack
//! ```
//!
//! Everything goes through the AWS CLI and knows nothing of an emulator: a laptop and AWS differ only in the endpoint
//! that [`aws_cli::AwsCli`] calls. No function contains any of it.

#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "a test stops at the first surprise"
    )
)]

pub mod checkout;
pub mod concurrency;
pub mod program;
pub mod progress;

mod aws_answer;
pub mod aws_cli;

pub mod adopt;
pub mod artifacts;
mod change_set;
mod changes;
pub mod deploy;
mod deploy_error;
pub mod destroy;
mod failure_reasons;
#[cfg(test)]
mod fake_aws;
pub mod key_group;
pub mod keys;
mod left_user;
#[cfg(test)]
mod memory_aws;
#[cfg(test)]
mod memory_call;
pub mod names;
mod retained;
pub mod revoke;
mod rollback;
pub mod rollout;
mod rollout_error;
mod secrets;
pub mod signing_key;
mod stack_now;
pub mod stack_outputs;
mod stack_status;
mod stored_secret;
pub mod template;
pub mod token_key;
