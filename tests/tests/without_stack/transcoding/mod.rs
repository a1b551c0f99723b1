//! Tests how audio and video become what every browser plays: in memory with a toy engine and with a service of toy
//! jobs, with FFmpeg itself, and on the stack.

mod before_publication;
pub(crate) mod in_memory;
pub(crate) mod scene;
mod service;
mod service_model;
mod strangers;
mod with_ffmpeg;
