//! The parts of a signature that a request carries: either all in its query or all in cookies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::Asked;
use super::key::Hash;
use crate::cache_key::cookies_of;

/// The parameters' names in a query; cookies have the prefix `CloudFront-`. They are for CloudFront and are not
/// passed on to functions or origins.
const NAMES: [&str; 5] = [
    "Expires",
    "Policy",
    "Signature",
    "Key-Pair-Id",
    "Hash-Algorithm",
];

/// The values, as they were sent.
#[derive(Debug, Default)]
pub(super) struct Carried<'a> {
    expires: Option<&'a str>,
    policy: Option<&'a str>,
    pub(super) signature: Option<&'a str>,
    pub(super) key_id: Option<&'a str>,
    hash: Option<&'a str>,
}

impl<'a> Carried<'a> {
    /// Reads the values. If the query contains a signature, cookies are ignored.
    pub(super) fn by(asked: &Asked<'a>) -> Self {
        let in_query = Self::of(pairs(asked.query));
        if in_query.signature.is_some() || in_query.key_id.is_some() || in_query.policy.is_some() {
            return in_query;
        }
        let cookies = cookies_of(asked.headers);
        Self::of(
            cookies.filter_map(|(name, value)| Some((name.strip_prefix("CloudFront-")?, value))),
        )
    }

    /// Reads the values from these pairs. Of several pairs with the same name, the first counts: browsers send the
    /// cookie with the longest path first.
    fn of(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut carried = Self::default();
        for (name, value) in pairs.filter(|(_, value)| !value.is_empty()) {
            let place = match name {
                "Expires" => &mut carried.expires,
                "Policy" => &mut carried.policy,
                "Signature" => &mut carried.signature,
                "Key-Pair-Id" => &mut carried.key_id,
                "Hash-Algorithm" => &mut carried.hash,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        carried
    }

    /// Returns the text that must have been signed: the policy that was sent, or the canned policy for this URL and
    /// expiry time.
    pub(super) fn policy_text(&self, url: &str) -> Option<Vec<u8>> {
        if let Some(policy) = self.policy {
            return decode(policy);
        }
        let end = self.expires?;
        let plain = end.bytes().all(|byte| byte.is_ascii_digit()) && !end.starts_with('0');
        // The URL is never escaped in a canned policy, so one that would need escaping cannot have one.
        let literal = !url.contains(['"', '\\']);
        (plain && literal).then(|| {
            format!(
                r#"{{"Statement":[{{"Resource":"{url}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{end}}}}}}}]}}"#
            )
            .into_bytes()
        })
    }

    /// Returns the hash algorithm, which is SHA-1 unless the request says otherwise.
    pub(super) fn hash(&self) -> Option<Hash> {
        match self.hash {
            None | Some("SHA1") => Some(Hash::Sha1),
            Some("SHA256") => Some(Hash::Sha256),
            Some(_) => None,
        }
    }
}

/// Returns the query without the signature's parts, or `None` if nothing is left.
pub(super) fn without_signature(query: Option<&str>) -> Option<String> {
    let kept = query?.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or(pair);
        !NAMES.contains(&name)
    });
    let kept = kept.collect::<Vec<_>>().join("&");
    (!kept.is_empty()).then_some(kept)
}

/// Decodes CloudFront's variant of base 64. Strict: each value has only one encoding.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.contains(['+', '/', '=']) {
        return None;
    }
    let plain = text.replace('-', "+").replace('_', "=").replace('~', "/");
    BASE64.decode(plain).ok()
}

fn pairs(query: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.unwrap_or_default().split('&');
    pairs.filter_map(|pair| pair.split_once('='))
}
