//! Marks by which media are found when they expire.

use std::fmt;

use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::second::Second;

/// A media that expires: `{at}/{app}/{media}`. The marks sort by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiring {
    /// The time at which it expires; or the time at which the mark was put, if it has expired by then. When a grace
    /// after this time is over, somebody looks at the record.
    pub at: Second,
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
}

impl Expiring {
    pub(super) fn parse(rest: &str) -> Option<Self> {
        let mut segments = rest.splitn(3, '/');
        Some(Self {
            at: Second::parse(segments.next()?)?,
            app: AppId::parse(segments.next()?).ok()?,
            media: MediaId::parse(segments.next()?).ok()?,
        })
    }
}

impl fmt::Display for Expiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, app, media } = self;
        write!(f, "{at}/{app}/{media}")
    }
}
