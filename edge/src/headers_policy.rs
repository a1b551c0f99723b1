//! Response headers policies: CORS, security headers, custom headers, removed headers.
//!
//! A policy is applied to every answer on its way out, cached or not, because CORS depends on this viewer's `Origin`.
//! The rules are those of "Understand response headers policies" (Amazon CloudFront Developer Guide), without the
//! `Server-Timing` part.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::pattern;

/// A header that a policy sets.
#[derive(Debug, Clone)]
pub(crate) struct SetHeader {
    pub(crate) name: HeaderName,
    pub(crate) value: HeaderValue,
    /// Whether the policy's value overrides the origin's.
    pub(crate) wins: bool,
}

/// The CORS part of a policy.
#[derive(Debug, Clone)]
pub(crate) struct Cors {
    /// `*`, or origins in which `*` is a wildcard.
    pub(crate) allow_origins: Vec<String>,
    pub(crate) allow_credentials: bool,
    /// The names, joined by commas; `None` sends no header.
    pub(crate) expose_headers: Option<HeaderValue>,
    /// For preflight requests only.
    pub(crate) preflight: Vec<(HeaderName, HeaderValue)>,
    /// Whether the policy's headers override the origin's.
    pub(crate) wins: bool,
}

/// A response-headers policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeadersPolicy {
    pub(crate) cors: Option<Cors>,
    /// Security and custom headers.
    pub(crate) set: Vec<SetHeader>,
    pub(crate) remove: Vec<HeaderName>,
}

impl HeadersPolicy {
    /// Changes the headers of an answer to a request with this method and `Origin`. Removal comes first: a policy may
    /// remove the origin's header and set its own of the same name.
    pub(crate) fn apply(
        &self,
        answer: &mut HeaderMap,
        method: &Method,
        origin: Option<&HeaderValue>,
    ) {
        for name in &self.remove {
            answer.remove(name);
        }
        if let (Some(cors), Some(origin)) = (&self.cors, origin) {
            cors.apply(answer, method, origin);
        }
        for SetHeader { name, value, wins } in &self.set {
            put(answer, name, value, *wins);
        }
    }
}

impl Cors {
    fn apply(&self, answer: &mut HeaderMap, method: &Method, origin: &HeaderValue) {
        let any = self.allow_origins.iter().any(|allowed| allowed == "*");
        let asked = origin.to_str().unwrap_or_default();
        if !any
            && !self
                .allow_origins
                .iter()
                .any(|allowed| pattern::matches(allowed, asked))
        {
            return;
        }
        let allowed = if any {
            HeaderValue::from_static("*")
        } else {
            origin.clone()
        };
        put(
            answer,
            &header::ACCESS_CONTROL_ALLOW_ORIGIN,
            &allowed,
            self.wins,
        );
        if !any {
            answer.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        if self.allow_credentials {
            put(
                answer,
                &header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
                &HeaderValue::from_static("true"),
                self.wins,
            );
        }
        if let Some(exposed) = &self.expose_headers {
            put(
                answer,
                &header::ACCESS_CONTROL_EXPOSE_HEADERS,
                exposed,
                self.wins,
            );
        }
        if *method == Method::OPTIONS {
            for (name, value) in &self.preflight {
                put(answer, name, value, self.wins);
            }
        }
    }
}

fn put(answer: &mut HeaderMap, name: &HeaderName, value: &HeaderValue, wins: bool) {
    if wins || !answer.contains_key(name) {
        answer.insert(name, value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(allow: &str) -> HeadersPolicy {
        HeadersPolicy {
            cors: Some(Cors {
                allow_origins: vec![allow.to_owned()],
                allow_credentials: false,
                expose_headers: Some(HeaderValue::from_static("etag")),
                preflight: vec![(
                    header::ACCESS_CONTROL_ALLOW_METHODS,
                    HeaderValue::from_static("GET"),
                )],
                wins: true,
            }),
            set: vec![
                SetHeader {
                    name: header::CONTENT_SECURITY_POLICY,
                    value: HeaderValue::from_static("sandbox"),
                    wins: true,
                },
                SetHeader {
                    name: header::REFERRER_POLICY,
                    value: HeaderValue::from_static("no-referrer"),
                    wins: false,
                },
            ],
            remove: vec![HeaderName::from_static("x-amz-meta-cache-tag")],
        }
    }

    fn applied(allow: &str, method: &Method, origin: Option<&'static str>) -> HeaderMap {
        let mut answer = HeaderMap::new();
        answer.insert("x-amz-meta-cache-tag", HeaderValue::from_static("media-x"));
        answer.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src *"),
        );
        answer.insert(header::REFERRER_POLICY, HeaderValue::from_static("origin"));
        policy(allow).apply(
            &mut answer,
            method,
            origin.map(HeaderValue::from_static).as_ref(),
        );
        answer
    }

    #[test]
    fn set_keep_and_remove() {
        let answer = applied("*", &Method::GET, None);
        assert!(!answer.contains_key("x-amz-meta-cache-tag"));
        assert!(!answer.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        assert_eq!(
            answer.get(header::CONTENT_SECURITY_POLICY),
            Some(&HeaderValue::from_static("sandbox"))
        );
        assert_eq!(
            answer.get(header::REFERRER_POLICY),
            Some(&HeaderValue::from_static("origin"))
        );
    }

    #[test]
    fn cors_by_origin() {
        for (case, allow, origin, expected) in [
            ("any", "*", "https://a.example", Some("*")),
            (
                "exact",
                "https://a.example",
                "https://a.example",
                Some("https://a.example"),
            ),
            (
                "subdomain",
                "https://*.example",
                "https://a.example",
                Some("https://a.example"),
            ),
            ("other", "https://a.example", "https://b.example", None),
        ] {
            let answer = applied(allow, &Method::GET, Some(origin));
            let sent = answer
                .get(header::ACCESS_CONTROL_ALLOW_ORIGIN)
                .and_then(|value| value.to_str().ok());
            assert_eq!(sent, expected, "{case}");
            assert!(
                !answer.contains_key(header::ACCESS_CONTROL_ALLOW_METHODS),
                "{case}"
            );
        }
        assert!(
            applied("*", &Method::OPTIONS, Some("https://a.example"))
                .contains_key(header::ACCESS_CONTROL_ALLOW_METHODS)
        );
    }
}
