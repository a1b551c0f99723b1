//! Viewers who know every address that there ever was, and fetch all of them at every step.

use std::collections::BTreeSet;

use dozo::ports::clock::Clock;
use dozo::ports::store::Object;
use dozo::vocabulary::keys::{Bucket, ObjectLocation};
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo_tests::world::{GRACE, World};
use jiff::Timestamp;

/// The viewers, and the answer that one of them is waiting for.
#[derive(Default)]
pub(crate) struct Viewers {
    known: BTreeSet<String>,
    slow: Option<(ObjectLocation, Object, Timestamp)>,
    is_gone: bool,
}

impl Viewers {
    /// Fetches everything, and checks that nothing is served that must not be.
    pub(crate) fn look(&mut self, world: &World, record: Option<&MediaRecord>) {
        self.known
            .extend(world.store.contents(Bucket::Delivery).into_keys());
        let seen = self.known.iter().filter(|key| {
            let location = ObjectLocation::anywhere(Bucket::Delivery, key);
            world.cdn.fetch(&world.store, &location).is_some()
        });
        let seen: Vec<_> = seen.collect();
        let Some(record) = record else {
            assert!(seen.is_empty(), "{seen:?} of no media");
            return;
        };
        self.is_gone = match record.state {
            State::Suspended | State::Deleted => true,
            // What was published of a refused file is taken away before it is at rest.
            State::Rejected => record.is_at_rest(),
            // Nothing comes back before a restore, whatever is asked in between.
            State::Deleting => self.is_gone,
            State::Validating
            | State::Processing
            | State::Ready
            | State::Failed
            | State::Suspending
            | State::Restoring
            | State::Moving
            | State::Updating => false,
        };
        assert!(
            !self.is_gone || seen.is_empty(),
            "{} and served: {seen:?}",
            record.state
        );
        let hidden = record.visibility == Visibility::Private && record.state.is_served();
        let public = seen.iter().any(|key| key.starts_with("public/"));
        assert!(
            !hidden || !public,
            "private, and served in public: {seen:?}"
        );
    }

    /// Begins a request that takes as long as it may: CloudFront has asked for the object, and it is on its way.
    pub(crate) fn begin(&mut self, world: &World, which: usize) {
        let known = self.known.iter().nth(which % self.known.len().max(1));
        let location = known.map(|key| ObjectLocation::anywhere(Bucket::Delivery, key));
        let found = location.and_then(|location| {
            let object = world.store.find(&location)?;
            Some((location, object, world.clock.now()))
        });
        self.slow = found.or(self.slow.take());
    }

    /// Ends the request, unless it would have been cut off by then.
    pub(crate) fn end(&mut self, world: &World) {
        let Some((location, object, since)) = self.slow.take() else {
            return;
        };
        let seconds = world.clock.now().duration_since(since).as_secs();
        if seconds < i64::from(GRACE.render_seconds) {
            world.cdn.fill(&location, object);
        }
    }
}
