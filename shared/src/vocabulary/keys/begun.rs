//! Marks of work that was begun, by which lost messages are found.

use std::fmt;

use crate::vocabulary::names::{AppId, MediaId};
use crate::vocabulary::second::Second;

/// Work that was begun: `{since}/{app}/{media}/{generation}.{sweeps}`. The marks sort by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Begun {
    /// The time from which a grace counts. When it is over, somebody looks whether the work has ended.
    pub since: Second,
    /// The tenant.
    pub app: AppId,
    /// The media.
    pub media: MediaId,
    /// The generation of the work.
    pub generation: u32,
    /// How often the media's message had been sent again when the mark was put.
    pub sweeps: u32,
}

impl Begun {
    pub(super) fn parse(rest: &str) -> Option<Self> {
        let mut segments = rest.splitn(4, '/');
        let since = Second::parse(segments.next()?)?;
        let app = AppId::parse(segments.next()?).ok()?;
        let media = MediaId::parse(segments.next()?).ok()?;
        let (generation, sweeps) = segments.next()?.split_once('.')?;
        Some(Self {
            since,
            app,
            media,
            generation: generation.parse().ok()?,
            sweeps: sweeps.parse().ok()?,
        })
    }
}

impl fmt::Display for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            since,
            app,
            media,
            generation,
            sweeps,
        } = self;
        write!(f, "{since}/{app}/{media}/{generation}.{sweeps}")
    }
}
