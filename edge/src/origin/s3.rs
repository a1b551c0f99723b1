//! Fetches from a bucket behind origin access control.
//!
//! The bucket policy decides, and is read again for each fetch: the object needs `s3:GetObject`; a missing object is
//! reported as missing only with `s3:ListBucket`, and otherwise as denied; the empty key is a listing, which a
//! viewer-request function has to prevent, as on AWS. Query strings are never sent to S3 from here (on AWS, a
//! forwarded one would be part of the signed request), and neither are the viewer's headers.

use axum::body::{Body, to_bytes};
use http::{Method, Request, Response, StatusCode, header};
use percent_encoding::percent_decode_str;

use super::super::error_page;
use super::policy::Policy;
use super::{Ask, Backend, OriginError, RESPONSE_TIMEOUT};

/// Bucket policies are at most 20 KB
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>).
const MAX_POLICY_BYTES: usize = 64 << 10;

/// A bucket as an origin.
#[derive(Debug, Clone)]
pub(crate) struct S3Origin {
    /// The origin's host name, such as `bucket.s3.us-east-1.amazonaws.com`.
    host: String,
    bucket: String,
    /// Prefix of every path; empty or beginning with `/`.
    path_prefix: String,
    /// Whether the distribution signs its requests (origin access control).
    access_control: bool,
}

impl S3Origin {
    /// Returns the bucket that a host name stands for, or `None` if it is not a bucket's.
    pub(crate) fn from_host(host: &str, path_prefix: &str, access_control: bool) -> Option<Self> {
        let (bucket, service) = host.strip_suffix(".amazonaws.com")?.rsplit_once(".s3")?;
        let regional = service.is_empty() || service.starts_with(['.', '-']);
        (regional && !bucket.is_empty()).then(|| Self {
            host: host.to_owned(),
            bucket: bucket.to_owned(),
            path_prefix: path_prefix.to_owned(),
            access_control,
        })
    }

    /// Asks the bucket, if its policy allows this distribution.
    pub(crate) async fn fetch(
        &self,
        backend: &Backend,
        distribution_arn: &str,
        ask: &Ask,
    ) -> Result<Response<Body>, OriginError> {
        let policy = match self.access_control {
            true => self.policy(backend).await?,
            false => None,
        };
        let policy = policy.unwrap_or_default();
        let path = format!("{}{}", self.path_prefix, ask.path);
        let key = percent_decode_str(path.strip_prefix('/').unwrap_or(&path))
            .decode_utf8_lossy()
            .into_owned();
        let may_list = policy.allows(
            "s3:ListBucket",
            &format!("arn:aws:s3:::{}", self.bucket),
            distribution_arn,
        );
        let allowed = match key.is_empty() {
            true => may_list,
            false => policy.allows(
                "s3:GetObject",
                &format!("arn:aws:s3:::{}/{key}", self.bucket),
                distribution_arn,
            ),
        };
        if !allowed {
            return Ok(denied());
        }
        let response = self.send(backend, ask.method.clone(), &path, ask).await?;
        match response.status() {
            StatusCode::NOT_FOUND if !may_list => Ok(denied()),
            _ => Ok(response),
        }
    }

    async fn policy(&self, backend: &Backend) -> Result<Option<Policy>, OriginError> {
        let nothing = Ask {
            method: Method::GET,
            path: String::new(),
            headers: http::HeaderMap::new(),
        };
        let response = self
            .send(backend, Method::GET, "/?policy", &nothing)
            .await?;
        if !response.status().is_success() {
            return Ok(None);
        }
        let broken = |error: &dyn std::error::Error| {
            OriginError::Unreachable(format!("bucket policy: {error}"))
        };
        let text = to_bytes(response.into_body(), MAX_POLICY_BYTES)
            .await
            .map_err(|error| broken(&error))?;
        Policy::parse(&text)
            .map(Some)
            .map_err(|error| broken(&error))
    }

    async fn send(
        &self,
        backend: &Backend,
        method: Method,
        path: &str,
        ask: &Ask,
    ) -> Result<Response<Body>, OriginError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.host))
            .header(header::HOST, &self.host);
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        match request.body(Body::empty()) {
            Ok(request) => backend.send("s3", request, RESPONSE_TIMEOUT).await,
            // A path that is not valid in HTTP is not the key of any object.
            Err(_) => Ok(error_page::xml(
                StatusCode::BAD_REQUEST,
                "InvalidURI",
                "Couldn't parse the specified URI.",
            )),
        }
    }
}

fn denied() -> Response<Body> {
    error_page::xml(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied")
}

#[cfg(test)]
mod tests {
    use super::S3Origin;

    #[test]
    fn buckets_by_host() {
        for (host, bucket) in [
            ("b.s3.amazonaws.com", Some("b")),
            ("b.s3.us-east-1.amazonaws.com", Some("b")),
            ("b.s3-eu-west-1.amazonaws.com", Some("b")),
            ("dotted.name.s3.amazonaws.com", Some("dotted.name")),
            ("x.s3.y.s3.us-east-1.amazonaws.com", Some("x.s3.y")),
            ("id.lambda-url.us-east-1.on.aws", None),
            ("api.example.com", None),
        ] {
            let origin = S3Origin::from_host(host, "", true);
            assert_eq!(
                origin.as_ref().map(|origin| origin.bucket.as_str()),
                bucket,
                "{host}"
            );
        }
    }
}
