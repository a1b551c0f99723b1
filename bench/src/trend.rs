//! Whether figures grow: with time, and with size.

/// The number of messages below which a queue counts as empty, as `sweep-lost` has it.
const NEARLY_EMPTY: f64 = 10.0;

/// A queue's depth in the last third of a time may be this many times that of the first third.
const MOST_TIMES: f64 = 2.0;

/// Returns whether a queue grows: whether its depths, taken at even intervals, are on average more in the last third
/// than twice those in the first third, by more than a nearly empty queue has. A peak that is worked off is no growth.
#[must_use]
pub fn grows(depths: &[f64]) -> bool {
    let third = depths.len() / 3;
    let first = depths.get(..third).map_or(f64::NAN, mean);
    let last = depths.get(depths.len() - third..).map_or(f64::NAN, mean);
    last > first * MOST_TIMES + NEARLY_EMPTY
}

/// Returns the exponent by which figures grow with a size: 0 is flat, 1 a straight line through the origin, 2 a
/// parabola. It is the slope of the line of least squares through the logarithms; NaN if there is none.
#[must_use]
pub fn exponent(points: &[(f64, f64)]) -> f64 {
    let logarithms: Vec<_> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let mean_x = mean(&logarithms.iter().map(|(x, _)| *x).collect::<Vec<_>>());
    let mean_y = mean(&logarithms.iter().map(|(_, y)| *y).collect::<Vec<_>>());
    let (mut together, mut alone) = (0.0, 0.0);
    for (x, y) in logarithms {
        together += (x - mean_x) * (y - mean_y);
        alone += (x - mean_x) * (x - mean_x);
    }
    together / alone
}

fn mean(all: &[f64]) -> f64 {
    let count = u32::try_from(all.len()).map_or(f64::MAX, f64::from);
    all.iter().sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depths(of: impl Fn(u32) -> u32) -> Vec<f64> {
        (0..120).map(|second| f64::from(of(second))).collect()
    }

    #[test]
    fn a_queue_that_is_not_worked_off_grows() {
        assert!(grows(&depths(|second| second)));
        assert!(grows(&depths(|second| second / 3)));
        assert!(grows(&depths(|second| if second < 80 { 0 } else { 30 })));
        assert!(grows(&depths(|second| 100 + 4 * second)));
    }

    #[test]
    fn a_queue_that_is_worked_off_does_not() {
        assert!(!grows(&depths(|_| 0)));
        assert!(!grows(&depths(|second| second * 7 % 13)));
        assert!(!grows(&depths(|second| 50 + second * 7 % 13)));
        assert!(!grows(&depths(|second| if (40..70).contains(&second) {
            500
        } else {
            2
        })));
        assert!(!grows(&depths(|second| 200 - second)));
        assert!(!grows(&[]) && !grows(&[1_000.0]));
    }

    #[test]
    fn the_exponent_is_that_of_a_power() {
        let points = |power: i32| [10.0, 100.0, 1_000.0].map(|x: f64| (x, 7.0 * x.powi(power)));
        for power in [0, 1, 2, -1] {
            let found = exponent(&points(power));
            assert!((found - f64::from(power)).abs() < 1e-9, "{power}: {found}");
        }
        assert!(exponent(&[]).is_nan() && exponent(&[(1.0, 1.0)]).is_nan());
    }
}
