//! Collects a file's streams as a parser finds them, and decides which are played, which are left out, and whether the
//! file is refused for its codecs.
//!
//! A picture that cannot be decoded is never ignored silently, because a film would become sound alone. If no picture
//! of a file can be decoded, the file is refused, and the refusal names the codec.

use crate::codec::Codec;
use crate::describe::Shape;
use crate::{
    Audio, Container, DAMAGED, Description, Label, LeftOut, Refusal, Selector, Sense, Text, Video,
};

/// The maximum number of streams that are described; further ones are only counted.
const MAX_DESCRIBED: usize = 64;

/// The streams found so far.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    video: Option<Video>,
    audio: Vec<Audio>,
    left_out: Vec<LeftOut>,
    texts: Vec<Text>,
    pictures: u16,
    sounds: u16,
    /// Whether there is a picture with a supported codec but of unknown shape.
    has_shapeless: bool,
}

impl Tracks {
    /// Adds a moving picture. `shape` is `None` if the file should tell it and does not.
    pub(crate) fn picture(&mut self, selector: Selector, codec: Codec, shape: Option<Shape>) {
        self.pictures = self.pictures.saturating_add(1);
        match (codec, shape) {
            (Ok(codec), Some(shape)) if self.video.is_none() => {
                self.video = Some(Video::displayed(selector, codec, &shape));
            }
            (Ok(codec), shape) => {
                self.has_shapeless |= shape.is_none();
                self.leave_out(Sense::Picture, self.pictures, codec.to_owned(), true);
            }
            (Err(name), _) => self.leave_out(Sense::Picture, self.pictures, name, false),
        }
    }

    /// Adds a sound stream, with its channels and samples per second if they are known.
    pub(crate) fn sound(
        &mut self,
        selector: Selector,
        codec: Codec,
        channels: Option<u16>,
        sample_rate: Option<u32>,
    ) {
        self.labelled_sound((selector, Label::default()), codec, channels, sample_rate);
    }

    /// Adds a sound stream with what the container says of it.
    pub(crate) fn labelled_sound(
        &mut self,
        (selector, label): (Selector, Label),
        codec: Codec,
        channels: Option<u16>,
        sample_rate: Option<u32>,
    ) {
        self.sounds = self.sounds.saturating_add(1);
        match codec {
            Ok(codec) if self.audio.len() < MAX_DESCRIBED => self.audio.push(Audio {
                selector,
                number: self.sounds,
                codec,
                channels: channels.filter(|channels| *channels > 0),
                sample_rate: sample_rate.filter(|rate| *rate > 0),
                label,
            }),
            Ok(_) => {}
            Err(name) => self.leave_out(Sense::Sound, self.sounds, name, false),
        }
    }

    /// Adds a caption track.
    pub(crate) fn text(&mut self, selector: Selector, codec: Codec, label: Label) {
        if self.texts.len() < MAX_DESCRIBED {
            self.texts.push(Text {
                selector,
                codec,
                label,
            });
        }
    }

    /// The description of a file with these streams.
    pub(crate) fn described(
        self,
        container: Container,
        duration_ms: Option<u64>,
    ) -> Result<Description, Refusal> {
        if self.video.is_none() && self.pictures > 0 {
            return Err(self.without_picture());
        }
        if self.video.is_none() && self.audio.is_empty() {
            let sound = self.left_out.into_iter().next();
            return Err(sound.map_or(Refusal::NoStream, |sound| Refusal::Undecoded {
                sense: Sense::Sound,
                codec: sound.codec,
            }));
        }
        if self
            .video
            .as_ref()
            .is_some_and(|video| video.width == 0 || video.height == 0)
        {
            return Err(DAMAGED);
        }
        Ok(Description {
            container,
            duration_ms,
            video: self.video,
            audio: self.audio,
            left_out: self.left_out,
            texts: self.texts,
        })
    }

    fn without_picture(self) -> Refusal {
        let mut pictures = self
            .left_out
            .into_iter()
            .filter(|track| track.sense == Sense::Picture);
        match pictures.find(|track| !track.is_decoded) {
            Some(track) if !self.has_shapeless => Refusal::Undecoded {
                sense: Sense::Picture,
                codec: track.codec,
            },
            Some(_) | None => DAMAGED,
        }
    }

    fn leave_out(&mut self, sense: Sense, number: u16, codec: String, is_decoded: bool) {
        if self.left_out.len() < MAX_DESCRIBED {
            self.left_out.push(LeftOut {
                sense,
                number,
                codec,
                is_decoded,
            });
        }
    }
}
