//! The queues of all stages, and whether they are filled.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::platform::error::Error;
use crate::ports::queue::Queue;
use crate::vocabulary::kind::Kind;
use crate::vocabulary::record::{Content, MediaRecord};
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::State;

/// With at most this many messages a queue counts as empty: what is worked on, and what just came.
const NEARLY_EMPTY: u64 = 10;

/// The queues of all stages.
pub struct Queues {
    /// The queue of validate-upload.
    pub uploads: Arc<dyn Queue>,
    /// The queue of validate-upload for what an app brings beyond its share.
    pub bulk_uploads: Arc<dyn Queue>,
    /// The queue of split-pdf.
    pub pdfs: Arc<dyn Queue>,
    /// The queue of split-pdf for slow documents.
    pub slow_pdfs: Arc<dyn Queue>,
    /// The queue of transcode-media.
    pub videos: Arc<dyn Queue>,
    /// The queue of finish-transcode.
    pub transcoded: Arc<dyn Queue>,
    /// The queue of run-operation.
    pub operations: Arc<dyn Queue>,
    /// The queue of invalidate-cache.
    pub invalidations: Arc<dyn Queue>,
    /// The queue of fetch-remote.
    pub fetches: Arc<dyn Queue>,
    /// The queue of announce-change.
    pub announcements: Arc<dyn Queue>,
}

/// The queues that a media's message may wait in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Uploads,
    Documents,
    Films,
    Operations,
    Fetches,
}

impl Line {
    pub(super) fn of(record: &MediaRecord) -> Self {
        match stage(record) {
            Stage::SplitPdf => Self::Documents,
            Stage::TranscodeMedia | Stage::FinishTranscode => Self::Films,
            Stage::RunOperation => Self::Operations,
            Stage::FetchRemote => Self::Fetches,
            Stage::ValidateUpload | Stage::InvalidateCache => Self::Uploads,
        }
    }
}

/// Returns the stage that has to go on with a media.
pub(super) fn stage(record: &MediaRecord) -> Stage {
    if record.is_operated_on() {
        return Stage::RunOperation;
    }
    if let Some(stage) = record.brought_by() {
        return stage;
    }
    let kind = record.content.as_ref().map(Content::kind);
    let kind = kind.filter(|_| record.state == State::Processing);
    kind.and_then(Kind::stage).unwrap_or(Stage::ValidateUpload)
}

/// Whether queues are filled, as they were when a run first asked.
pub(super) struct Backlogs<'a> {
    queues: &'a Queues,
    uploads: OnceCell<bool>,
    documents: OnceCell<bool>,
    films: OnceCell<bool>,
    operations: OnceCell<bool>,
    fetches: OnceCell<bool>,
}

impl<'a> Backlogs<'a> {
    pub(super) fn new(queues: &'a Queues) -> Self {
        Self {
            queues,
            uploads: OnceCell::new(),
            documents: OnceCell::new(),
            films: OnceCell::new(),
            operations: OnceCell::new(),
            fetches: OnceCell::new(),
        }
    }

    /// Returns whether a message that was sent may still wait behind others.
    pub(super) async fn is_filled(&self, line: Line) -> Result<bool, Error> {
        let of = self.queues;
        let (known, queues): (_, Vec<&dyn Queue>) = match line {
            Line::Uploads => (&self.uploads, vec![&*of.uploads, &*of.bulk_uploads]),
            Line::Documents => (&self.documents, vec![&*of.pdfs, &*of.slow_pdfs]),
            Line::Films => (&self.films, vec![&*of.videos, &*of.transcoded]),
            Line::Operations => (&self.operations, vec![&*of.operations, &*of.invalidations]),
            Line::Fetches => (&self.fetches, vec![&*of.fetches]),
        };
        let count = async || {
            let mut waiting = 0_u64;
            for queue in queues {
                waiting = waiting.saturating_add(queue.waiting().await?);
            }
            Ok(waiting > NEARLY_EMPTY)
        };
        known.get_or_try_init(count).await.copied()
    }
}
