//! The listings that a media belongs in, and the bytes that are stored of it.

use std::collections::BTreeSet;

use super::MediaRecord;
use crate::vocabulary::keys::listed::{Facet, Position, Rest};
use crate::vocabulary::state::State;

impl MediaRecord {
    /// Returns the media's place in every listing. It never changes.
    #[must_use]
    pub fn position(&self) -> Position {
        Position::new(self.created_at, self.media.clone())
    }

    /// Returns the facets in whose listings the media belongs, if these fields of metadata are indexed: none before the
    /// file was judged, and none from the moment of its deletion on.
    #[must_use]
    pub fn facets(&self, indexed: &[String]) -> BTreeSet<Facet> {
        if matches!(
            self.state,
            State::Validating | State::Deleting | State::Deleted
        ) {
            return BTreeSet::new();
        }
        let metadata = &self.description.metadata;
        let fields = indexed
            .iter()
            .filter_map(|name| Some(Facet::field(name, metadata.get(name)?)));
        let kind = self
            .content
            .as_ref()
            .map(|content| Facet::Kind(content.kind()));
        let tags = self.description.tags.iter().map(|tag| Facet::tag(tag));
        [Facet::All]
            .into_iter()
            .chain(self.rest().map(Facet::State))
            .chain(kind)
            .chain(tags)
            .chain(fields)
            .collect()
    }

    /// Returns the bytes that count as stored: those of the file as it was uploaded, from its acceptance to its deletion.
    #[must_use]
    pub fn stored_bytes(&self) -> Option<u64> {
        let is_stored = !matches!(
            self.state,
            State::Validating | State::Rejected | State::Deleted
        );
        let content = self.content.as_ref().filter(|_| is_stored)?;
        Some(content.bytes)
    }

    /// Returns whether the record before says something else by which media are listed, although both are at rest in one
    /// state. Then no other mark may lead to this one.
    #[must_use]
    pub fn is_relabelled(&self, before: &Self) -> bool {
        let labels = |record: &Self| {
            let said = &record.description;
            (said.tags.clone(), said.metadata.clone())
        };
        self.state == before.state && self.state.is_at_rest() && labels(self) != labels(before)
    }

    fn rest(&self) -> Option<Rest> {
        if self.is_given_up() {
            return Some(Rest::Failed);
        }
        match self.state {
            State::Ready => Some(Rest::Ready),
            State::Rejected => Some(Rest::Rejected),
            State::Suspended => Some(Rest::Suspended),
            State::Failed
            | State::Validating
            | State::Processing
            | State::Suspending
            | State::Restoring
            | State::Moving
            | State::Updating
            | State::Deleting
            | State::Deleted => None,
        }
    }
}
