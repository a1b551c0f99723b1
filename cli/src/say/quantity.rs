//! Formats sizes and times for people.

use jiff::{Timestamp, Unit};

/// Formats bytes with about three digits: `89.5 kB`. Units are powers of 1,000, as for disks and in price lists.
#[must_use]
pub fn bytes(count: u64) -> String {
    const UNITS: [(&str, u64); 4] = [
        ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("kB", 1_000),
    ];
    for (unit, size) in UNITS {
        if count >= size {
            let tenths = count / (size / 10);
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
    }
    format!("{count} bytes")
}

/// Formats a time of the API to the second, in UTC. Text that is not a time is returned as it is.
#[must_use]
pub fn time(text: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => super::shown::shown(text).to_string(),
    }
}

/// Returns how long ago a time of the API was, in its largest unit: `3 minutes ago`; `None` if it is not a time.
#[must_use]
pub fn ago(text: &str, now: Timestamp) -> Option<String> {
    let then: Timestamp = text.parse().ok()?;
    let seconds = now.since((Unit::Second, then)).ok()?.get_seconds().max(0);
    Some(match seconds {
        0..60 => "just now".to_owned(),
        60..3_600 => plural(seconds / 60, "minute"),
        3_600..86_400 => plural(seconds / 3_600, "hour"),
        _ => plural(seconds / 86_400, "day"),
    })
}

fn plural(count: i64, unit: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{s} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (count, wanted) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (89_541, "89.5 kB"),
            (999_999, "999.9 kB"),
            (20_000_000, "20.0 MB"),
            (u64::MAX, "18446744.0 TB"),
        ] {
            assert_eq!(bytes(count), wanted);
        }
    }

    #[test]
    fn times() {
        let now: Timestamp = "2026-11-23T20:15:13Z".parse().unwrap_or_default();
        assert_eq!(
            time("2026-11-23T20:15:13.123456Z"),
            "2026-11-23 20:15:13 UTC"
        );
        assert_eq!(time("soon\n"), "soon\\u{a}");
        for (then, wanted) in [
            ("2026-11-23T20:15:00Z", Some("just now")),
            ("2026-11-23T20:15:59Z", Some("just now")),
            ("2026-11-23T20:14:13Z", Some("1 minute ago")),
            ("2026-11-23T18:14:13Z", Some("2 hours ago")),
            ("2026-11-01T18:14:13Z", Some("22 days ago")),
            ("soon", None),
        ] {
            assert_eq!(ago(then, now).as_deref(), wanted, "{then}");
        }
    }
}
