//! What an audio or video file is, by a few ranges of it: container, streams, codecs, duration, dimensions.
//!
//! ```text
//! first bytes ──▶ Container ──▶ probe ──▶ one parser a container ──▶ Description, or a Refusal
//!                                 └─ Reader: blocks of the file, bounded in number
//! ```
//!
//! Written for strangers' files of any size: nothing is decoded, a file is never read whole, and everything that a file
//! claims (sizes, counts, depths) is bounded before it is believed. A file that is too strange to be understood within
//! these bounds is refused. No library fits: those for containers either read from the start to the end, or trust the
//! sizes that they are told.
//!
//! A crate of its own, since it knows nothing of the platform: it builds, and is fuzzed, in seconds.

mod av1;
mod avi;
mod codec;
mod container;
mod cut;
mod describe;
pub mod durations;
mod dv;
mod flac;
mod matroska;
mod mp3;
mod mp4;
mod mpegts;
mod ogg;
mod orientation;
mod parameters;
mod reader;
mod sps;
mod stored;
mod tracks;
mod turn;
mod vc1;
mod wav;

pub use container::Container;
pub use describe::{Audio, Description, LeftOut, Selector, Sense, Video};
pub use reader::{MAX_READS, Source};

use reader::Reader;

/// Why a file is refused: a value, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It ends too early, contradicts itself, or is stranger than what is looked at.
    Damaged,
    /// It can be played with somebody's keys only.
    Encrypted,
    /// It has no stream of sound or moving pictures.
    NoStream,
    /// It has a picture, and none that FFmpeg decodes; or sound alone, and none that FFmpeg decodes.
    Undecoded {
        /// Which of the two.
        sense: Sense,
        /// What the first of them is in, for a person.
        codec: String,
    },
}

/// Why there is no description.
#[derive(Debug, thiserror::Error)]
pub enum Stop<E> {
    /// The file's fault.
    #[error("the file is refused: {0:?}")]
    Refused(Refusal),
    /// The file could not be read.
    #[error("the file could not be read")]
    Source(#[source] E),
}

impl<E> From<Refusal> for Stop<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Of a parser that meets what cannot be.
pub(crate) const DAMAGED: Refusal = Refusal::Damaged;

/// Says what a file is that begins as this container.
///
/// # Errors
/// [`Stop::Refused`] for a file that cannot be accepted; [`Stop::Source`] when it cannot be read.
pub async fn probe<S: Source>(
    source: &S,
    container: Container,
) -> Result<Description, Stop<S::Error>> {
    let mut file = Reader::new(source);
    match container {
        Container::Mp4 | Container::Mov => mp4::read(&mut file).await,
        Container::Matroska | Container::Webm => matroska::read(&mut file).await,
        Container::Avi => avi::read(&mut file).await,
        Container::MpegTs => mpegts::read(&mut file).await,
        Container::Mp3 => mp3::read(&mut file).await,
        Container::Wav => wav::read(&mut file).await,
        Container::Flac => flac::read(&mut file).await,
        Container::Ogg => ogg::read(&mut file).await,
    }
}
