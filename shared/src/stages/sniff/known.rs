//! Formats that are recognised but not accepted: the name of each, and the advice what to save it as instead.

use crate::vocabulary::kind::Kind;
use crate::vocabulary::rejection::Reason;

/// A format that is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign {
    /// The name shown to a person, with its article.
    pub(super) name: &'static str,
    /// The kind that the format belongs to, if it is one of ours.
    pub(super) kind: Option<Kind>,
    /// One sentence that says what to do instead.
    pub(super) advice: &'static str,
}

impl From<Foreign> for Reason {
    fn from(foreign: Foreign) -> Self {
        Self::KindNotAccepted {
            found: foreign.name,
            kind: foreign.kind,
            advice: foreign.advice,
        }
    }
}

pub(super) const fn picture(name: &'static str) -> Foreign {
    Foreign {
        name,
        kind: Some(Kind::Image),
        advice: "Save it as PNG or JPEG, and upload the new file.",
    }
}

pub(super) const fn raw(name: &'static str) -> Foreign {
    Foreign {
        advice: "Export it from a photo program as JPEG or PNG, and upload the new file.",
        ..picture(name)
    }
}

pub(super) const fn video(name: &'static str) -> Foreign {
    Foreign {
        name,
        kind: Some(Kind::Video),
        advice: "Save it as MP4 (H.264 and AAC), and upload the new file.",
    }
}

pub(super) const fn audio(name: &'static str) -> Foreign {
    Foreign {
        name,
        kind: Some(Kind::Audio),
        advice: "Save it as MP3, M4A or WAV, and upload the new file.",
    }
}

pub(super) const fn document(name: &'static str) -> Foreign {
    Foreign {
        name,
        kind: None,
        advice: "Save it as PDF, and upload the new file.",
    }
}

/// A drawing or a page, which can be saved as a picture or as a PDF.
pub(super) const fn page(name: &'static str) -> Foreign {
    Foreign {
        name,
        kind: None,
        advice: "Save it as PNG or PDF, and upload the new file.",
    }
}

pub(super) const fn archive(name: &'static str) -> Foreign {
    Foreign {
        name,
        kind: None,
        advice: "Unpack it, and upload its files one by one.",
    }
}
