//! Decides who may pass a behaviour with trusted key groups.
//!
//! ```text
//! carried    the four values, from the query or the cookies
//! key        a public key of the behaviour's groups; verifies a signature
//! policy     the signed policy, read strictly; decides whether it allows this request
//! ```
//!
//! The checks are those of CloudFront's guide, ordered so that the answer to a merely faulty request says as much as
//! possible: key id, key, the signature's form, the policy's form, signature, then URL, times and viewer. If the
//! guide does not say, the edge refuses. The code does not share anything with Dozo's own signer, so that neither
//! hides the other's faults. <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PrivateContent.html>

mod carried;
mod key;
mod policy;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::SystemTime;

use axum::body::Body;
use http::uri::Authority;
use http::{HeaderMap, Response, StatusCode, header};

use super::error_page;
use carried::Carried;
pub(crate) use key::PublicKey;
use policy::Policy;

/// The public keys that a behaviour trusts, by id.
pub(crate) type TrustedKeys = HashMap<String, PublicKey>;

/// The parts of a request that a signature concerns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The path as sent, not decoded.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    /// The IP address at the other end of the connection.
    pub(crate) viewer: IpAddr,
    pub(crate) now: SystemTime,
}

/// The reasons why a request is refused, always with 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request names no key.
    MissingKey,
    /// The request names a key that is in none of the behaviour's groups.
    UnknownKey,
    /// The signature is missing or not in CloudFront's base 64.
    MalformedSignature,
    /// The policy is missing, not in CloudFront's base 64, or not of the form that the guide describes.
    MalformedPolicy,
    /// Another policy or another key was used to sign, or the policy does not allow this request.
    Denied,
}

impl Refusal {
    /// Makes the answer, with CloudFront's codes and messages as its viewers report them.
    pub(crate) fn response(self) -> Response<Body> {
        let (code, message) = match self {
            Self::MissingKey => (
                "MissingKey",
                "Missing Key-Pair-Id query parameter or cookie value",
            ),
            Self::UnknownKey => ("InvalidKey", "Unknown Key"),
            Self::MalformedSignature => ("MalformedSignature", "Could not unencode Signature"),
            Self::MalformedPolicy => ("MalformedPolicy", "Malformed Policy"),
            Self::Denied => ("AccessDenied", "Access denied"),
        };
        error_page::xml(StatusCode::FORBIDDEN, code, message)
    }
}

/// Admits a request, and returns its query without the signature.
pub(crate) fn admit(keys: &TrustedKeys, asked: &Asked<'_>) -> Result<Option<String>, Refusal> {
    let rest = carried::without_signature(asked.query);
    let url = url(asked, rest.as_deref()).ok_or(Refusal::Denied)?;
    let carried = Carried::by(asked);
    let id = carried.key_id.ok_or(Refusal::MissingKey)?;
    let key = keys.get(id).ok_or(Refusal::UnknownKey)?;
    let signature = carried.signature.and_then(carried::decode);
    let signature = signature.ok_or(Refusal::MalformedSignature)?;
    let text = carried.policy_text(&url).ok_or(Refusal::MalformedPolicy)?;
    let policy = Policy::read(&text).ok_or(Refusal::MalformedPolicy)?;
    let hash = carried.hash().ok_or(Refusal::Denied)?;
    if key.has_signed(&text, hash, &signature) && policy.opens(&url, asked) {
        Ok(rest)
    } else {
        Err(Refusal::Denied)
    }
}

/// Returns the URL that the viewer requested. The host is the viewer's own claim, so it must not contain a part of
/// the path.
fn url(asked: &Asked<'_>, query: Option<&str>) -> Option<String> {
    let host = asked.headers.get(header::HOST)?.to_str().ok()?;
    let plain = host
        .parse::<Authority>()
        .is_ok_and(|authority| authority == host && !host.contains('@'));
    let mark = if query.is_some() { "?" } else { "" };
    let query = query.unwrap_or_default();
    plain.then(|| format!("http://{host}{}{mark}{query}", asked.path))
}
