//! Orders by which validate-upload hands a valid file to the stage that makes of it what viewers fetch, and by which a
//! stage is told to bring a file.
//!
//! Every kind of media that is handed over takes the same way: the record is bound to the version of the upload
//! (`processing`), then the order is sent to the stage's queue. If a process dies between these two steps, the upload's
//! message is delivered again and the order is sent then. An order that is delivered twice finds its work done. A retry
//! or a restore takes the same way again in a new generation, starting with the upload's message.
//!
//! An order only identifies the media and its generation; the work to do is derived from the record.

use serde::{Deserialize, Serialize};

use crate::vocabulary::kind::Kind;
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::record::{Content, MediaRecord};
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::State;

/// An order to a stage. A stage's own messages begin with the same fields, so that record-failure can tell what a dead
/// letter was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageOrder {
    /// The stage that receives the order.
    pub stage: Stage,
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
    /// The generation; output made in any other generation is void.
    pub generation: u32,
}

impl StageOrder {
    /// Creates an order to this stage for a whole media.
    #[must_use]
    pub fn new(stage: Stage, record: &MediaRecord) -> Self {
        Self {
            stage,
            app: record.app.clone(),
            media: record.media.clone(),
            generation: record.generation,
        }
    }

    /// Returns whether the record is still in the state in which this order is to be carried out.
    #[must_use]
    pub fn is_of(&self, record: &MediaRecord) -> bool {
        let kind = record.content.as_ref().map(Content::kind);
        let made_by = kind
            .and_then(Kind::stage)
            .filter(|_| record.state == State::Processing);
        record.generation == self.generation
            && (made_by == Some(self.stage.begun_by()) || record.brought_by() == Some(self.stage))
    }
}
