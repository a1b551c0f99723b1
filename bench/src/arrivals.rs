//! The times of requests that do not wait for each other's answers.

use std::time::Duration;

/// Returns the times of a Poisson process, from its start: on average `per_second` of them, each independent of the
/// others, as those of many people are. `uniform` returns random numbers from 0 up to 1.
#[must_use]
pub fn poisson(
    per_second: f64,
    lasting: Duration,
    mut uniform: impl FnMut() -> f64,
) -> Vec<Duration> {
    let mut times = Vec::new();
    if !per_second.is_finite() || per_second <= 0.0 {
        return times;
    }
    let mut seconds = 0.0;
    loop {
        // The gaps of a Poisson process are distributed exponentially.
        seconds += -(1.0 - uniform()).max(f64::MIN_POSITIVE).ln() / per_second;
        if seconds >= lasting.as_secs_f64() {
            return times;
        }
        times.push(Duration::from_secs_f64(seconds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// Numbers from 0 up to 1 that look random and are the same each time (Weyl's sequence, mixed).
    fn numbers() -> impl FnMut() -> f64 {
        let mut state = 0_u32;
        move || {
            state = state.wrapping_add(0x9E37_79B9);
            let mixed = (state ^ (state >> 15)).wrapping_mul(0x85EB_CA6B);
            f64::from(mixed ^ (mixed >> 13)) / (f64::from(u32::MAX) + 1.0)
        }
    }

    #[test]
    fn as_many_come_as_were_asked_for() {
        let times = poisson(100.0, MINUTE, numbers());
        assert!((5_700..6_300).contains(&times.len()), "{}", times.len());
        assert!(times.is_sorted() && times.iter().all(|time| *time < MINUTE));
    }

    #[test]
    fn they_come_at_random_not_in_step() {
        let times = poisson(100.0, MINUTE, numbers());
        let gaps = times.windows(2).filter_map(|pair| match pair {
            [one, next] => Some((*next - *one).as_secs_f64() * 100.0),
            _ => None,
        });
        let gaps: Vec<f64> = gaps.collect();
        // Of exponential gaps 63 % are shorter than the mean, and 5 % longer than three times the mean.
        let share = |is: fn(f64) -> bool| {
            let found = gaps.iter().filter(|gap| is(**gap)).count();
            f64::from(u32::try_from(found).unwrap_or(u32::MAX)) / 6_000.0
        };
        let (short, long) = (share(|gap| gap < 1.0), share(|gap| gap > 3.0));
        assert!((0.59..0.67).contains(&short), "{short}");
        assert!((0.035..0.065).contains(&long), "{long}");
    }

    #[test]
    fn nothing_comes_of_no_rate() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(poisson(rate, MINUTE, || 0.5).is_empty(), "{rate}");
        }
    }
}
