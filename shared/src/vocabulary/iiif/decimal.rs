//! The numbers of a request. They are exact, so that rounding never decides whether two requests are equal.

use std::fmt;

/// The number of billionths in one.
const ONE: u64 = 1_000_000_000;

/// The maximum number of digits after the point; further ones are dropped.
const PLACES: usize = 9;

/// The maximum number of digits before the point. One billion is more than any meaningful dimension or percentage.
const MAX_WHOLE_DIGITS: usize = 9;

/// The longest number that is read, in characters. Programs print 17 digits.
const MAX_CHARS: usize = 32;

/// A number of 0 or more, stored in billionths (section 4.7: digits and a point, nothing else).
///
/// ```
/// assert_eq!(dozo::vocabulary::iiif::Decimal::parse("041.60").map(|n| n.to_string()), Some("41.6".to_owned()));
/// assert_eq!(dozo::vocabulary::iiif::Decimal::parse("1e3"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(u64);

impl Decimal {
    /// One hundred, as in percent.
    pub const HUNDRED: Self = Self(100 * ONE);

    /// Parses a number. Digits beyond the ninth after the point are dropped.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let ends_in_point = text.ends_with('.');
        if text.is_empty()
            || ends_in_point
            || text.len() > MAX_CHARS
            || !digits(whole)
            || !digits(fraction)
        {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > MAX_WHOLE_DIGITS {
            return None;
        }
        let billionths = format!("{fraction:0<PLACES$}");
        let whole: u64 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        let fraction: u64 = billionths.get(..PLACES)?.parse().ok()?;
        Some(Self(whole.checked_mul(ONE)?.checked_add(fraction)?))
    }

    /// Creates a whole number.
    #[must_use]
    pub fn whole(number: u32) -> Self {
        Self(u64::from(number) * ONE)
    }

    /// Returns the number if it is whole.
    #[must_use]
    pub fn as_whole(self) -> Option<u64> {
        self.0.is_multiple_of(ONE).then_some(self.0 / ONE)
    }

    /// Returns this many percent of `length`, rounded to the nearest whole number, halves up.
    #[must_use]
    pub fn percent_of(self, length: u32) -> u64 {
        let hundred = u128::from(ONE) * 100;
        let product = u128::from(self.0) * u128::from(length);
        u64::try_from((product + hundred / 2) / hundred).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / ONE, self.0 % ONE);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{fraction:0>PLACES$}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

/// Parses a whole number of pixels in a request. A number too large for `u32` becomes [`u32::MAX`].
pub(super) fn pixels(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || text.len() > MAX_CHARS {
        return None;
    }
    Some(text.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_digits_and_a_point() {
        for (text, printed) in [
            ("0", Some("0")),
            ("0.0", Some("0")),
            (".5", Some("0.5")),
            ("33.33333333333333333", Some("33.333333333")),
            ("100", Some("100")),
            ("", None),
            (".", None),
            ("5.", None),
            ("+5", None),
            ("-5", None),
            ("1e3", None),
            ("1.2.3", None),
            ("NaN", None),
            ("٣", None),
            ("99999999999", None),
        ] {
            let parsed = Decimal::parse(text).map(|number| number.to_string());
            assert_eq!(parsed.as_deref(), printed, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(billionths in 0..100_000 * ONE) {
            let number = Decimal(billionths);
            prop_assert_eq!(Decimal::parse(&number.to_string()).unwrap(), number);
        }
    }
}
