//! Behaviours with trusted key groups: who may pass.
//!
//! ```text
//! carried    the four values, from the query or the cookies
//! key        a public key of the behaviour's groups, and whether a signature is of it
//! policy     what was signed, read strictly, and whether it opens this request
//! ```
//!
//! The checks are those of CloudFront's guide, in an order that tells the most of a request that is merely wrong:
//! key id, key, signature's form, policy's form, signature, then address, times and viewer. Where the guide is silent, the
//! edge refuses. Written without Dozo's own signer in sight, so that neither hides the other's faults.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PrivateContent.html>

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

/// A request, as far as a signature is concerned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// As sent, not decoded.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    /// Of the connection.
    pub(crate) viewer: IpAddr,
    pub(crate) now: SystemTime,
}

/// Why a request does not pass: always 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It names no key.
    MissingKey,
    /// It names a key that no group of the behaviour has.
    UnknownKey,
    /// The signature is missing or not in CloudFront's base 64.
    MalformedSignature,
    /// The policy is missing, not in CloudFront's base 64, or not as the guide has it.
    MalformedPolicy,
    /// Another policy was signed, or another key signed; or the policy does not open this request.
    Denied,
}

impl Refusal {
    /// CloudFront's codes and words, as its viewers report them.
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

/// Lets a request pass: what is left of its query without the signature.
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

/// The address as the viewer has it. The host is what the viewer says it is, so it must not reach into the path.
fn url(asked: &Asked<'_>, query: Option<&str>) -> Option<String> {
    let host = asked.headers.get(header::HOST)?.to_str().ok()?;
    let plain = host
        .parse::<Authority>()
        .is_ok_and(|authority| authority == host && !host.contains('@'));
    let mark = if query.is_some() { "?" } else { "" };
    let query = query.unwrap_or_default();
    plain.then(|| format!("http://{host}{}{mark}{query}", asked.path))
}
