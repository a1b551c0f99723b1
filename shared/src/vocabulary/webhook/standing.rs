//! How an endpoint stands: what the last attempts say about it, and who may send to it next.
//!
//! An endpoint that answers quickly is sent to by whoever has something. One whose last attempts failed, or whose last answer
//! took long, is sent to by one sender at a time, who claims it before; all others put their message off. So it takes a
//! single sender's time, and leaves the rest to the webhooks of others. An endpoint that has done nothing but fail for a day
//! is paused.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::delivery::Attempt;

/// The failures in a row from which on one sender at a time tries.
const MOST_FAILURES: u32 = 3;

/// The milliseconds from which on an answer is slow.
const SLOW_MILLISECONDS: u32 = 5_000;

/// For how long a sender has an endpoint to itself, in seconds: longer than an attempt and what is written after it. A
/// sender that dies holds others up for that long.
const CLAIM_SECONDS: u32 = 30;

/// The pauses between attempts at an endpoint that fails, in seconds: the first one, and the longest one.
const FIRST_PAUSE_SECONDS: u32 = 5;
const LONGEST_PAUSE_SECONDS: u32 = 900;

/// After this time with nothing but failures an endpoint is paused: a day, in seconds.
const GIVEN_UP_SECONDS: i64 = 86_400;

/// How an endpoint stands. The default knows nothing bad of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The id of the endpoint: [`Hook::endpoint`](super::Hook::endpoint). What is known of another one does not count.
    pub id: String,
    /// The failures since the last success.
    #[serde(default)]
    pub failures: u32,
    /// The time of the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Whether the last answer was slow, or the last attempt failed slowly.
    #[serde(default)]
    pub is_slow: bool,
    /// Nobody but the sender that has claimed the endpoint tries before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_until: Option<Timestamp>,
    /// The time since which nothing is sent, and the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
}

/// An endpoint to which nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The time at which it was paused.
    pub at: Timestamp,
    /// The reason for the pause.
    pub because: Because,
}

/// The reason why an endpoint is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Because {
    /// Nothing but failures for a day.
    Failing,
    /// It answered 410, which says that it is gone for good.
    Gone,
}

/// Whether a sender may try now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pass {
    /// Anybody may.
    Free,
    /// The sender that writes this first may.
    Claim(Standing),
    /// Nobody may before this time.
    Closed(Timestamp),
    /// Nothing is sent until an admin resumes.
    Paused(Pause),
}

impl Standing {
    /// Returns the standing of an endpoint of which nothing is known.
    #[must_use]
    pub fn unknown(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            ..Self::default()
        }
    }

    /// Returns whether a sender may try now.
    #[must_use]
    pub fn pass(&self, now: Timestamp) -> Pass {
        if let Some(pause) = self.paused {
            return Pass::Paused(pause);
        }
        if self.failures < MOST_FAILURES && !self.is_slow {
            return Pass::Free;
        }
        match self.closed_until {
            Some(until) if until > now => Pass::Closed(until),
            Some(_) | None => Pass::Claim(Self {
                closed_until: Some(after(now, CLAIM_SECONDS)),
                ..self.clone()
            }),
        }
    }

    /// Returns the standing after an attempt that succeeded and took so many milliseconds.
    #[must_use]
    pub fn succeeded(&self, milliseconds: u32) -> Self {
        Self {
            id: self.id.clone(),
            is_slow: milliseconds >= SLOW_MILLISECONDS,
            paused: self.paused,
            ..Self::default()
        }
    }

    /// Returns the standing after an attempt that failed. The next one is made after a pause that doubles with each failure,
    /// a random part of it sooner.
    #[must_use]
    pub fn failed(&self, now: Timestamp, attempt: &Attempt, random: u128) -> Self {
        let failures = self.failures.saturating_add(1);
        let since = self.failing_since.unwrap_or(now);
        let is_dead = now.as_second() - since.as_second() >= GIVEN_UP_SECONDS;
        let because = match (attempt.is_gone(), is_dead) {
            (true, _) => Some(Because::Gone),
            (false, true) => Some(Because::Failing),
            (false, false) => None,
        };
        let doublings = failures.saturating_sub(MOST_FAILURES).min(16);
        let bound = FIRST_PAUSE_SECONDS
            .saturating_mul(1 << doublings)
            .min(LONGEST_PAUSE_SECONDS);
        let sooner = u32::try_from(random % u128::from(bound / 2 + 1)).unwrap_or(0);
        Self {
            id: self.id.clone(),
            failures,
            failing_since: Some(since),
            is_slow: attempt.milliseconds >= SLOW_MILLISECONDS,
            closed_until: (failures >= MOST_FAILURES).then(|| after(now, bound - sooner)),
            paused: self
                .paused
                .or(because.map(|because| Pause { at: now, because })),
        }
    }
}

fn after(now: Timestamp, seconds: u32) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds.into()))
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "2026-11-29T10:00:00Z";

    fn at(seconds: u32) -> Timestamp {
        after(START.parse().unwrap(), seconds)
    }

    fn attempt(status: u16, milliseconds: u32) -> Attempt {
        Attempt {
            at: at(0),
            milliseconds,
            status: Some(status),
            error: None,
        }
    }

    #[test]
    fn an_endpoint_that_fails_is_tried_by_one_and_is_free_again_after_a_success() {
        let mut standing = Standing::unknown("a");
        for _ in 0..3 {
            assert_eq!(standing.pass(at(0)), Pass::Free);
            standing = standing.failed(at(0), &attempt(500, 5), 0);
        }
        assert_eq!(standing.pass(at(4)), Pass::Closed(at(5)));
        let Pass::Claim(claimed) = standing.pass(at(5)) else {
            panic!("{standing:?}")
        };
        assert_eq!(claimed.pass(at(6)), Pass::Closed(at(35)), "one at a time");
        assert_eq!(claimed.succeeded(20), Standing::unknown("a"));
    }

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour() {
        let mut standing = Standing::unknown("a");
        let mut pauses = Vec::new();
        for _ in 0..12 {
            standing = standing.failed(at(0), &attempt(500, 5), 0);
            let until = standing.closed_until;
            pauses.push(until.map(|until| until.as_second() - at(0).as_second()));
        }
        let expected = [5, 10, 20, 40, 80, 160, 320, 640, 900, 900].map(Some);
        assert_eq!(pauses[2..], expected);
        let sooner = standing
            .failed(at(0), &attempt(500, 5), u128::MAX)
            .closed_until;
        assert!(sooner.is_some_and(|until| until > at(449) && until <= at(900)));
    }

    #[test]
    fn a_slow_one_is_tried_by_one_at_a_time_without_a_pause() {
        let slow = Standing::unknown("a").succeeded(SLOW_MILLISECONDS);
        assert!(matches!(slow.pass(at(0)), Pass::Claim(_)));
        assert_eq!(
            slow.succeeded(SLOW_MILLISECONDS - 1).pass(at(0)),
            Pass::Free
        );
        let late = Standing::unknown("a").failed(at(0), &attempt(500, SLOW_MILLISECONDS), 0);
        assert!(matches!(late.pass(at(0)), Pass::Claim(_)));
        let soon = late.failed(at(0), &attempt(500, 5), 0);
        assert_eq!(soon.pass(at(0)), Pass::Free);
    }

    #[test]
    fn a_day_of_nothing_but_failures_pauses_and_so_does_410() {
        let since = Standing::unknown("a").failed(at(0), &attempt(500, 5), 0);
        assert_eq!(since.failed(at(86_399), &attempt(500, 5), 0).paused, None);
        let dead = since.failed(at(86_400), &attempt(500, 5), 0).paused;
        assert_eq!(dead.map(|pause| pause.because), Some(Because::Failing));
        let gone = Standing::unknown("a").failed(at(0), &attempt(410, 5), 0);
        assert_eq!(gone.paused.map(|pause| pause.because), Some(Because::Gone));
        let better = since.succeeded(1).failed(at(86_400), &attempt(500, 5), 0);
        assert_eq!(better.paused, None, "a success begins the day anew");
    }
}
