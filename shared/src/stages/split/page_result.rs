//! The result of a page, which a span stores in WORK for the manifest.

use serde::{Deserialize, Serialize};

use crate::vocabulary::page::PageNumber;

/// The result of a page, as stored in WORK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageResult {
    pub(super) page: PageNumber,
    /// Width and height of its image, or `None` if the page is broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<(u32, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<String>,
}
