//! Keys of intermediate results. They contain the media and its generation, so that results of another generation are
//! never mistaken for this one's.

use std::fmt;

use crate::vocabulary::kind::Format;
use crate::vocabulary::page::PageNumber;

/// An intermediate result of a media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The result of processing a range of pages of a document.
    Pages {
        /// The first page.
        first: PageNumber,
        /// The last page.
        last: PageNumber,
    },
    /// A marker for a page that is given up and not tried again, because it hung or crashed the engine or its process.
    GivenUp(PageNumber),
    /// A marker for a page that is tried alone, after a process died without a message.
    Tried(PageNumber),
    /// The state of transcoding: who is working on it, and how far.
    Transcode,
    /// A copy of the validated version of the upload, where no uploader can replace it.
    Source(Format),
}

const TRANSCODE: &str = "transcode.json";

impl Part {
    pub(super) fn parse(rest: &str) -> Option<Self> {
        if rest == TRANSCODE {
            return Some(Self::Transcode);
        }
        if let Some(page) = rest.strip_prefix("given-up/") {
            return PageNumber::parse(page).map(Self::GivenUp);
        }
        if let Some(page) = rest.strip_prefix("tried/") {
            return PageNumber::parse(page).map(Self::Tried);
        }
        if let Some(extension) = rest.strip_prefix("source.") {
            return Format::from_extension(extension).map(Self::Source);
        }
        let pages = rest.strip_prefix("pages/")?.strip_suffix(".json")?;
        let (first, last) = pages.split_once('-')?;
        let (first, last) = (PageNumber::parse(first)?, PageNumber::parse(last)?);
        (first <= last).then_some(Self::Pages { first, last })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pages { first, last } => write!(f, "pages/{first}-{last}.json"),
            Self::GivenUp(page) => write!(f, "given-up/{page}"),
            Self::Tried(page) => write!(f, "tried/{page}"),
            Self::Transcode => f.write_str(TRANSCODE),
            Self::Source(format) => write!(f, "source.{}", format.extension()),
        }
    }
}
