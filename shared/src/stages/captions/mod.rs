//! Captions as viewers get them: WebVTT that is written anew from what an app or a file brought.
//!
//! Nothing of the source is passed on as it came. Of its cues, the times, the known settings, bold, italic, underlined
//! and annotated (ruby) letters, and the text are kept; styles, regions, notes, classes, voices and unknown tags are left
//! out. In the text every `&`, `<` and `>` is written as an entity, so that hostile text stays text, whatever reads it.
//! Everything is bounded: bytes, cues, the length of a cue, times. <https://www.w3.org/TR/webvtt1/>

mod notation;
pub mod playlist;
mod read;
mod settings;
mod text;
mod time;
pub mod zero;

pub use notation::Notation;
pub use read::{read, read_as};

pub(crate) use time::Time;

/// The maximum length of captions in bytes, as they come and as they are written. A film of four hours has 200 kB.
pub const MAX_BYTES: usize = 2 << 20;

/// The maximum number of cues: more than one a second in four hours.
pub const MAX_CUES: usize = 20_000;

/// The maximum length of a cue's text in characters. A screen shows a few hundred.
pub const MAX_CUE_CHARS: usize = 4_000;

/// The first line of every file of WebVTT.
const SIGNATURE: &str = "WEBVTT";

/// One caption, from one time to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    from: Time,
    to: Time,
    /// The settings that were understood, separated by spaces.
    settings: String,
    /// The text as it is written: escaped, with balanced tags, without empty lines.
    text: String,
}

/// Captions in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cues(Vec<Cue>);

/// The reason why captions are not accepted. Lines are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text is longer than [`MAX_BYTES`], as it came or as it would be written.
    #[error("captions have at most {} MiB", MAX_BYTES >> 20)]
    TooLong,
    /// The bytes are not UTF-8.
    #[error("captions must be in UTF-8; save the file again with this encoding")]
    NotUtf8,
    /// There is no cue.
    #[error(
        "there is no caption; give WebVTT or SubRip, whose lines of times are like 00:00:01.000 --> 00:00:02.500"
    )]
    NoCue,
    /// There are more than [`MAX_CUES`] cues.
    #[error("there are more than {MAX_CUES} captions")]
    TooManyCues,
    /// A line should be of times and is not.
    #[error("line {0} must have two times like 00:00:01.000 --> 00:00:02.500")]
    BadTimes(usize),
    /// The cue that begins at this line is longer than [`MAX_CUE_CHARS`].
    #[error("the caption at line {0} has more than {MAX_CUE_CHARS} characters")]
    LongCue(usize),
}

impl Cues {
    /// Returns the number of cues, which is never zero.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "captions are never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes the captions as WebVTT.
    ///
    /// # Errors
    /// [`Fault::TooLong`], because some letters become longer.
    pub fn write(&self) -> Result<String, Fault> {
        let mut written = format!("{SIGNATURE}\n");
        for cue in &self.0 {
            let space = if cue.settings.is_empty() { "" } else { " " };
            let times = format!("\n{} --> {}{space}{}\n", cue.from, cue.to, cue.settings);
            written.push_str(&times);
            written.push_str(&cue.text);
            written.push('\n');
            if written.len() > MAX_BYTES {
                return Err(Fault::TooLong);
            }
        }
        Ok(written)
    }
}

/// Adds to captions, as [`Cues::write`] wrote them, which time of a film's segments is their zero, in ticks of 90 kHz
/// (RFC 8216, 3.5). Players of whole files ignore it.
#[must_use]
pub fn with_zero(written: &str, ticks: u64) -> String {
    let rest = written.strip_prefix(SIGNATURE).unwrap_or(written);
    format!("{SIGNATURE}\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:{ticks}{rest}")
}

#[cfg(test)]
mod tests;
