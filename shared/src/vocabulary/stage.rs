//! The stages that are fed by queues.

use serde::{Deserialize, Serialize};

/// The steps that a message can fail in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// From the upload bucket to delivery, or to the stage of its kind.
    ValidateUpload,
    /// From a PDF to its pages.
    SplitPdf,
    /// From audio or video to what every browser plays.
    TranscodeMedia,
    /// From what a service made of it into delivery.
    FinishTranscode,
    /// What admins and apps ask for of a media that is known.
    RunOperation,
    /// The CDN's forgetting.
    InvalidateCache,
}

impl Stage {
    /// Deliveries after which its queue gives a message up: `maxReceiveCount` in the template.
    #[must_use]
    pub fn max_attempts(self) -> u32 {
        match self {
            Self::ValidateUpload
            | Self::FinishTranscode
            | Self::RunOperation
            | Self::InvalidateCache => 5,
            // Each delivery of a file that kills PDFium takes a process with it.
            Self::SplitPdf => 3,
            // Each costs minutes of all of a machine's processors.
            Self::TranscodeMedia => 3,
        }
    }

    /// The stage that a file was handed to whose work this one is part of.
    #[must_use]
    pub const fn begun_by(self) -> Self {
        match self {
            Self::FinishTranscode => Self::TranscodeMedia,
            Self::ValidateUpload
            | Self::SplitPdf
            | Self::TranscodeMedia
            | Self::RunOperation
            | Self::InvalidateCache => self,
        }
    }

    /// The function's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ValidateUpload => "validate-upload",
            Self::SplitPdf => "split-pdf",
            Self::TranscodeMedia => "transcode-media",
            Self::FinishTranscode => "finish-transcode",
            Self::RunOperation => "run-operation",
            Self::InvalidateCache => "invalidate-cache",
        }
    }
}
