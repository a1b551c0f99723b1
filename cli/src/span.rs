//! Parses spans of time as people type them: `90s`, `15m`, `1h`, `2d`, or seconds alone.

/// Returns the seconds in `text`.
///
/// # Errors
/// Returns a sentence for the person who typed it.
pub fn seconds(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text} is not a duration; write it like 90s, 15m, 1h or 2d");
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = text.strip_prefix(digits).unwrap_or_default();
    let each: u64 = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let count: u64 = digits.parse().map_err(|_none| wrong())?;
    count.checked_mul(each).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (text, wanted) in [
            ("90", Some(90)),
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("1h", Some(3_600)),
            ("2d", Some(172_800)),
            ("0", Some(0)),
            ("", None),
            ("h", None),
            ("1.5h", None),
            ("-1", None),
            ("1 h", None),
            ("1w", None),
            ("99999999999999999999", None),
            ("9999999999999999999d", None),
        ] {
            assert_eq!(seconds(text).ok(), wanted, "{text:?}");
        }
    }
}
