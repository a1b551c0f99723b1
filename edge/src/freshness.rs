//! Computes how long an answer of the origin may be cached, from its status, its headers and the policy, without I/O.
//!
//! The rules are those of "Manage how long content stays in the cache (expiration)" and "How CloudFront processes
//! HTTP 4xx and 5xx status codes" (Amazon CloudFront Developer Guide). If the guide leaves a choice, the shorter time
//! is taken: the edge may miss where CloudFront would hit, never the reverse. Headers that the *viewer* sends
//! (`Cache-Control`, `Pragma`) are ignored, as at CloudFront.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, header};

/// The `ErrorCachingMinTTL` of a status that the distribution does not mention
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html>).
pub(crate) const DEFAULT_ERROR_TTL: Duration = Duration::from_secs(10);

/// A cache policy's minimum, default and maximum TTL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TtlBounds {
    /// Lower bound, whatever the origin says.
    pub(crate) min: Duration,
    /// Used if the origin says nothing.
    pub(crate) default: Duration,
    /// Upper bound; zero switches caching off (the managed policy `CachingDisabled`).
    pub(crate) max: Duration,
}

/// Tells whether and how to cache an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Give the answer to this viewer and do not cache it.
    No,
    /// Cache the answer; after `fresh_for` (which may be zero), ask the origin again with the answer's validator.
    For {
        /// Counted from the moment the answer was received.
        fresh_for: Duration,
        /// Whether the stale answer may be used while the origin answers 5xx.
        stale_on_error: bool,
    },
}

/// Decides on the caching of an answer below 400.
pub(crate) fn of_success(
    status: StatusCode,
    headers: &HeaderMap,
    bounds: TtlBounds,
    now: SystemTime,
) -> Keep {
    let said = Directives::of(headers);
    let kept = match status.as_u16() {
        200 | 203 | 204 | 300 | 301 | 302 | 303 => true,
        307 | 308 => headers.contains_key(header::CACHE_CONTROL),
        _ => false,
    };
    if !kept || bounds.max.is_zero() {
        return Keep::No;
    }
    if said.no_store || said.private {
        return match bounds.min.is_zero() {
            true => Keep::No,
            false => Keep::For {
                fresh_for: bounds.min,
                stale_on_error: false,
            },
        };
    }
    if said.no_cache {
        return Keep::For {
            fresh_for: bounds.min,
            stale_on_error: false,
        };
    }
    let asked = said
        .s_maxage
        .or(said.max_age)
        .or_else(|| until_expiry(headers, now));
    let fresh_for = match asked {
        Some(asked) => asked.clamp(bounds.min, bounds.max.max(bounds.min)),
        None => bounds.default.max(bounds.min),
    };
    Keep::For {
        fresh_for,
        stale_on_error: !fresh_for.is_zero() && !said.must_revalidate,
    }
}

/// Decides on the caching of an answer of 400 and above. `error_min` is the distribution's `ErrorCachingMinTTL` for
/// this status. Only the listed statuses are cached at all, some of them only if the origin asks for it.
pub(crate) fn of_error(
    status: StatusCode,
    headers: &HeaderMap,
    error_min: Duration,
    bounds: TtlBounds,
) -> Keep {
    let said = Directives::of(headers);
    let asked = said
        .s_maxage
        .or(said.max_age)
        .map(|asked| asked.min(bounds.max));
    let forbidden = said.no_store || said.private || said.no_cache;
    let kept = match status.as_u16() {
        404 | 414 => !forbidden,
        400 | 403 | 405 | 412 | 415 => !forbidden && asked.is_some(),
        500..=504 => true,
        _ => false,
    };
    let asked = asked.filter(|_| !forbidden).unwrap_or_default();
    let fresh_for = error_min.max(asked);
    match kept && !fresh_for.is_zero() && !bounds.max.is_zero() {
        true => Keep::For {
            fresh_for,
            stale_on_error: false,
        },
        false => Keep::No,
    }
}

fn until_expiry(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let expires = headers.get(header::EXPIRES)?.to_str().ok()?;
    // An unreadable date means "already expired" (RFC 9111, section 5.3).
    let at = httpdate::parse_http_date(expires).unwrap_or(SystemTime::UNIX_EPOCH);
    Some(at.duration_since(now).unwrap_or_default())
}

#[derive(Debug, Default)]
struct Directives {
    no_store: bool,
    no_cache: bool,
    private: bool,
    must_revalidate: bool,
    max_age: Option<Duration>,
    s_maxage: Option<Duration>,
}

impl Directives {
    fn of(headers: &HeaderMap) -> Self {
        let mut said = Self::default();
        let lines = headers.get_all(header::CACHE_CONTROL).into_iter();
        for directive in lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
        {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let seconds = || {
                value
                    .trim()
                    .trim_matches('"')
                    .parse()
                    .ok()
                    .map(Duration::from_secs)
            };
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" => said.no_store = true,
                "no-cache" => said.no_cache = true,
                "private" => said.private = true,
                "must-revalidate" | "proxy-revalidate" => said.must_revalidate = true,
                "max-age" => said.max_age = said.max_age.or_else(seconds),
                "s-maxage" => said.s_maxage = said.s_maxage.or_else(seconds),
                _ => {}
            }
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cache_control: &str, expires: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (header::CACHE_CONTROL, cache_control),
            (header::EXPIRES, expires),
        ] {
            if !value.is_empty() {
                headers.insert(name, value.parse().unwrap());
            }
        }
        headers
    }

    fn limits(min: u64, default: u64, max: u64) -> TtlBounds {
        let [min, default, max] = [min, default, max].map(Duration::from_secs);
        TtlBounds { min, default, max }
    }

    fn seconds(keep: Keep) -> Option<u64> {
        match keep {
            Keep::No => None,
            Keep::For { fresh_for, .. } => Some(fresh_for.as_secs()),
        }
    }

    fn kept(status: u16, cache_control: &str, bounds: TtlBounds) -> Option<u64> {
        let status = StatusCode::from_u16(status).unwrap();
        let headers = headers(cache_control, "");
        seconds(of_success(status, &headers, bounds, SystemTime::UNIX_EPOCH))
    }

    #[test]
    fn an_object_stays_as_long_as_the_guide_says() {
        let usual = limits(0, 86_400, 31_536_000);
        let narrow = limits(60, 3_600, 7_200);
        let off = limits(0, 0, 0);
        for (cache_control, bounds, expected) in [
            ("", usual, Some(86_400)),
            ("", limits(60, 10, 100), Some(60)),
            ("max-age=10", usual, Some(10)),
            ("max-age=10, s-maxage=99", usual, Some(99)),
            ("public,S-MaxAge=99,max-age=10", usual, Some(99)),
            ("s-maxage=99999", narrow, Some(7_200)),
            ("max-age=1", narrow, Some(60)),
            // Cached only to be revalidated.
            ("max-age=0", usual, Some(0)),
            ("no-cache", usual, Some(0)),
            ("no-store", usual, None),
            ("private, max-age=60", usual, None),
            ("no-store", narrow, Some(60)),
            ("max-age=60", off, None),
            // An unreadable value counts as absent.
            ("max-age=soon", usual, Some(86_400)),
        ] {
            assert_eq!(
                kept(200, cache_control, bounds),
                expected,
                "{cache_control}"
            );
        }
    }

    #[test]
    fn a_part_is_never_kept_and_a_temporary_redirect_only_on_request() {
        let usual = limits(0, 86_400, 31_536_000);
        assert_eq!(kept(206, "max-age=60", usual), None);
        assert_eq!(kept(301, "", usual), Some(86_400));
        assert_eq!(kept(307, "", usual), None);
        assert_eq!(kept(307, "max-age=5", usual), Some(5));
    }

    #[test]
    fn expires_counts_only_without_max_age() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(30);
        let usual = limits(0, 86_400, 31_536_000);
        let later = "Thu, 01 Jan 1970 00:01:00 GMT";
        let past = "Thu, 01 Jan 1970 00:00:10 GMT";
        for (cache_control, expires, expected) in [
            ("", later, 30),
            ("max-age=7", later, 7),
            ("", past, 0),
            ("", "0", 0),
        ] {
            let headers = headers(cache_control, expires);
            let keep = of_success(StatusCode::OK, &headers, usual, now);
            assert_eq!(seconds(keep), Some(expected), "{cache_control} {expires}");
        }
    }

    #[test]
    fn an_error_never_stays_longer_than_at_cloudfront() {
        let usual = limits(0, 86_400, 31_536_000);
        for (status, cache_control, error_min, expected) in [
            (404, "", 10, Some(10)),
            (404, "", 1, Some(1)),
            (404, "", 0, None),
            (404, "max-age=30", 10, Some(30)),
            (404, "max-age=3", 10, Some(10)),
            (404, "no-store", 10, None),
            (403, "", 10, None),
            (403, "s-maxage=3", 1, Some(3)),
            // In neither list of statuses.
            (410, "max-age=30", 10, None),
            (416, "max-age=30", 10, None),
            (503, "", 10, Some(10)),
            (503, "no-store", 10, Some(10)),
            (500, "public, max-age=0, s-maxage=60", 1, Some(60)),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let error_min = Duration::from_secs(error_min);
            let keep = of_error(status, &headers(cache_control, ""), error_min, usual);
            assert_eq!(
                seconds(keep),
                expected,
                "{status} {cache_control} {error_min:?}"
            );
        }
    }

    #[test]
    fn what_must_be_revalidated_never_stands_in_for_an_error() {
        let usual = limits(0, 86_400, 31_536_000);
        for (cache_control, expected) in [
            ("max-age=5", true),
            ("max-age=5, must-revalidate", false),
            ("no-cache", false),
        ] {
            let keep = of_success(
                StatusCode::OK,
                &headers(cache_control, ""),
                usual,
                SystemTime::UNIX_EPOCH,
            );
            assert!(
                matches!(keep, Keep::For { stale_on_error, .. } if stale_on_error == expected),
                "{cache_control}"
            );
        }
    }
}
