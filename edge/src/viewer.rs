//! Takes one request from the viewer through all steps to the answer.
//!
//! ```text
//! behaviour ─▶ method ─▶ signature ─▶ function ─▶ cache (pop) ─▶ headers policy ─▶ X-Cache, Age, Via
//!      └──────────┴───────────┴───────────┴── each of these may answer itself
//! ```

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use super::answer::{Answer, XCache};
use super::distribution::Distribution;
use super::error_page;
use super::function::{self, Decision};
use super::function_event::{EventContext, FunctionError, Viewed};
use super::pop::{Pop, Wanted};
use super::signed::{self, Asked};

/// The length of CloudFront's longest URL, in bytes
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>).
const MAX_URL_BYTES: usize = 8_192;

/// Answers one request.
pub(crate) async fn answer(
    pop: Arc<Pop>,
    peer: SocketAddr,
    request: Request<Body>,
) -> Response<Body> {
    let id = format!("{:032x}", rand::random::<u128>());
    let (parts, _body) = request.into_parts();
    let Answer { mut response, from } = decide(&pop, peer, &id, parts).await;
    let headers = response.headers_mut();
    headers.insert("x-cache", HeaderValue::from_static(from.text()));
    headers.insert(
        header::VIA,
        HeaderValue::from_static("1.1 edge.local.cloudfront.net (CloudFront)"),
    );
    headers.insert("x-amz-cf-pop", HeaderValue::from_static("LOCAL"));
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert("x-amz-cf-id", id);
    }
    response
}

async fn decide(pop: &Arc<Pop>, peer: SocketAddr, id: &str, parts: http::request::Parts) -> Answer {
    let distribution = pop.distribution().await;
    let (path, query) = (parts.uri.path(), parts.uri.query());
    if path.len() + query.map_or(0, |query| query.len() + 1) > MAX_URL_BYTES {
        return Answer::refusal(
            StatusCode::URI_TOO_LONG,
            "The URL is longer than 8,192 bytes.",
        );
    }
    let Some((number, behavior)) = distribution.behavior(path) else {
        return Answer::refusal(StatusCode::BAD_GATEWAY, "No behaviour matches this path.");
    };
    if !behavior.methods.contains(&parts.method) {
        return Answer::refusal(
            StatusCode::FORBIDDEN,
            "This distribution is not configured to allow this HTTP method.",
        );
    }
    if ![Method::GET, Method::HEAD, Method::OPTIONS].contains(&parts.method) {
        return Answer::refusal(
            StatusCode::NOT_IMPLEMENTED,
            "The local edge serves GET, HEAD and OPTIONS only.",
        );
    }
    let query = match &behavior.signers {
        None => query.map(str::to_owned),
        Some(keys) => {
            let asked = Asked {
                path,
                query,
                headers: &parts.headers,
                viewer: peer.ip(),
                now: (pop.clock)(),
            };
            match signed::admit(keys, &asked) {
                Ok(rest) => rest,
                Err(refusal) => return Answer::new(refusal.response(), XCache::Error),
            }
        }
    };
    let viewed = Viewed {
        method: parts.method.to_string(),
        uri: path.to_owned(),
        query,
        headers: parts.headers.clone(),
    };
    let viewed =
        match run_function(behavior.function.clone(), &distribution, peer, id, viewed).await {
            Ok(viewed) => viewed,
            Err(answer) => return *answer,
        };
    let viewer_origin = parts.headers.get(header::ORIGIN).cloned();
    let wanted = Wanted {
        distribution: Arc::clone(&distribution),
        behavior: number,
        method: parts.method.clone(),
        path: distribution.origin_path(viewed.uri),
        query: viewed.query,
        headers: viewed.headers,
    };
    let mut answer = pop.get(wanted).await;
    behavior.headers.apply(
        answer.response.headers_mut(),
        &parts.method,
        viewer_origin.as_ref(),
    );
    answer
}

async fn run_function(
    code: Option<Arc<str>>,
    distribution: &Distribution,
    peer: SocketAddr,
    id: &str,
    viewed: Viewed,
) -> Result<Viewed, Box<Answer>> {
    let Some(code) = code else {
        return Ok(viewed);
    };
    let context = EventContext {
        distribution_domain_name: distribution.domain_name.clone(),
        distribution_id: distribution.id.clone(),
        request_id: id.to_owned(),
        viewer_ip: peer.ip().to_string(),
    };
    let run = tokio::task::spawn_blocking(move || function::run(&code, &context, viewed)).await;
    let decision = run.unwrap_or_else(|died| Err(FunctionError::Execution(died.to_string())));
    match decision {
        Ok(Decision::Continue(viewed)) => Ok(viewed),
        Ok(Decision::Answer(response)) => Err(Box::new(Answer {
            response: response.map(Body::from),
            from: XCache::FunctionGenerated,
        })),
        Err(error) => {
            tracing::error!(%error, "the viewer-request function failed");
            let response = error_page::html(
                StatusCode::SERVICE_UNAVAILABLE,
                "The CloudFront function failed.",
            );
            Err(Box::new(Answer {
                response,
                from: XCache::FunctionFailed,
            }))
        }
    }
}
