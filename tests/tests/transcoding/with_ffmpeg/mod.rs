//! With FFmpeg itself: as the engine, and again as the referee of what was published.

mod colours;
mod engine;
mod played;
mod posters;
mod together;
mod turned;
