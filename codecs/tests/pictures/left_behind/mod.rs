//! Tests that nothing which a picture does not need to be shown stays in the delivered original.

mod gif;
mod jpeg;
mod png;
mod webp;
