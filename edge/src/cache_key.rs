//! The cache key: the path, and the queries, headers and cookies that the cache policy names.
//!
//! It is made after the viewer-request function ran. It deliberately leaves out `Accept-Encoding` (the edge does not
//! compress) and the host, and keeps the order of queries (`?a&b` and `?b&a` differ, as at CloudFront). The behaviour
//! is part of the key, so that a rewritten path never gets an answer of another behaviour.

use http::HeaderMap;

/// The names of a kind (queries, cookies) that a policy includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// No name.
    None,
    /// Every name.
    All,
    /// Only these names.
    Only(Vec<String>),
    /// All names except these.
    AllExcept(Vec<String>),
}

impl Selection {
    fn takes(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Only(names) => names.iter().any(|listed| listed == name),
            Self::AllExcept(names) => !names.iter().any(|listed| listed == name),
        }
    }
}

/// The part of a cache policy that determines the key.
#[derive(Debug, Clone)]
pub(crate) struct KeyParts {
    /// Query strings by name.
    pub(crate) queries: Selection,
    /// Cookies by name.
    pub(crate) cookies: Selection,
    /// Header names in lower case.
    pub(crate) headers: Vec<String>,
}

impl KeyParts {
    /// Returns the headers that go to the origin because they are part of the key.
    pub(crate) fn forwarded(&self, headers: &HeaderMap) -> HeaderMap {
        let named = self
            .headers
            .iter()
            .filter_map(|name| name.parse::<http::HeaderName>().ok());
        named
            .filter_map(|name| Some((name.clone(), headers.get(&name)?.clone())))
            .collect()
    }
}

/// A cache key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey {
    behavior: usize,
    /// The raw path and, if it is in the key, `?` and the query. Invalidation paths are matched against this.
    path: String,
    headers: Vec<(String, Vec<Vec<u8>>)>,
    cookies: Vec<String>,
}

impl CacheKey {
    /// Makes the key of a request after the viewer-request function ran.
    pub(crate) fn new(
        behavior: usize,
        parts: &KeyParts,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Self {
        let query = chosen_query(&parts.queries, query);
        Self {
            behavior,
            path: if query.is_empty() {
                path.to_owned()
            } else {
                format!("{path}?{query}")
            },
            headers: parts
                .headers
                .iter()
                .map(|name| {
                    (
                        name.clone(),
                        headers
                            .get_all(name)
                            .iter()
                            .map(|value| value.as_bytes().to_vec())
                            .collect(),
                    )
                })
                .collect(),
            cookies: cookies_of(headers)
                .filter(|(name, _)| parts.cookies.takes(name))
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
        }
    }

    /// Returns the text that invalidation paths are matched against.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

fn chosen_query(selection: &Selection, query: Option<&str>) -> String {
    let pairs = query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty());
    let chosen: Vec<&str> = pairs
        .filter(|pair| selection.takes(pair.split('=').next().unwrap_or(pair)))
        .collect();
    chosen.join("&")
}

/// Returns the request's cookies, in order.
pub(crate) fn cookies_of(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(http::header::COOKIE).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn key(
        queries: Selection,
        cookies: Selection,
        query: &str,
        headers: &[(&'static str, &'static str)],
    ) -> CacheKey {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let parts = KeyParts {
            queries,
            cookies,
            headers: vec!["accept".to_owned()],
        };
        CacheKey::new(0, &parts, "/p", Some(query), &map)
    }

    #[test]
    fn only_what_the_policy_names_counts() {
        let only_w = || Selection::Only(vec!["w".to_owned()]);
        let not_w = || Selection::AllExcept(vec!["w".to_owned()]);
        for (case, queries, query, expected) in [
            ("none", Selection::None, "w=1&h=2", "/p"),
            ("all, in order", Selection::All, "w=1&h=2", "/p?w=1&h=2"),
            ("all, other order", Selection::All, "h=2&w=1", "/p?h=2&w=1"),
            ("only", only_w(), "h=2&w=1&w=3", "/p?w=1&w=3"),
            ("all except", not_w(), "h=2&w=1&x", "/p?h=2&x"),
            ("names are case sensitive", only_w(), "W=1", "/p"),
        ] {
            assert_eq!(
                key(queries, Selection::None, query, &[]).path(),
                expected,
                "{case}"
            );
        }
    }

    #[test]
    fn headers_and_cookies() {
        let only_a = || Selection::Only(vec!["a".to_owned()]);
        let plain = key(Selection::None, only_a(), "", &[]);
        assert_eq!(
            plain,
            key(
                Selection::None,
                only_a(),
                "x=1",
                &[("cookie", "b=2"), ("user-agent", "x")]
            )
        );
        assert_ne!(
            plain,
            key(Selection::None, only_a(), "", &[("cookie", "b=2; a=1")])
        );
        assert_ne!(
            plain,
            key(Selection::None, only_a(), "", &[("accept", "image/avif")])
        );
    }
}
