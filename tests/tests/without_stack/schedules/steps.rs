//! The steps of a schedule, chosen by random numbers from its seed.

use dozo::memory::faults::{Fault, Faults};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::asked::Ask;
use super::files::GOOD;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Ask(Ask),
    /// Deliver this many messages.
    Deliver(u8),
    /// Deliver two messages at the same time.
    DeliverTwo,
    /// Lose one of the messages that are on their way.
    Lose(usize),
    /// Deliver a message once more, later.
    Repeat(usize, u32),
    /// S3's event comes again.
    Notify,
    /// Another version is put, and its event comes or not.
    Put {
        version: usize,
        has_event: bool,
    },
    Sweep,
    Wait(u32),
    /// A viewer's request begins that takes long.
    View(usize),
}

/// The most steps of a schedule.
const MOST: usize = 24;

/// The waits, in seconds: less than any grace, more than a render's, a stage's, and the time between two comparisons.
const WAITS: [u32; 4] = [40, 70, 700, 4_000];

/// How much later a message comes once more, in seconds: at the same time, or when its work is done.
const REPEATS: [u32; 4] = [0, 40, 700, 4_000];

pub(crate) struct Plan {
    chance: StdRng,
    /// Decides when the app changes its mind about its presets, apart from all that there is for every kind of file.
    taste: StdRng,
    /// One call in so many fails; none does if it is 0.
    rarity: u32,
}

impl Plan {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let rarity = [0, 60, 25, 10][chance.random_range(0..4)];
        let taste = StdRng::seed_from_u64(!seed);
        Self {
            chance,
            taste,
            rarity,
        }
    }

    /// Returns whether the app's first preset becomes eager now, or its second one, and not the other; most often neither.
    pub(crate) fn preferred(&mut self) -> Option<[bool; 2]> {
        let changes = self.taste.random_ratio(1, 12);
        let first = self.taste.random_bool(0.5);
        changes.then_some([first, !first])
    }

    pub(crate) fn is_one_in(&mut self, many: u32) -> bool {
        self.chance.random_ratio(1, many)
    }

    /// Returns a version, most often a good one.
    pub(crate) fn version(&mut self) -> usize {
        if self.is_one_in(4) {
            self.chance.random_range(0..GOOD + 2)
        } else {
            self.chance.random_range(0..GOOD)
        }
    }

    pub(crate) fn steps(&mut self) -> Vec<Step> {
        let count = self.chance.random_range(3..MOST);
        (0..count).map(|_| self.step()).collect()
    }

    fn step(&mut self) -> Step {
        let which = self.chance.random_range(0..8);
        match self.chance.random_range(0..32) {
            0..9 => Step::Ask(Ask::ALL[self.chance.random_range(0..Ask::ALL.len())]),
            9..18 => Step::Deliver(self.chance.random_range(1..8)),
            18..20 => Step::DeliverTwo,
            20..22 => Step::Lose(which),
            22..24 => Step::Repeat(which, REPEATS[self.chance.random_range(0..REPEATS.len())]),
            24 => Step::Notify,
            25 => Step::Put {
                version: self.version(),
                has_event: self.chance.random_bool(0.5),
            },
            26..28 => Step::Sweep,
            28..30 => Step::Wait(WAITS[self.chance.random_range(0..WAITS.len())]),
            _ => Step::View(which),
        }
    }

    /// Returns the faults of one process.
    pub(crate) fn faults(&mut self) -> Faults {
        if self.rarity == 0 {
            return Faults::none();
        }
        let (rarity, mut chance) = (self.rarity, StdRng::seed_from_u64(self.chance.random()));
        Faults::planned(move |_| {
            let is_struck = chance.random_ratio(1, rarity);
            is_struck.then(|| Fault::ALL[chance.random_range(0..Fault::ALL.len())])
        })
    }
}
