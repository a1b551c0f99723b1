//! Runs the whole platform on one machine, and deploys it to AWS.
//!
//! ```text
//! run, with-stack ─▶ lock ─▶ ports ─▶ leftovers ─▶ ministack ─▶ deploy ─▶ users ─▶ demo app
//!                                                                 │          ─▶ edge ─▶ demo ─▶ stack.json
//! deploy (AWS) ──────────────────────────────────────────────────▶┘
//!                 key group ─▶ artifacts ─▶ package + deploy ─▶ token key, signing key
//! keys, revoke, destroy ─▶ the same steps, on a deployed stack
//! ```
//!
//! Provisioning goes through the AWS CLI and knows nothing of the emulator: a laptop and AWS differ only in the
//! endpoint that [`aws_cli::AwsCli`] calls. Everything here is for development, tests and deployment; no function
//! contains any of it.

#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "a test stops at the first surprise"
    )
)]

pub mod demo;
pub mod edge;
pub mod faults;

pub mod interrupt;
pub mod layout;
pub mod lock;
pub mod ports;
pub mod process;
pub mod progress;

mod aws_answer;
pub mod aws_cli;
pub mod signed_http;

pub mod adopt;
pub mod artifacts;
pub mod deploy;
mod deploy_error;
pub mod destroy;
pub mod key_group;
pub mod keys;
pub mod revoke;
mod secrets;
pub mod signing_key;
pub mod stack_outputs;
pub mod template;
pub mod token_key;

pub mod demo_app;
pub mod function_logs;
pub mod leftovers;
pub mod local_stack;
pub mod ministack;
pub mod readdress;
pub mod run;
pub mod running;
pub mod stack_file;
pub mod users;
pub mod with_stack;
