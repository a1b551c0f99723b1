//! What validate-upload hands on: a file that was found good, to the stage that makes of it what viewers fetch.
//!
//! The road is the same for every such kind: the record is bound to the version of the upload (`processing`), then the
//! order is sent to the stage's queue. Whatever dies between the two, the upload's message comes again and the order is
//! sent then; an order that comes twice finds its work done. A retry or a restore goes the same way from there: by the
//! upload's message, in a new generation.
//!
//! An order names what it is about and nothing else: what is to be done is derived from the record.

use serde::{Deserialize, Serialize};

use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::{App, Media};
use crate::vocabulary::record::{Content, MediaRecord};
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::State;

/// An order to a stage. A stage's own messages begin with these fields, so that record-failure knows what a dead
/// letter was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Whose order it is.
    pub stage: Stage,
    /// The tenant.
    pub app: App,
    /// The media.
    pub media: Media,
    /// What is made under another one is void.
    pub generation: u32,
}

impl Handover {
    /// The whole of a media, to this stage.
    #[must_use]
    pub fn new(stage: Stage, record: &MediaRecord) -> Self {
        Self {
            stage,
            app: record.app.clone(),
            media: record.media.clone(),
            generation: record.generation,
        }
    }

    /// Whether the record still stands where this order is to be carried out.
    #[must_use]
    pub fn is_of(&self, record: &MediaRecord) -> bool {
        let kind = record.content.as_ref().map(Content::kind);
        record.state == State::Processing
            && record.generation == self.generation
            && kind.and_then(Kind::stage) == Some(self.stage.begun_by())
    }
}
