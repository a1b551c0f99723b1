//! What the tests of the whole system share.

pub mod clips;
pub mod crowd;
pub mod engine;
pub mod mutated;
pub mod own_stack;
pub mod pdfs;
pub mod pictures;
pub mod post;
pub mod stack;
pub mod template;
pub mod world;
