//! Faults of calls, planned by the number of the call.

use std::sync::{Arc, Mutex, PoisonError};

use crate::vocabulary::access::Call;

/// A fault at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call fails and has no effect, such as a refused connection.
    Refused,
    /// The call has its effect, but its answer is lost.
    AnswerLost,
    /// The process dies before the call.
    DiesBefore,
    /// The process dies right after the effect of the call.
    DiesAfter,
}

impl Fault {
    /// All faults.
    pub const ALL: [Self; 4] = [
        Self::Refused,
        Self::AnswerLost,
        Self::DiesBefore,
        Self::DiesAfter,
    ];
}

/// The fate of a call: whether it has its effect, and whether its caller gets the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// Whether the effect happens.
    pub acts: bool,
    /// Whether the answer arrives.
    pub answers: bool,
}

/// The planned faults of one process, and the calls that it made.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Inner>>);

type Planned = Box<dyn FnMut(usize) -> Option<Fault> + Send>;

#[derive(Default)]
struct Inner {
    plan: Option<Planned>,
    calls: usize,
    dead: bool,
    keeps_no_log: bool,
    log: Vec<(Call, String)>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner")
            .field("calls", &self.calls)
            .field("dead", &self.dead)
            .finish_non_exhaustive()
    }
}

impl Faults {
    /// Plans no fault.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Plans no fault, and counts calls without keeping their log: for a process that makes millions of them.
    #[must_use]
    pub fn counted() -> Self {
        let faults = Self::default();
        faults.with(|inner| inner.keeps_no_log = true);
        faults
    }

    /// Plans this fault at the call with this number, counted from 0.
    #[must_use]
    pub fn at(number: usize, fault: Fault) -> Self {
        Self::planned(move |call| (call == number).then_some(fault))
    }

    /// Plans a fault wherever `plan`, called with the number of each call, returns one.
    #[must_use]
    pub fn planned(plan: impl FnMut(usize) -> Option<Fault> + Send + 'static) -> Self {
        let faults = Self::default();
        faults.with(|inner| inner.plan = Some(Box::new(plan)));
        faults
    }

    /// Returns the number of calls so far.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.with(|inner| inner.calls)
    }

    /// Returns whether the process has died. Its calls then have no effect any more.
    #[must_use]
    pub fn died(&self) -> bool {
        self.with(|inner| inner.dead)
    }

    /// Returns the calls so far, each with its resource (`Bucket key`, or the name of a queue).
    #[must_use]
    pub fn log(&self) -> Vec<(Call, String)> {
        self.with(|inner| inner.log.clone())
    }

    /// Logs a call on a resource, and returns its fate.
    #[must_use]
    pub fn pass(&self, call: Call, on: impl FnOnce() -> String) -> Fate {
        self.with(|inner| {
            if inner.dead {
                return Fate {
                    acts: false,
                    answers: false,
                };
            }
            let number = inner.calls;
            inner.calls += 1;
            if !inner.keeps_no_log {
                inner.log.push((call, on()));
            }
            match inner.plan.as_mut().and_then(|plan| plan(number)) {
                None => Fate {
                    acts: true,
                    answers: true,
                },
                Some(Fault::Refused) => Fate {
                    acts: false,
                    answers: false,
                },
                Some(Fault::AnswerLost) => Fate {
                    acts: true,
                    answers: false,
                },
                Some(Fault::DiesBefore) => {
                    inner.dead = true;
                    Fate {
                        acts: false,
                        answers: false,
                    }
                }
                Some(Fault::DiesAfter) => {
                    inner.dead = true;
                    Fate {
                        acts: true,
                        answers: false,
                    }
                }
            }
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
