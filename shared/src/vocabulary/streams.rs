//! The streams of an audio or video file, as they are stored in its record. Probing finds them; the file's stage uses
//! them.

use std::fmt;

use dozo_probe::{Description, Label, Selector, Sense};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::captions::{MAX_CAPTIONS, shown_name};
use crate::vocabulary::language::Language;

/// The maximum number of sound tracks that are played beside a picture; more are a mistake or an attack.
pub const MAX_TRACKS: u8 = 8;

/// The streams of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streams {
    /// The duration in milliseconds. It is an estimate until the file's stage has read the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// The moving picture that is played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoStream>,
    /// The sound tracks that are played, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audio: Vec<AudioStream>,
    /// The caption tracks that are read, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<TextStream>,
    /// The pictures and sound tracks that are not played.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// The identifier of a stream in its file, in the way FFmpeg selects streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamId {
    /// The index among all streams, from 0.
    Index(u16),
    /// The packet id in a transport stream.
    Packet(u16),
}

/// A moving picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoStream {
    /// The stream in the file. In older records it is `None`, which means the first picture.
    #[serde(default, rename = "place", skip_serializing_if = "Option::is_none")]
    pub id: Option<StreamId>,
    /// The codec, as FFmpeg names it.
    pub codec: String,
    /// The width in pixels as displayed: upright, with square pixels.
    pub width: u32,
    /// The height in pixels as displayed.
    pub height: u32,
    /// The degrees by which the stored picture is turned.
    pub rotation: u16,
    /// The average number of frames in a thousand seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames_per_1000_s: Option<u32>,
}

/// A sound track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioStream {
    /// The stream in the file. In older records it is `None`, which means that this track's place in the list is its
    /// place among the file's sound tracks.
    #[serde(default, rename = "place", skip_serializing_if = "Option::is_none")]
    pub id: Option<StreamId>,
    /// The number of the track among the file's sound tracks, from 1, if that differs from its place in this list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    /// The codec, as FFmpeg names it.
    pub codec: String,
    /// The number of channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u16>,
    /// The sample rate, in samples a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<u32>,
    /// The language, if the file tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The name of the track, if the file tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A caption track that becomes WebVTT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextStream {
    /// The stream in the file.
    #[serde(rename = "place")]
    pub id: StreamId,
    /// The number of the track among the file's caption tracks, from 1.
    pub number: u16,
    /// The codec, as FFmpeg names it.
    pub codec: String,
    /// The language, if the file tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The name of the track, if the file tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A picture or sound track that is not played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// The type of the track.
    pub kind: TrackKind,
    /// The number of the track among those of its type in the file, from 1.
    pub number: u16,
    /// The codec: FFmpeg's name, or the common name if FFmpeg does not decode it.
    pub codec: String,
    /// The reason why it is not played.
    pub reason: WhyLeftOut,
}

/// The type of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    /// A moving picture.
    Picture,
    /// Sound.
    Sound,
    /// Captions.
    Captions,
}

/// The reason why a track is not played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyLeftOut {
    /// The codec is not decoded here.
    NotDecoded,
    /// There is another track of this type, and only one is played.
    OneIsPlayed,
    /// At least [`MAX_TRACKS`] sound tracks come before it.
    TooMany,
    /// No captions could be read from it: it has none, or it took too long.
    NotRead,
}

impl LeftOut {
    /// Returns a message for a person.
    #[must_use]
    pub fn message(&self) -> String {
        let track = Named(self.kind, self.number);
        let codec = &self.codec;
        match self.reason {
            WhyLeftOut::NotDecoded => {
                format!("The {track} is in {codec}, which cannot be decoded here.")
            }
            WhyLeftOut::OneIsPlayed => {
                format!("The {track} ({codec}) is left out: only one track of this kind is played.")
            }
            WhyLeftOut::NotRead => {
                format!("The {track} ({codec}) is left out: no captions could be read from it.")
            }
            WhyLeftOut::TooMany if self.kind == TrackKind::Captions => {
                format!("The {track} ({codec}) is left out: at most {MAX_CAPTIONS} are read.")
            }
            WhyLeftOut::TooMany => format!(
                "The {track} ({codec}) is left out: at most {MAX_TRACKS} are played beside a picture."
            ),
        }
    }
}

/// The name of a track for a person, such as `second sound track`.
struct Named(TrackKind, u16);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.0 {
            TrackKind::Picture => "picture track",
            TrackKind::Sound => "sound track",
            TrackKind::Captions => "caption track",
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

impl From<Selector> for StreamId {
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
        // A file with sound alone plays one track, in several bit rates.
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
                .map(|(position, audio)| AudioStream {
                    id: Some(audio.selector.into()),
                    number: Some(audio.number).filter(|number| *number != position),
                    codec: audio.codec.to_owned(),
                    channels: audio.channels,
                    sample_rate: audio.sample_rate,
                    language: language(&audio.label),
                    name: audio.label.name.as_deref().and_then(shown_name),
                })
                .collect(),
            left_out: undecoded.chain(others).chain(unread_texts(found)).collect(),
            texts: texts(found),
        }
    }
}

fn language(label: &Label) -> Option<Language> {
    let language = Language::parse(label.language.as_deref()?)?;
    (!language.is_unknown()).then_some(language)
}

/// Returns the caption tracks that are read: those that FFmpeg decodes, up to a number.
fn texts(found: &Description) -> Vec<TextStream> {
    let decoded = (1..).zip(&found.texts).filter_map(|(number, text)| {
        Some(TextStream {
            id: text.selector.into(),
            number,
            codec: (*text.codec.as_ref().ok()?).to_owned(),
            language: language(&text.label),
            name: text.label.name.as_deref().and_then(shown_name),
        })
    });
    decoded.take(MAX_CAPTIONS.into()).collect()
}

fn unread_texts(found: &Description) -> impl Iterator<Item = LeftOut> {
    let decoded = found.texts.iter().filter(|text| text.codec.is_ok());
    let last = decoded.map(|text| text.selector).nth(MAX_CAPTIONS.into());
    let mut is_over = false;
    (1..).zip(&found.texts).filter_map(move |(number, text)| {
        is_over |= last == Some(text.selector);
        let (codec, reason) = match &text.codec {
            Ok(codec) if is_over => ((*codec).to_owned(), WhyLeftOut::TooMany),
            Ok(_) => return None,
            Err(name) => (name.clone(), WhyLeftOut::NotDecoded),
        };
        Some(LeftOut {
            kind: TrackKind::Captions,
            number,
            codec,
            reason,
        })
    })
}

impl From<&dozo_probe::Video> for VideoStream {
    fn from(video: &dozo_probe::Video) -> Self {
        Self {
            id: Some(video.selector.into()),
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
            label: Label::default(),
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
            texts: Vec::new(),
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
            Some("The third sound track (aac) is left out: only one track of this kind is played.")
        );
    }

    #[test]
    fn records_from_before_places_were_noted_are_read() {
        let old = r#"{"video":{"codec":"h264","width":64,"height":64,"rotation":0},"audio":[{"codec":"aac"}]}"#;
        let old: Result<Streams, _> = serde_json::from_str(old);
        let old = old
            .ok()
            .map(|streams| (streams.video.and_then(|video| video.id), streams.left_out));
        assert_eq!(old, Some((None, Vec::new())));
        let new = Streams::from(&found(1, true));
        let read = serde_json::to_string(&new).and_then(|text| serde_json::from_str(&text));
        assert_eq!(read.ok(), Some(new));
    }
}
