//! The result of each page, which a span leaves in WORK for the manifest.

use serde::{Deserialize, Serialize};

use crate::vocabulary::page::PageNumber;

/// The result of a page, as it is stored in WORK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageResult {
    pub(super) page: PageNumber,
    /// Width and height of its image; `None` for a broken page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<(u32, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<String>,
}
