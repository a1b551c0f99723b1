//! Tests with FFmpeg itself: as the engine, and again to examine what was published.

mod captions;
mod colours;
mod engine;
mod played;
mod posters;
mod storyboards;
mod together;
mod turned;
