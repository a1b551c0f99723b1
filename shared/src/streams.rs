//! What an audio or video file holds, as it stands in its record: found by probing, kept for its stage.

use dozo_probe::Description;
use serde::{Deserialize, Serialize};

/// The streams of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streams {
    /// How long it plays, in milliseconds: an estimate until its stage has seen all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The moving picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoStream>,
    /// The sound, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audio: Vec<AudioStream>,
}

/// A moving picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoStream {
    /// The codec, as FFmpeg calls it.
    pub codec: String,
    /// Pixels, as displayed: upright, and square.
    pub width: u32,
    /// Pixels, as displayed.
    pub height: u32,
    /// Degrees that the stored picture is turned by.
    pub rotation: u16,
    /// Pictures in a thousand seconds, on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames_per_1000_s: Option<u32>,
}

/// Sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioStream {
    /// The codec, as FFmpeg calls it.
    pub codec: String,
    /// Of each sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u16>,
    /// Samples a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<u32>,
}

impl From<&Description> for Streams {
    fn from(found: &Description) -> Self {
        Self {
            duration_ms: found.duration_ms,
            video: found.video.as_ref().map(|video| VideoStream {
                codec: video.codec.to_owned(),
                width: video.width,
                height: video.height,
                rotation: video.rotation,
                frames_per_1000_s: video.frames_per_1000_s,
            }),
            audio: found
                .audio
                .iter()
                .map(|audio| AudioStream {
                    codec: audio.codec.to_owned(),
                    channels: audio.channels,
                    sample_rate: audio.sample_rate,
                })
                .collect(),
        }
    }
}
