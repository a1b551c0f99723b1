//! Output for people and programs.

pub mod fields;
pub mod media;
pub mod quantity;
pub mod screen;
pub mod shown;
pub mod story;
pub mod style;
pub mod table;
