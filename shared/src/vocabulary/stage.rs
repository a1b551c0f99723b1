//! The stages that receive their work from queues.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stages in which a message can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Validates an upload, and publishes it or hands it to the stage for its kind.
    ValidateUpload,
    /// Splits a PDF into its pages.
    SplitPdf,
    /// Transcodes audio or video into forms that every browser plays.
    TranscodeMedia,
    /// Publishes the output of the transcoding service.
    FinishTranscode,
    /// Performs the operations that admins and apps request on existing media.
    RunOperation,
    /// Invalidates the CDN's copies.
    InvalidateCache,
    /// Fetches a file from an address.
    FetchRemote,
}

/// The number of deliveries after which a queue gives a message up: `maxReceiveCount` in the template. Most are for
/// deliveries that never reach the function, because the account runs as many as it may.
pub const MAX_DELIVERIES: u32 = 20;

impl Stage {
    /// Returns the number of tries after which the stage gives a message up.
    #[must_use]
    pub fn max_attempts(self) -> u32 {
        match self {
            Self::ValidateUpload | Self::FinishTranscode | Self::RunOperation => 5,
            // The CDN may say "later" for long, and a withdrawal must not be given up for that.
            Self::InvalidateCache => MAX_DELIVERIES,
            // Each try may take as long as the function may run, and a server that fails three times is told of.
            Self::FetchRemote => 3,
            // Each try of a file that crashes PDFium costs a process.
            Self::SplitPdf => 3,
            // Each try costs minutes of all of a machine's processors.
            Self::TranscodeMedia => 3,
        }
    }

    /// Returns the stage that the file was handed to, whose work this stage completes or does itself.
    #[must_use]
    pub const fn begun_by(self) -> Self {
        match self {
            Self::FinishTranscode => Self::TranscodeMedia,
            Self::ValidateUpload
            | Self::SplitPdf
            | Self::TranscodeMedia
            | Self::RunOperation
            | Self::InvalidateCache
            | Self::FetchRemote => self,
        }
    }

    /// Returns the function's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ValidateUpload => "validate-upload",
            Self::SplitPdf => "split-pdf",
            Self::TranscodeMedia => "transcode-media",
            Self::FinishTranscode => "finish-transcode",
            Self::RunOperation => "run-operation",
            Self::InvalidateCache => "invalidate-cache",
            Self::FetchRemote => "fetch-remote",
        }
    }
}
