//! Faults, planned by the number of the call they strike.

use std::sync::{Arc, Mutex, PoisonError};

use crate::vocabulary::access::Call;

/// What goes wrong at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails and has no effect, such as a refused connection.
    Refused,
    /// It has its effect, and fails all the same: the answer is lost.
    AnswerLost,
    /// The process dies before it.
    DiesBefore,
    /// The process dies right after its effect.
    DiesAfter,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Refused,
        Self::AnswerLost,
        Self::DiesBefore,
        Self::DiesAfter,
    ];
}

/// Whether a call has its effect, and whether its caller hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// The effect happens.
    pub acts: bool,
    /// The answer arrives.
    pub answers: bool,
}

/// The faults of one process, and the calls that it made.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Inner>>);

type Planned = Box<dyn FnMut(usize) -> Option<Fault> + Send>;

#[derive(Default)]
struct Inner {
    plan: Option<Planned>,
    calls: usize,
    dead: bool,
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
    /// No fault.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// This fault at the call of this number, counted from 0.
    #[must_use]
    pub fn at(number: usize, fault: Fault) -> Self {
        Self::planned(move |call| (call == number).then_some(fault))
    }

    /// A fault wherever the plan, called with the number of each call, gives one.
    #[must_use]
    pub fn planned(plan: impl FnMut(usize) -> Option<Fault> + Send + 'static) -> Self {
        let faults = Self::default();
        faults.with(|inner| inner.plan = Some(Box::new(plan)));
        faults
    }

    /// Calls made so far.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.with(|inner| inner.calls)
    }

    /// Whether the process has died: no call of it has an effect any more.
    #[must_use]
    pub fn died(&self) -> bool {
        self.with(|inner| inner.dead)
    }

    /// The calls made so far, each with what it was made on (`Bucket key`, or the name of a queue).
    #[must_use]
    pub fn log(&self) -> Vec<(Call, String)> {
        self.with(|inner| inner.log.clone())
    }

    /// Passes one call.
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
            inner.log.push((call, on()));
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
