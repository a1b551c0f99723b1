//! How marks in the text of cues are written.

/// A notation of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// As in WebVTT: everything in angle brackets is a tag, and there are entities.
    Marked,
    /// As in SubRip, and as FFmpeg writes WebVTT: only known tags are tags, and there are no entities.
    Plain,
}
