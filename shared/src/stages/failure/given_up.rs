//! Reads what a dead letter is about.

use std::collections::BTreeSet;

use crate::vocabulary::message::delivery::Send;
use crate::vocabulary::message::invalidation::{Request, Task};
use crate::vocabulary::message::job::Hint;
use crate::vocabulary::message::order::Order;
use crate::vocabulary::message::stage_order::StageOrder;
use crate::vocabulary::message::upload::UploadedFile;
use crate::vocabulary::message::{Body, MessageError};
use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::stage::Stage;

/// The subject of a dead letter. Its body shows which queue it came from.
pub(super) enum GivenUp {
    Files(Vec<UploadedFile>),
    StageOrder(StageOrder),
    Order(Order),
    Forget(BTreeSet<Request>),
    /// News of a job, or a hint at thumbnails or a record: nothing depends on them.
    News,
    /// An event for a webhook.
    Delivery(Send),
    /// Another poster: the film keeps the one that it has.
    Poster,
    /// A change of presets, or of what is shown, which no record waits for.
    Change,
}

/// One media that a dead letter was about.
pub(super) enum One<'a> {
    File(&'a UploadedFile),
    StageOrder(&'a StageOrder),
    Operation(Stage, &'a AppId, &'a MediaId, u32),
}

impl GivenUp {
    /// Reads the body of a dead letter.
    pub(super) fn read(body: &str) -> Result<Self, MessageError> {
        Ok(match Body::read(body)? {
            Body::Upload(files) => Self::Files(files),
            Body::StageOrder(order) => Self::StageOrder(order),
            Body::Order(order) => Self::Order(order),
            Body::Poster(_) => Self::Poster,
            Body::Invalidation(Task::Forget(request)) => Self::Forget(BTreeSet::from([request])),
            Body::Invalidation(Task::Check(check)) => Self::Forget(check.requests),
            Body::Invalidation(Task::ForgetPresets(_) | Task::ForgetChanged(_)) => Self::Change,
            Body::Job(Hint::Check(check)) => Self::StageOrder(check.order),
            Body::Job(Hint::Ended { of: Some(of), .. }) => Self::StageOrder(of.order()),
            // Made on demand, hinted at again by the sweeper, and followed by more.
            Body::Thumbs(_) | Body::News(_) => Self::News,
            Body::Send(send) => Self::Delivery(send),
            Body::Job(Hint::Working { .. } | Hint::Ended { of: None, .. }) => Self::News,
        })
    }

    /// Returns the media that the dead letter was about.
    pub(super) fn list(&self) -> Vec<One<'_>> {
        match self {
            Self::Files(files) => files.iter().map(One::File).collect(),
            Self::News | Self::Delivery(_) | Self::Change | Self::Poster => Vec::new(),
            Self::StageOrder(order) => vec![One::StageOrder(order)],
            Self::Order(order) => vec![One::Operation(
                Stage::RunOperation,
                &order.app,
                &order.media,
                order.generation,
            )],
            Self::Forget(requests) => requests
                .iter()
                .map(|of| One::Operation(Stage::InvalidateCache, &of.app, &of.media, of.generation))
                .collect(),
        }
    }
}
