//! The report of a stage that could not handle a message.

use serde::{Deserialize, Serialize};

use crate::vocabulary::stage::Stage;

/// An error that a stage reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The stage.
    pub stage: Stage,
    /// A stable code, for programs.
    pub code: String,
    /// A message for a person.
    pub message: String,
    /// The number of tries of the message, including this one; of deliveries if none left a report.
    pub attempts: u32,
    /// The id of the SQS message that failed. It distinguishes a stage's own report from a crash that left none.
    pub message_id: String,
}

/// The tries of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// How many have begun.
    pub begun: u32,
    /// The latest report, which may be of an earlier try than the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Failure>,
}
