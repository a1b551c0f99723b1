//! Describes an audio or video file from a few ranges of it: container, streams, codecs, duration, dimensions.
//!
//! ```text
//! first bytes ──▶ Container ──▶ probe ──▶ one parser a container ──▶ Description, or a Refusal
//!                                 └─ Reader: blocks of the file, bounded in number
//! ```
//!
//! The parsers expect hostile files of any size: nothing is decoded, a file is never read whole, and everything that a
//! file claims (sizes, counts, depths) is bounded before it is used. A file that cannot be understood within these
//! bounds is refused. No existing library fits: those for containers either read from start to end, or trust the sizes
//! in the file.
//!
//! This is a crate of its own because it knows nothing of the platform: it builds and can be fuzzed in seconds.

mod av1;
mod avi;
mod codec;
mod container;
mod cut;
mod describe;
mod dolby_vision;
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

pub use codec::Codec;
pub use container::Container;
pub use describe::{Audio, Description, Label, LeftOut, Selector, Sense, Text, Video};
pub use reader::{MAX_READS, Source};

use reader::Reader;

/// The reason why a file is refused. It is a value, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It ends too early, contradicts itself, or exceeds the bounds of the parser.
    Damaged,
    /// It needs a decryption key.
    Encrypted,
    /// It has no stream of sound or moving pictures.
    NoStream,
    /// It has pictures but FFmpeg decodes none of them, or it has only sound and FFmpeg decodes none of it.
    Undecoded {
        /// Whether the pictures or the sound cannot be decoded.
        sense: Sense,
        /// A readable name of the first such codec.
        codec: String,
    },
}

/// The reason why there is no description.
#[derive(Debug, thiserror::Error)]
pub enum Stop<E> {
    /// The file itself is the cause.
    #[error("the file is refused: {0:?}")]
    Refused(Refusal),
    /// The file could not be read.
    #[error("the file cannot be read")]
    Source(#[source] E),
}

impl<E> From<Refusal> for Stop<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The refusal of a parser that finds something impossible.
pub(crate) const DAMAGED: Refusal = Refusal::Damaged;

/// Describes a file that begins like this container.
///
/// # Errors
/// [`Stop::Refused`] if the file cannot be accepted; [`Stop::Source`] if it cannot be read.
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
