//! Runs the whole platform on one machine, for development and tests.
//!
//! ```text
//! run, with-stack ─▶ lock ─▶ ports ─▶ leftovers ─▶ ministack ─▶ deployment ─▶ users ─▶ demo app
//!                                                                         ─▶ edge ─▶ demo ─▶ stack.json
//! ```
//!
//! The crate `deployment` deploys here as it deploys to AWS; the crate `edge` stands in for CloudFront.

#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "a test stops at the first surprise"
    )
)]

pub mod demo;

pub mod interrupt;
pub mod lock;
pub mod ports;
pub mod process;

pub mod signed_http;

pub mod demo_app;
pub mod function_logs;
pub mod leftovers;
pub mod local_stack;
pub mod ministack;
pub mod private_file;
pub mod run;
pub mod running;
pub mod saved_port;
pub mod stack_dir;
pub mod users;
pub mod with_stack;
