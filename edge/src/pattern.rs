//! Matches wildcards, and paths with the patterns of behaviours.
//!
//! `*` matches any number of characters, `?` exactly one; every other character matches itself, and case matters. The
//! first behaviour that matches is used, and a leading `/` in a pattern may be left out
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html>). The
//! path is normalised only to *choose* a behaviour (RFC 3986: `%70` is `p`, `//` is `/`, dot segments are resolved);
//! function, cache key and origin get the path as it was sent.

use percent_encoding::percent_decode_str;

/// Tells whether `text` as a whole matches `pattern`. Linear in practice and never exponential: only the latest `*`
/// is ever retried, which is enough because an earlier one cannot match better.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(character) = text.get(seen) {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at + 1, seen));
                at += 1;
            }
            Some(wanted) if *wanted == b'?' || wanted == character => {
                at += 1;
                seen += 1;
            }
            Some(_) | None => {
                let Some((after_star, from)) = retry else {
                    return false;
                };
                retry = Some((after_star, from + 1));
                (at, seen) = (after_star, from + 1);
            }
        }
    }
    pattern
        .get(at..)
        .unwrap_or_default()
        .iter()
        .all(|rest| *rest == b'*')
}

/// A behaviour's path pattern.
#[derive(Debug, Clone)]
pub(crate) struct PathPattern(String);

impl PathPattern {
    /// Takes the pattern from the distribution and adds the optional leading `/`.
    pub(crate) fn new(pattern: &str) -> Self {
        match pattern.starts_with(['/', '*']) {
            true => Self(pattern.to_owned()),
            false => Self(format!("/{pattern}")),
        }
    }

    /// Tells whether a viewer's path, as sent, matches this pattern.
    pub(crate) fn covers(&self, raw_path: &str) -> bool {
        matches(&self.0, &normalised(raw_path))
    }
}

/// Returns `path` with unreserved characters decoded, slashes merged and dot segments resolved. An encoded slash
/// stays encoded: decoding it would change the segments.
fn normalised(path: &str) -> String {
    let mut kept: Vec<String> = Vec::new();
    let mut directory = false;
    for raw in path.split('/') {
        let segment = decode_unreserved(raw);
        directory = matches!(segment.as_str(), "" | "." | "..");
        match segment.as_str() {
            "" | "." => {}
            ".." => drop(kept.pop()),
            _ => kept.push(segment),
        }
    }
    let slash = if directory && !kept.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{slash}", kept.join("/"))
}

fn decode_unreserved(segment: &str) -> String {
    let mut decoded = String::with_capacity(segment.len());
    let mut rest = segment;
    while let Some(position) = rest.find('%') {
        let (before, escape) = rest.split_at(position);
        decoded.push_str(before);
        let triple = escape.get(..3).unwrap_or(escape);
        let byte = percent_decode_str(triple)
            .next()
            .filter(|_| triple.len() == 3);
        match byte.map(char::from) {
            Some(plain) if plain.is_ascii_alphanumeric() || "-._~".contains(plain) => {
                decoded.push(plain);
            }
            Some(_) | None => decoded.push_str(triple),
        }
        rest = escape.get(triple.len()..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::{PathPattern, matches};

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "/anything/at/all", true),
            ("/a*", "/a", true),
            ("/a?", "/a", false),
            ("/a?", "/ab", true),
            ("/*.jpg", "/x/y.jpg", true),
            ("/*.jpg", "/x/y.JPG", false),
            ("/private/*/iiif/*", "/private/app/m/iiif/full", true),
            ("/private/*/iiif/*", "/private/iiif/full", false),
            ("/a*b*c", "/a-b-b-c", true),
            ("/a*b*c", "/a-b-b-d", false),
            ("/a", "/a/", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let text = "a".repeat(8_000);
        assert!(!matches(&format!("{}b", "*a".repeat(200)), &text));
    }

    #[test]
    fn hostile_paths_stay_on_the_private_side() {
        let private = PathPattern::new("private/*");
        for path in [
            "/private/x",
            "/%70rivate/x",
            "//private/x",
            "/./private//x",
            "/public/../private/x",
            "/public/%2e%2e/private/x",
            "/public/..%2Fx/../../private/x",
        ] {
            assert!(private.covers(path), "{path}");
        }
        for path in [
            "/Private/x",
            "/private",
            "/private%2Fx",
            "/public/private/x",
            "/private/../public/x",
            "/%",
            "/%7",
        ] {
            assert!(!private.covers(path), "{path}");
        }
    }
}
