//! The keys of intermediate results. Each lies under a media and a generation, so that no result of an earlier
//! generation is mistaken for a current one.

use std::fmt;

use crate::vocabulary::digest::FileDigest;
use crate::vocabulary::kind::Format;
use crate::vocabulary::page::PageNumber;

/// A kind of intermediate result of a media.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The results for a range of a document's pages.
    Pages {
        /// The first page.
        first: PageNumber,
        /// The last page.
        last: PageNumber,
    },
    /// The mark of a page that is not tried again, because it crashed or blocked its process.
    GivenUp(PageNumber),
    /// The mark of a page that is tried alone, after a process died without a report.
    Tried(PageNumber),
    /// The claim of the process that transcodes the media, with its progress.
    Transcode,
    /// A copy of the validated version of the upload, which no uploader can replace.
    Source(Format),
    /// The captions that were found in the upload.
    FoundCaptions,
    /// Captions that an app put, as they will be delivered, by the digest of their text.
    Captions(FileDigest),
}

const TRANSCODE: &str = "transcode.json";
const FOUND_CAPTIONS: &str = "captions.json";

impl Part {
    pub(super) fn parse(rest: &str) -> Option<Self> {
        if rest == TRANSCODE {
            return Some(Self::Transcode);
        }
        if rest == FOUND_CAPTIONS {
            return Some(Self::FoundCaptions);
        }
        if let Some(name) = rest.strip_prefix("captions/") {
            let digest = FileDigest::parse(name.strip_suffix(".vtt")?);
            return digest.ok().map(Self::Captions);
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
            Self::FoundCaptions => f.write_str(FOUND_CAPTIONS),
            Self::Captions(digest) => write!(f, "captions/{digest}.vtt"),
            Self::Source(format) => write!(f, "source.{}", format.extension()),
        }
    }
}
