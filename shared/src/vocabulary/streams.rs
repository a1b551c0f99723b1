//! What an audio or video file holds, as it stands in its record: found by probing, kept for its stage.

use std::fmt;

use dozo_probe::{Description, Selector, Sense};
use serde::{Deserialize, Serialize};

/// Sound tracks beside a picture that are played; more is a mistake, or an attack.
pub const MAX_TRACKS: u8 = 8;

/// The streams of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streams {
    /// How long it plays, in milliseconds: an estimate until its stage has seen all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The moving picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoStream>,
    /// The sound that is played, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audio: Vec<AudioStream>,
    /// The pictures and the sound that are not played.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// Which stream of the file one is, as FFmpeg is asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Among all of them, from 0.
    Index(u16),
    /// By its packet id, in a transport stream.
    Packet(u16),
}

/// A moving picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoStream {
    /// Which of the file's streams it is; the first of pictures, where a record does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
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
    /// Which of the file's streams it is; as many of sound as there are before it here, where a record does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Which sound of the file it is, from 1, where it is another than its place in this list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    /// The codec, as FFmpeg calls it.
    pub codec: String,
    /// Of each sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u16>,
    /// Samples a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<u32>,
}

/// A picture or sound that is not played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// What it is.
    pub kind: TrackKind,
    /// Which of its kind in the file, from 1.
    pub number: u16,
    /// The codec, as FFmpeg calls it, or as a person does where FFmpeg does not decode it.
    pub codec: String,
    /// Why.
    pub reason: WhyLeftOut,
}

/// What a track is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    /// A moving picture.
    Picture,
    /// Sound.
    Sound,
}

/// Why a track is not played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyLeftOut {
    /// Its codec is not decoded here.
    NotDecoded,
    /// There is another of its kind, and only one is played.
    OneIsPlayed,
    /// There are more than [`MAX_TRACKS`] before it.
    TooMany,
}

impl LeftOut {
    /// For a person.
    #[must_use]
    pub fn message(&self) -> String {
        let track = Named(self.kind, self.number);
        let codec = &self.codec;
        match self.reason {
            WhyLeftOut::NotDecoded => {
                format!("The {track} is in {codec}, which cannot be decoded here.")
            }
            WhyLeftOut::OneIsPlayed => {
                format!("The {track} ({codec}) is left out: only one of its kind is played.")
            }
            WhyLeftOut::TooMany => format!(
                "The {track} ({codec}) is left out: at most {MAX_TRACKS} are played beside a picture."
            ),
        }
    }
}

/// A track for a person: `second sound track`.
struct Named(TrackKind, u16);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.0 {
            TrackKind::Picture => "picture track",
            TrackKind::Sound => "sound track",
        };
        let ordinals = [
            "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
            "tenth",
        ];
        let index = usize::from(self.1).checked_sub(1);
        match index.and_then(|index| ordinals.get(index)) {
            Some(ordinal) => write!(f, "{ordinal} {kind}"),
            None => write!(f, "{kind} number {}", self.1),
        }
    }
}

impl From<Selector> for Place {
    fn from(selector: Selector) -> Self {
        match selector {
            Selector::Index(index) => Self::Index(index),
            Selector::Packet(id) => Self::Packet(id),
        }
    }
}

impl From<Sense> for TrackKind {
    fn from(sense: Sense) -> Self {
        match sense {
            Sense::Picture => Self::Picture,
            Sense::Sound => Self::Sound,
        }
    }
}

impl From<&Description> for Streams {
    fn from(found: &Description) -> Self {
        // Sound alone has one track, in several bit rates.
        let (most, reason) = match found.video {
            Some(_) => (usize::from(MAX_TRACKS), WhyLeftOut::TooMany),
            None => (1, WhyLeftOut::OneIsPlayed),
        };
        let undecoded = found.left_out.iter().map(|track| LeftOut {
            kind: track.sense.into(),
            number: track.number,
            codec: track.codec.clone(),
            reason: if track.is_decoded {
                WhyLeftOut::OneIsPlayed
            } else {
                WhyLeftOut::NotDecoded
            },
        });
        let others = found.audio.iter().skip(most).map(|audio| LeftOut {
            kind: TrackKind::Sound,
            number: audio.number,
            codec: audio.codec.to_owned(),
            reason,
        });
        Self {
            duration_ms: found.duration_ms,
            video: found.video.as_ref().map(VideoStream::from),
            audio: (1..)
                .zip(found.audio.iter().take(most))
                .map(|(place, audio)| AudioStream {
                    place: Some(audio.selector.into()),
                    number: Some(audio.number).filter(|number| *number != place),
                    codec: audio.codec.to_owned(),
                    channels: audio.channels,
                    sample_rate: audio.sample_rate,
                })
                .collect(),
            left_out: undecoded.chain(others).collect(),
        }
    }
}

impl From<&dozo_probe::Video> for VideoStream {
    fn from(video: &dozo_probe::Video) -> Self {
        Self {
            place: Some(video.selector.into()),
            codec: video.codec.to_owned(),
            width: video.width,
            height: video.height,
            rotation: video.rotation,
            frames_per_1000_s: video.frames_per_1000_s,
        }
    }
}

#[cfg(test)]
mod tests {
    use dozo_probe::{Audio, Container, Video};

    use super::*;

    fn found(tracks: u16, has_picture: bool) -> Description {
        let audio = |index| Audio {
            selector: Selector::Index(index + 1),
            number: index + 2,
            codec: "aac",
            channels: None,
            sample_rate: None,
        };
        Description {
            container: Container::Mp4,
            duration_ms: Some(1_000),
            video: has_picture.then_some(Video {
                selector: Selector::Index(0),
                codec: "h264",
                width: 64,
                height: 64,
                rotation: 0,
                frames_per_1000_s: None,
            }),
            audio: (0..tracks).map(audio).collect(),
            left_out: vec![dozo_probe::LeftOut {
                sense: Sense::Sound,
                number: 1,
                codec: "Dolby AC-4".to_owned(),
                is_decoded: false,
            }],
        }
    }

    #[test]
    fn what_is_not_played_is_said() {
        let film = Streams::from(&found(10, true));
        assert_eq!(film.audio.len(), usize::from(MAX_TRACKS));
        let messages: Vec<_> = film.left_out.iter().map(LeftOut::message).collect();
        assert_eq!(
            messages,
            [
                "The first sound track is in Dolby AC-4, which cannot be decoded here.",
                "The tenth sound track (aac) is left out: at most 8 are played beside a picture.",
                "The sound track number 11 (aac) is left out: at most 8 are played beside a picture.",
            ]
        );
        let sound = Streams::from(&found(2, false));
        assert_eq!((sound.audio.len(), sound.left_out.len()), (1, 2));
        assert_eq!(
            sound.left_out.last().map(LeftOut::message).as_deref(),
            Some("The third sound track (aac) is left out: only one of its kind is played.")
        );
    }

    #[test]
    fn records_from_before_places_were_noted_are_read() {
        let old = r#"{"video":{"codec":"h264","width":64,"height":64,"rotation":0},"audio":[{"codec":"aac"}]}"#;
        let old: Result<Streams, _> = serde_json::from_str(old);
        let old = old.ok().map(|streams| {
            (
                streams.video.and_then(|video| video.place),
                streams.left_out,
            )
        });
        assert_eq!(old, Some((None, Vec::new())));
        let new = Streams::from(&found(1, true));
        let read = serde_json::to_string(&new).and_then(|text| serde_json::from_str(&text));
        assert_eq!(read.ok(), Some(new));
    }
}
