//! Support code shared by the tests of the whole system.

pub mod clips;
pub mod crowd;
pub mod engine;
pub mod faults;
pub mod many;
pub mod mutated;
pub mod own_stack;
pub mod pdfs;
pub mod pictures;
pub mod post;
pub mod receiver;
pub mod stack;
pub mod template;
pub mod world;
