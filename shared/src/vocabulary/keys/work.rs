//! Keys of intermediate results: of a media, and of one generation of it, so that work begun in another is not taken for it.

use std::fmt;

use crate::vocabulary::kind::Format;
use crate::vocabulary::page::PageNumber;

/// Which intermediate result of a media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What was made of these pages of a document.
    Pages {
        /// The first of them.
        first: PageNumber,
        /// The last of them.
        last: PageNumber,
    },
    /// A page that nobody tries again: its process was ended for it.
    GivenUp(PageNumber),
    /// A page that is tried alone, after a process has died without a word.
    Tried(PageNumber),
    /// Who transcodes it, and how far.
    Transcode,
    /// The upload, in the version that was validated, where no uploader can replace it.
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
