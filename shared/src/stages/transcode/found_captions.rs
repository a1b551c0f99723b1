//! The captions that were found in an upload, as they wait in WORK.

use serde::{Deserialize, Serialize};

use crate::stages::captions::{Fault, Notation, read_as};
use crate::vocabulary::captions::{Captions, CaptionsId, Origin};
use crate::vocabulary::language::Language;
use crate::vocabulary::streams::{LeftOut, TextStream, TrackKind, WhyLeftOut};

/// The maximum length of all captions of a file together, in bytes. They are one object, and go through memory.
const MAX_ALL_BYTES: usize = 16 << 20;

/// The findings of the pass.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) texts: Vec<Text>,
    /// Tracks from which nothing could be read.
    unread: Vec<LeftOut>,
}

/// Captions with their text, as WebVTT that is ours.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Text {
    pub(super) captions: Captions,
    pub(super) text: String,
}

impl Found {
    /// Returns the captions, as the record lists them.
    pub(super) fn captions(&self) -> Vec<Captions> {
        self.texts.iter().map(|one| one.captions.clone()).collect()
    }

    /// Returns the tracks from which nothing could be read.
    pub(super) fn unread(&self) -> &[LeftOut] {
        &self.unread
    }

    pub(super) fn add(&mut self, stream: &TextStream, read: Option<&[u8]>) {
        let all: usize = self.texts.iter().map(|one| one.text.len()).sum();
        let text = read
            .ok_or(Fault::NoCue)
            .and_then(|bytes| read_as(bytes, Notation::Plain)?.write());
        match text {
            Ok(text) if all + text.len() <= MAX_ALL_BYTES => {
                let language = stream.language.unwrap_or(Language::unknown());
                let same = self.texts.iter();
                let same = same
                    .filter(|one| one.captions.id.language == language)
                    .count();
                let number = u8::try_from(same).unwrap_or(u8::MAX).saturating_add(1);
                self.texts.push(Text {
                    captions: Captions {
                        id: CaptionsId { language, number },
                        name: stream.name.clone(),
                        from: Origin::File,
                        digest: None,
                        waits: None,
                    },
                    text,
                });
            }
            Ok(_) | Err(_) => self.unread.push(LeftOut {
                kind: TrackKind::Captions,
                number: stream.number,
                codec: stream.codec.clone(),
                reason: WhyLeftOut::NotRead,
            }),
        }
    }
}
