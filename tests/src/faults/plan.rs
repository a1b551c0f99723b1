//! Decides which calls fail, and how: at random, but always the same for the same seed.
//!
//! Each service has a random sequence of its own, so the nth call of a service has the same fate however the calls of
//! several services are interleaved.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

/// The kinds of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The call is throttled before anything is done: S3's `503 SlowDown`, and the other services' equivalents.
    Throttled,
    /// The service fails with a 500 before anything is done.
    Broken,
    /// The connection is reset before anything is done.
    Reset,
    /// The call is made, and the connection is reset before the answer.
    AnswerLost,
    /// The call is made, and the answer ends in the middle of its body; an answer without a body is lost.
    AnswerCut,
    /// The call is made, and the answer arrives in small pieces.
    AnswerSlow,
}

impl Fault {
    /// All faults.
    pub const ALL: [Self; 6] = [
        Self::Throttled,
        Self::Broken,
        Self::Reset,
        Self::AnswerLost,
        Self::AnswerCut,
        Self::AnswerSlow,
    ];
}

/// The services whose calls may fail. Calls to any other service are passed on unharmed.
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
    /// All services.
    pub const ALL: [Self; 3] = [Self::S3, Self::Sqs, Self::Sts];

    /// Finds a service by its name in a signature's scope.
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
    /// Makes this share of the calls (0 to 1) fail, with any of the faults.
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

    /// Returns the fate of the next call to a service.
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

    /// Returns the number of calls to a service so far.
    #[must_use]
    pub fn calls(&self, service: Service) -> usize {
        let all = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&service).map_or(0, |fates| fates.calls)
    }

    /// Returns how many calls to a service met this fault.
    #[must_use]
    pub fn struck(&self, service: Service, fault: Fault) -> usize {
        let all = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all
            .get(&service)
            .and_then(|fates| fates.struck.get(&fault).copied());
        count.unwrap_or(0)
    }

    /// Returns how many calls to a service met any fault.
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
