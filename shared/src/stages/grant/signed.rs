//! A signed policy, in the two forms in which viewers can carry it: URL parameters and cookies.
//!
//! Values are in base64 with three of CloudFront's own replacements: `-` for `+`, `_` for `=`, `~` for `/`. They need
//! no escaping in a query string or a cookie.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-setting-signed-cookie-custom-policy.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::policy::Policy;
use crate::ports::signing::{SigningError, SigningKey};

/// The hash algorithm that CloudFront is told. It would assume SHA-1 without this, and Dozo does not sign with SHA-1.
const HASH: &str = "SHA256";

/// A policy with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// `Policy` (or `Expires` if the policy is canned), then `Signature`, `Key-Pair-Id` and `Hash-Algorithm`.
    values: [(&'static str, String); 4],
}

impl Signed {
    /// Signs a policy.
    ///
    /// # Errors
    /// Returns a [`SigningError`] if the key cannot sign.
    pub fn new(policy: &Policy, key: &dyn SigningKey) -> Result<Self, SigningError> {
        let text = policy.text().map_err(|error| SigningError(error.into()))?;
        let what = if policy.is_canned() {
            ("Expires", policy.until_seconds().to_string())
        } else {
            ("Policy", encode(text.as_bytes()))
        };
        Ok(Self {
            values: [
                what,
                ("Signature", encode(&key.sign(text.as_bytes())?)),
                ("Key-Pair-Id", key.id().to_owned()),
                ("Hash-Algorithm", HASH.to_owned()),
            ],
        })
    }

    /// Returns the query string to put after the `?` of a URL, or after `&` if the URL has parameters of its own.
    #[must_use]
    pub fn query(&self) -> String {
        let pairs = self.values.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("&")
    }

    /// Returns the names and values of the cookies.
    pub fn cookies(&self) -> impl Iterator<Item = (String, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (format!("CloudFront-{name}"), value.as_str()))
    }

    /// Returns values of `Set-Cookie` headers for a path of the CDN. They have no `Expires`: the browser forgets them
    /// when it is closed, and the policy expires by itself.
    #[must_use]
    pub fn set_cookies(&self, path: &str) -> Vec<String> {
        self.cookies()
            .map(|(name, value)| format!("{name}={value}; Path={path}; Secure; HttpOnly"))
            .collect()
    }
}

fn encode(bytes: &[u8]) -> String {
    let translate = |character| match character {
        '+' => '-',
        '=' => '_',
        '/' => '~',
        other => other,
    };
    BASE64.encode(bytes).chars().map(translate).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    struct Fixed(&'static [u8]);

    impl SigningKey for Fixed {
        fn id(&self) -> &str {
            "K2JCJMDEHXQW5F"
        }

        fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SigningError> {
            Ok(self.0.to_vec())
        }
    }

    #[test]
    fn the_three_characters_are_cloudfronts() {
        assert_eq!(encode(&[0xfb, 0xef, 0xbe, 0xff]), "----~w__");
    }

    #[test]
    fn a_canned_policy_is_its_end() {
        let end = Timestamp::from_second(1_767_290_400).unwrap();
        let signed = Signed::new(&Policy::until("https://h/a", end), &Fixed(&[0xff])).unwrap();
        assert_eq!(
            signed.query(),
            "Expires=1767290400&Signature=~w__&Key-Pair-Id=K2JCJMDEHXQW5F&Hash-Algorithm=SHA256"
        );
    }

    #[test]
    fn cookies_stay_below_their_path() {
        let end = Timestamp::from_second(1).unwrap();
        let signed = Signed::new(&Policy::until("https://h/*", end), &Fixed(&[0])).unwrap();
        let cookies = signed.set_cookies("/private/demo/m/");
        let names: Vec<_> = cookies
            .iter()
            .map(|cookie| cookie.split('=').next().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "CloudFront-Policy",
                "CloudFront-Signature",
                "CloudFront-Key-Pair-Id",
                "CloudFront-Hash-Algorithm"
            ]
        );
        for cookie in cookies {
            assert!(
                cookie.ends_with("; Path=/private/demo/m/; Secure; HttpOnly"),
                "{cookie}"
            );
        }
    }
}
