//! What a request carries of a signature: in its query, or else in cookies; never some of each.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::Asked;
use super::key::Hash;
use crate::edge::cache_key::cookies_of;

/// Names in a query; cookies have `CloudFront-` before them. They are CloudFront's and reach nobody behind it.
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
    /// A signature in the address counts alone, whatever cookies there are.
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

    /// Of a name that comes twice the first: browsers send the cookie of the longest path first.
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

    /// What must have been signed: the policy that was sent, or the canned one for this address and end.
    pub(super) fn policy_text(&self, url: &str) -> Option<Vec<u8>> {
        if let Some(policy) = self.policy {
            return decode(policy);
        }
        let end = self.expires?;
        let plain = end.bytes().all(|byte| byte.is_ascii_digit()) && !end.starts_with('0');
        // An address is never escaped in it, so one that would need to be can have no canned policy.
        let literal = !url.contains(['"', '\\']);
        (plain && literal).then(|| {
            format!(
                r#"{{"Statement":[{{"Resource":"{url}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{end}}}}}}}]}}"#
            )
            .into_bytes()
        })
    }

    /// SHA-1 when nothing is said.
    pub(super) fn hash(&self) -> Option<Hash> {
        match self.hash {
            None | Some("SHA1") => Some(Hash::Sha1),
            Some("SHA256") => Some(Hash::Sha256),
            Some(_) => None,
        }
    }
}

/// The query without a signature's parts; nothing when nothing is left.
pub(super) fn without_signature(query: Option<&str>) -> Option<String> {
    let kept = query?.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or(pair);
        !NAMES.contains(&name)
    });
    let kept = kept.collect::<Vec<_>>().join("&");
    (!kept.is_empty()).then_some(kept)
}

/// CloudFront's base 64. Strict: one text for each value.
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
