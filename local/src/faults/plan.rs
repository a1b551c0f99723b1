//! Which calls are struck, and how: by chance, but the same for the same seed.
//!
//! Each service has a chance of its own, so the nth call of a service meets the same fate however the calls
//! of several services are mixed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

/// What can happen to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Refused for its rate, before anything is done: S3's `503 SlowDown`, and what the others say.
    Throttled,
    /// The service fails, before anything is done: a 500.
    Broken,
    /// The connection is reset before anything is done.
    Reset,
    /// It is done, and the connection is reset before the answer.
    AnswerLost,
    /// It is done, and the answer ends in the middle of its body; one without a body is lost.
    AnswerCut,
    /// It is done, and the answer comes in drops.
    AnswerSlow,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Throttled,
        Self::Broken,
        Self::Reset,
        Self::AnswerLost,
        Self::AnswerCut,
        Self::AnswerSlow,
    ];
}

/// Whose calls are struck. What goes to any other service passes unharmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Objects.
    S3,
    /// Queues.
    Sqs,
    /// Temporary credentials.
    Sts,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::S3, Self::Sqs, Self::Sts];

    /// By the name in a signature's scope.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "s3" => Some(Self::S3),
            "sqs" => Some(Self::Sqs),
            "sts" => Some(Self::Sts),
            _ => None,
        }
    }

    fn seed(self) -> u64 {
        match self {
            Self::S3 => 1,
            Self::Sqs => 2,
            Self::Sts => 3,
        }
    }
}

/// The fate of every call.
#[derive(Debug)]
pub struct Plan {
    rate: f64,
    faults: Vec<Fault>,
    fates: Mutex<BTreeMap<Service, Fates>>,
}

#[derive(Debug)]
struct Fates {
    chance: StdRng,
    calls: usize,
    struck: BTreeMap<Fault, usize>,
}

impl Plan {
    /// Strikes this share of the calls (0 to 1) with any of the faults.
    #[must_use]
    pub fn new(seed: u64, rate: f64, faults: &[Fault]) -> Self {
        let fates = Service::ALL.map(|service| {
            let chance = StdRng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(service.seed()));
            let fates = Fates {
                chance,
                calls: 0,
                struck: BTreeMap::new(),
            };
            (service, fates)
        });
        Self {
            rate: rate.clamp(0.0, 1.0),
            faults: faults.to_vec(),
            fates: Mutex::new(fates.into()),
        }
    }

    /// The fate of the next call of a service.
    pub(super) fn next(&self, service: Service) -> Option<Fault> {
        let mut all = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        let fates = all.get_mut(&service)?;
        fates.calls += 1;
        if !fates.chance.random_bool(self.rate) {
            return None;
        }
        let fault = *self.faults.choose(&mut fates.chance)?;
        *fates.struck.entry(fault).or_default() += 1;
        Some(fault)
    }

    /// Calls of a service so far.
    #[must_use]
    pub fn calls(&self, service: Service) -> usize {
        let all = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&service).map_or(0, |fates| fates.calls)
    }

    /// How often a service was struck so.
    #[must_use]
    pub fn struck(&self, service: Service, fault: Fault) -> usize {
        let all = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all
            .get(&service)
            .and_then(|fates| fates.struck.get(&fault).copied());
        count.unwrap_or(0)
    }

    /// How often a service was struck at all.
    #[must_use]
    pub fn struck_at_all(&self, service: Service) -> usize {
        let each = Fault::ALL.map(|fault| self.struck(service, fault));
        each.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_strikes_the_same_calls() {
        let (one, two) = (
            Plan::new(1, 0.5, &Fault::ALL),
            Plan::new(1, 0.5, &Fault::ALL),
        );
        let alone: Vec<_> = (0..200).map(|_| one.next(Service::S3)).collect();
        let mixed: Vec<_> = (0..200)
            .map(|_| {
                two.next(Service::Sqs);
                two.next(Service::S3)
            })
            .collect();
        assert_eq!(alone, mixed);
        let other = Plan::new(2, 0.5, &Fault::ALL);
        let others: Vec<_> = (0..200).map(|_| other.next(Service::S3)).collect();
        assert_ne!(alone, others);
    }

    #[test]
    fn the_rate_is_kept_and_every_fault_comes_up() {
        let plan = Plan::new(3, 0.05, &Fault::ALL);
        let struck = (0..10_000).filter_map(|_| plan.next(Service::Sts)).count();
        assert!((400..600).contains(&struck), "{struck}");
        assert_eq!(plan.calls(Service::Sts), 10_000);
        assert_eq!(plan.struck_at_all(Service::Sts), struck);
        assert!(
            Fault::ALL
                .iter()
                .all(|fault| plan.struck(Service::Sts, *fault) > 0)
        );
        assert_eq!(plan.calls(Service::S3), 0);
    }
}
