//! Tests of the deployed stack, as its users and its operators meet it. `make test` starts one for all of them; a test
//! that breaks something starts a stack of its own.

mod admin;
mod announced;
mod api;
mod brought;
mod captions;
mod cases;
mod cli;
mod clients;
mod deployed;
mod documents;
mod door;
mod failures;
mod grants;
mod images;
mod refused;
mod restart;
mod store;
mod transcoding;
mod updated;
mod webhooks;
