//! Carries out a schedule, and lets everything come to rest.

use std::collections::BTreeMap;

use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::Faults;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::record::MediaRecord;
use dozo::vocabulary::state::State;
use dozo_tests::post::Post;
use dozo_tests::world::{GRACE, Letter, World, call, far};
use serde_json::json;

use super::asked::{Ask, Asked, end_of};
use super::files::{Kind, Whole};
use super::steps::{Plan, Step};
use super::stores::{Accepted, Stores};
use super::viewers::Viewers;

/// The most runs of the sweeper after which everything must be at rest. A message waits for at most 32 graces, and a
/// media that has failed is retried once more.
const ROUNDS: u32 = 8;

/// Longer than the longest wait for a message, in seconds.
const LONG: u32 = GRACE.stage_seconds * 33;

/// The most deliveries until nothing is on its way.
const DELIVERIES: u32 = 600;

pub(crate) struct Machine<'w> {
    kind: Kind,
    world: World,
    whole: &'w BTreeMap<String, Whole>,
    plan: Plan,
    file: UploadedFile,
    versions: Vec<Vec<u8>>,
    granted: Visibility,
    viewers: Viewers,
    asked: Asked,
    accepted: Accepted,
    put_after_delete: bool,
    is_told: bool,
}

impl<'w> Machine<'w> {
    pub(crate) fn new(
        kind: Kind,
        number: u64,
        whole: &'w BTreeMap<String, Whole>,
        is_told: bool,
    ) -> Self {
        let mut plan = Plan::new(number);
        let mut world = kind.world(number);
        if plan.is_one_in(2) {
            world.store = world.store.paced_by(&MemoryClock::new(number));
        }
        let is_private = plan.is_one_in(4);
        let granted = if is_private {
            Visibility::Private
        } else {
            Visibility::Public
        };
        world.grant(&world.upload, granted);
        Self {
            kind,
            file: world.file(kind.name()),
            world,
            whole,
            plan,
            versions: kind.versions(),
            granted,
            viewers: Viewers::default(),
            asked: Asked::default(),
            accepted: Accepted::new(),
            put_after_delete: false,
            is_told,
        }
    }

    pub(crate) async fn run(&mut self) {
        let world = std::mem::replace(&mut self.world, World::new(0));
        self.run_in(&world).await;
    }

    async fn run_in(&mut self, world: &World) {
        let mut post = Post::new(world).giving_up();
        let version = self.plan.version();
        let has_event = !self.plan.is_one_in(6);
        self.put(world, &mut post, version, has_event);
        if self.plan.is_one_in(2) {
            while post.deliver(&Faults::none()).await {
                self.look(world);
            }
        }
        for step in self.plan.steps() {
            self.tell(world, &format!("{step:?}"));
            self.take(world, &mut post, step).await;
            if self.kind == Kind::Picture
                && let Some([card, tile]) = self.plan.preferred()
            {
                self.tell(world, &format!("eager: {card}, {tile}"));
                self.prefer(world, [card, tile]).await;
                post.collect();
            }
        }
        self.tell(world, "the end");
        self.settle(world, &mut post).await;
        self.compare(world, post.lost).await;
        if self.state(world) == Some(State::Suspended) && self.plan.is_one_in(2) {
            self.ask_in_the_end(world, Ask::Restore).await;
            self.settle(world, &mut post).await;
            self.compare(world, post.lost).await;
        }
        let is_deletable = !matches!(self.state(world), Some(State::Deleted | State::Suspended));
        if is_deletable && self.plan.is_one_in(4) {
            self.ask_in_the_end(world, Ask::Delete).await;
            self.settle(world, &mut post).await;
            self.compare(world, post.lost).await;
        }
    }

    async fn take(&mut self, world: &World, post: &mut Post<'_>, step: Step) {
        match step {
            Step::Ask(ask) => {
                let faults = self.plan.faults();
                let status = self.asked.ask(world, &self.file, ask, &faults).await;
                self.tell(world, &format!("answered {status}"));
                post.collect();
            }
            Step::Deliver(count) => {
                for _ in 0..count {
                    post.deliver(&self.plan.faults()).await;
                    self.look(world);
                    self.viewers.end(world);
                }
            }
            Step::DeliverTwo => {
                let faults = [self.plan.faults(), self.plan.faults()];
                post.deliver_two([&faults[0], &faults[1]]).await;
            }
            Step::Lose(which) => post.lose(which),
            Step::Repeat(which, seconds) => post.repeat(which, seconds),
            Step::Notify => post.notify(Letter::about(&self.file, "again")),
            Step::Put { version, has_event } => self.put(world, post, version, has_event),
            Step::Sweep => {
                let swept = world.sweep_lost(&self.plan.faults());
                let _found = sweep_lost::handle(&swept, far()).await;
                post.collect();
            }
            Step::Wait(seconds) => world.clock.advance(seconds),
            Step::View(which) => self.viewers.begin(world, which),
        }
        self.look(world);
    }

    /// Changes which presets are eager, through the API.
    async fn prefer(&mut self, world: &World, [card, tile]: [bool; 2]) {
        let body = json!({"presets": {"card": {"eager": card}, "tile": {"eager": tile}}});
        let path = [("app", self.file.app.as_str())];
        let body = body.to_string();
        let event = call("PATCH /admin/apps/{app}", &path, &[], Some(&body));
        let faults = if self.plan.is_one_in(2) {
            self.plan.faults()
        } else {
            Faults::none()
        };
        register_app::handle(&world.register_app(&faults), event).await;
    }

    fn put(&mut self, world: &World, post: &mut Post<'_>, version: usize, has_event: bool) {
        world.upload(&self.file, &self.versions[version]);
        let is_erased = matches!(self.state(world), Some(State::Deleting | State::Deleted));
        self.put_after_delete |= is_erased;
        if has_event {
            post.notify(Letter::about(&self.file, &format!("put-{}", post.len())));
        }
    }

    fn record(&self, world: &World) -> Option<MediaRecord> {
        world.record(&self.file)
    }

    fn state(&self, world: &World) -> Option<State> {
        self.record(world).map(|record| record.state)
    }

    fn look(&mut self, world: &World) {
        let record = self.record(world);
        let accepted = |record: &MediaRecord| {
            Some((
                record.accepted_at?,
                record.source.as_ref().map(ToString::to_string),
            ))
        };
        self.accepted.extend(record.as_ref().and_then(accepted));
        self.viewers.look(world, record.as_ref());
    }

    /// Delivers everything without faults and lets the sweeper run, until the media is at rest and no work is marked.
    async fn settle(&mut self, world: &World, post: &mut Post<'_>) {
        for round in 0..ROUNDS {
            let mut left = DELIVERIES;
            while post.deliver(&Faults::none()).await {
                self.look(world);
                self.viewers.end(world);
                left = left.checked_sub(1).expect("messages without end");
            }
            self.tell(world, &format!("round {round}"));
            if Stores::of(world).are_at_rest(&self.file) {
                return;
            }
            if self.state(world) == Some(State::Failed) {
                self.ask_in_the_end(world, Ask::Retry).await;
                continue;
            }
            world.clock.advance(LONG);
            let swept = world.sweep_lost(&Faults::none());
            sweep_lost::handle(&swept, far()).await.unwrap();
            self.look(world);
        }
        let record = self.record(world);
        panic!("stuck: {record:#?} {:?}", Stores::of(world).marks());
    }

    async fn ask_in_the_end(&mut self, world: &World, ask: Ask) {
        let status = self
            .asked
            .ask(world, &self.file, ask, &Faults::none())
            .await;
        assert_eq!(status, 202, "{ask:?}");
    }

    async fn compare(&self, world: &World, lost: u32) {
        let record = self.record(world).unwrap();
        let expected = end_of(&record);
        let is_refused = record.state == State::Rejected && expected == State::Ready;
        assert!(record.state == expected || is_refused, "{record:#?}");
        self.asked.assert_not_doubled(&record);
        let stores = Stores::of(world);
        stores.assert_right(&self.file, &record, self.whole, self.granted);
        // Nobody looks for a lost message about thumbnails.
        if lost == 0 {
            stores.assert_made_ahead(world, &record);
        }
        stores.assert_accounted(&self.file, &record, &self.accepted);
        stores.assert_uploaded(&self.file, &record, self.put_after_delete, self.whole);
        stores.assert_erased(world, &record).await;
    }

    fn tell(&self, world: &World, what: &str) {
        if self.is_told {
            let record = self.record(world);
            let stand = record.map(|record| (record.state, record.generation, record.visibility));
            eprintln!("{what}: {stand:?}");
        }
    }
}
