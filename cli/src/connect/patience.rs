//! Decides whether to try again, and how long to wait before that.
//!
//! Every call of the API may be repeated, because its operations are designed for that. So a request is sent again if
//! it or its answer may have been lost, but not if it was refused.

use std::time::{Duration, SystemTime};

/// Tries besides the first. With [`FIRST`] doubling, a person waits some 8 s before hearing that nobody answers.
const RETRIES: u32 = 4;

/// The wait before the second try.
const FIRST: Duration = Duration::from_millis(500);

/// The longest wait that a server may ask for. Beyond it, a person had better decide anew.
const LONGEST: Duration = Duration::from_secs(30);

/// The outcome of the last try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome<'a> {
    /// There was no answer.
    Silence,
    /// An answer with this status and this `Retry-After`.
    Answer(u16, Option<&'a str>),
}

/// Returns how long to wait before the next try, after `made` tries; `None` if trying again is of no use. `random` is
/// from 0 to 1.
pub(super) fn wait(made: u32, last: Outcome<'_>, random: f64, now: SystemTime) -> Option<Duration> {
    if made > RETRIES {
        return None;
    }
    let asked = match last {
        Outcome::Silence => None,
        Outcome::Answer(429 | 502 | 503 | 504, after) => {
            after.and_then(|after| asked_for(after, now))
        }
        Outcome::Answer(..) => return None,
    };
    // Half of the wait is fixed and half is random, so that many clients that were refused together come back at
    // different times.
    let doubled = FIRST.saturating_mul(1 << made.saturating_sub(1));
    let own = doubled.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0);
    match asked {
        Some(asked) if asked > LONGEST => None,
        Some(asked) => Some(asked.max(own)),
        None => Some(own),
    }
}

/// Parses `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
fn asked_for(after: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = after.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(after).ok()?;
    Some(at.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn milliseconds(made: u32, last: Outcome<'_>) -> Option<u128> {
        wait(made, last, 1.0, NOW).map(|wait| wait.as_millis())
    }

    #[test]
    fn waits_double_and_end() {
        let waits: Vec<_> = (1..=5)
            .map(|made| milliseconds(made, Outcome::Silence))
            .collect();
        assert_eq!(
            waits,
            [Some(500), Some(1_000), Some(2_000), Some(4_000), None]
        );
        assert_eq!(
            wait(1, Outcome::Silence, 0.0, NOW),
            Some(Duration::from_millis(250))
        );
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, again) in [
            (200, false),
            (400, false),
            (403, false),
            (404, false),
            (409, false),
            (410, false),
            (451, false),
            (500, false),
            (429, true),
            (502, true),
            (503, true),
            (504, true),
        ] {
            assert_eq!(
                milliseconds(1, Outcome::Answer(status, None)).is_some(),
                again,
                "{status}"
            );
        }
    }

    #[test]
    fn the_server_may_ask_for_more_time_but_not_for_any() {
        let of = |after| milliseconds(1, Outcome::Answer(503, Some(after)));
        assert_eq!(of("3"), Some(3_000));
        assert_eq!(of("0"), Some(500));
        assert_eq!(of("31"), None);
        assert_eq!(of("Thu, 01 Jan 1970 00:00:07 GMT"), Some(7_000));
        assert_eq!(of("soon"), Some(500));
    }
}
