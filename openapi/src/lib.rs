//! The description of the HTTP API in [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html).
//!
//! ```text
//! types of the library ──▶ schemas ──▶ tidy ─┐
//! routes: one entry a route ──▶ operation ───┼─▶ document ──▶ docs/openapi.json
//! about: title, servers, signatures ─────────┘      └──▶ page ──▶ docs/api.html
//! ```
//!
//! Schemas are derived from the types that the functions read and write, and problems are those that they answer. What the
//! types cannot say stands in `routes`. Functions do not use this crate: the one that answers the description has the
//! file in it.

#![cfg_attr(
    test,
    allow(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a test stops at the first surprise"
    )
)]

mod about;
mod document;
mod examples;
mod fault;
mod operation;
mod page;
mod problems;
mod routes;
mod schemas;
#[cfg(test)]
mod tests;
mod tidy;

pub use document::document;
pub use fault::Fault;
pub use page::page;
