//! A bucket with origin access control, a distribution before it, and an edge before that.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_cloudfront::types as cf;
use aws_sdk_cloudfront::types::builders::CacheBehaviorBuilder;
use aws_sdk_s3::primitives::ByteStream;
use local::edge::{Edge, EdgeConfig, start_with_clock};
use reqwest::{Client, Method, Response};

use crate::stack::Stack;
use crate::tap::Tap;

const BUCKET: &str = "edge-test-delivery";
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// Everything a case needs.
pub(crate) struct Fixture {
    pub(crate) tap: Tap,
    pub(crate) cloudfront: aws_sdk_cloudfront::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    distribution: String,
    arn: String,
    edge: Option<Edge>,
    http: Client,
    now: Arc<Mutex<SystemTime>>,
    _stack: Stack,
}

impl Fixture {
    /// The whole, with the distribution allowed to read objects and to learn that one is missing.
    pub(crate) async fn start() -> Self {
        let stack = Stack::start().await;
        let tap = Tap::start(&stack.endpoint).await;
        let keys = Credentials::new("test", "test", None, None, "test");
        let cloudfront = aws_sdk_cloudfront::Client::from_conf(
            aws_sdk_cloudfront::Config::builder()
                .behavior_version_latest()
                .region(aws_sdk_cloudfront::config::Region::new("us-east-1"))
                .endpoint_url(&stack.endpoint)
                .credentials_provider(keys.clone())
                .build(),
        );
        let s3 = aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::Config::builder()
                .behavior_version_latest()
                .region(aws_sdk_s3::config::Region::new("us-east-1"))
                .endpoint_url(&stack.endpoint)
                .credentials_provider(keys)
                .force_path_style(true)
                .build(),
        );
        s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        let (distribution, arn) = create_distribution(&cloudfront).await;
        let now = Arc::new(Mutex::new(SystemTime::now()));
        let mut fixture = Self {
            tap,
            cloudfront,
            s3,
            distribution,
            arn,
            edge: None,
            http: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            now,
            _stack: stack,
        };
        fixture.set_policy(&["s3:GetObject", "s3:ListBucket"]).await;
        let clock = Arc::clone(&fixture.now);
        let config = EdgeConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            aws_endpoint: fixture.tap.endpoint.clone(),
            region: "us-east-1".to_owned(),
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            distribution_id: fixture.distribution.clone(),
        };
        let clock = Arc::new(move || *clock.lock().unwrap());
        fixture.edge = Some(start_with_clock(config, clock).await.unwrap());
        fixture
    }

    /// Lets the distribution do these things with the bucket, and nothing else.
    pub(crate) async fn set_policy(&self, actions: &[&str]) {
        let policy = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": { "Service": "cloudfront.amazonaws.com" },
                    "Action": actions,
                    "Resource": [format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*")],
                    "Condition": { "StringEquals": { "AWS:SourceArn": self.arn } },
                },
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [format!("arn:aws:s3:::{BUCKET}/*")],
                    "Condition": { "Bool": { "aws:SecureTransport": "unheard of" } },
                },
            ],
        });
        self.s3
            .put_bucket_policy()
            .bucket(BUCKET)
            .policy(policy.to_string())
            .send()
            .await
            .unwrap();
    }

    /// Puts an object, tagged `media-{…}` by the first segment after `public/`.
    pub(crate) async fn put(&self, key: &str, body: &str, cache_control: &str) {
        let media = key.split('/').nth(1).unwrap();
        self.s3
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .body(ByteStream::from(body.as_bytes().to_vec()))
            .content_type("text/plain")
            .cache_control(cache_control)
            .metadata("cache-tag", format!("media-{media}, app-demo"))
            .send()
            .await
            .unwrap();
    }

    pub(crate) async fn delete(&self, key: &str) {
        self.s3
            .delete_object()
            .bucket(BUCKET)
            .key(key)
            .send()
            .await
            .unwrap();
    }

    pub(crate) async fn invalidate(&self, reference: &str, item: &str) {
        let paths = cf::Paths::builder()
            .quantity(1)
            .items(item)
            .build()
            .unwrap();
        let batch = cf::InvalidationBatch::builder()
            .paths(paths)
            .caller_reference(reference)
            .build()
            .unwrap();
        let request = self
            .cloudfront
            .create_invalidation()
            .distribution_id(&self.distribution);
        request.invalidation_batch(batch).send().await.unwrap();
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.now.lock().unwrap() += by;
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.edge.as_ref().unwrap().address)
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.http.request(method, self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[]).await
    }

    /// Ends the edge in order.
    pub(crate) async fn stop(mut self) {
        self.edge.take().unwrap().stop().await;
    }
}

/// A viewer's answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self {
            status,
            headers,
            body: response.text().await.unwrap(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// `Hit`, `Miss`, `RefreshHit`, `Error`…
    pub(crate) fn from(&self) -> &str {
        self.header("x-cache").unwrap().split(' ').next().unwrap()
    }
}

/// Public, `/moved/*` and `/gone/*` by function, closed elsewhere.
const FUNCTION: &str = "
function handler(event) {
    const request = event.request;
    if (request.uri.startsWith('/public/old/')) {
        return { statusCode: 301, headers: { location: { value: '/public/new/' + event.context.distributionId } } };
    }
    if (request.uri.startsWith('/public/short/')) {
        request.uri = request.uri.replace('/short/', '/m1/');
        return request;
    }
    if (request.uri === '/public/loop') { for (;;) {} }
    if (request.uri.includes('..') || request.uri.includes('//')) {
        return { statusCode: 404, body: 'outside the grammar' };
    }
    return request;
}";

async fn create_distribution(client: &aws_sdk_cloudfront::Client) -> (String, String) {
    let oac = cf::OriginAccessControlConfig::builder()
        .name("edge-test")
        .signing_protocol(cf::OriginAccessControlSigningProtocols::Sigv4)
        .signing_behavior(cf::OriginAccessControlSigningBehaviors::Always)
        .origin_access_control_origin_type(cf::OriginAccessControlOriginTypes::S3)
        .build()
        .unwrap();
    let oac = client
        .create_origin_access_control()
        .origin_access_control_config(oac)
        .send()
        .await
        .unwrap();
    let origin = cf::Origin::builder()
        .id("delivery")
        .domain_name(format!("{BUCKET}.s3.us-east-1.amazonaws.com"))
        .origin_access_control_id(oac.origin_access_control.unwrap().id)
        .s3_origin_config(
            cf::S3OriginConfig::builder()
                .origin_access_identity("")
                .build(),
        )
        .build()
        .unwrap();
    let (cache, headers, function) = (
        cache_policy(client).await,
        headers_policy(client).await,
        function(client).await,
    );
    let behavior = |pattern: &str| behavior(pattern, &cache, &headers, &function);
    let closed = cf::TrustedKeyGroups::builder()
        .enabled(true)
        .quantity(1)
        .items(key_group(client).await)
        .build()
        .unwrap();
    let private = behavior("/private/*")
        .trusted_key_groups(closed.clone())
        .build()
        .unwrap();
    let public = behavior("/public/*").build().unwrap();
    let default = cf::DefaultCacheBehavior::builder()
        .target_origin_id("delivery")
        .viewer_protocol_policy(cf::ViewerProtocolPolicy::HttpsOnly)
        .cache_policy_id(&cache)
        .trusted_key_groups(closed)
        .build()
        .unwrap();
    let error = cf::CustomErrorResponse::builder()
        .error_code(404)
        .error_caching_min_ttl(1)
        .build()
        .unwrap();
    let config = cf::DistributionConfig::builder()
        .caller_reference("edge-test")
        .comment("")
        .enabled(true)
        .origins(
            cf::Origins::builder()
                .quantity(1)
                .items(origin)
                .build()
                .unwrap(),
        )
        .cache_behaviors(
            cf::CacheBehaviors::builder()
                .quantity(2)
                .items(private)
                .items(public)
                .build()
                .unwrap(),
        )
        .default_cache_behavior(default)
        .custom_error_responses(
            cf::CustomErrorResponses::builder()
                .quantity(1)
                .items(error)
                .build()
                .unwrap(),
        )
        .cache_tag_config(
            cf::CacheTagConfig::builder()
                .header_name("x-amz-meta-cache-tag")
                .build()
                .unwrap(),
        )
        .build()
        .unwrap();
    let made = client
        .create_distribution()
        .distribution_config(config)
        .send()
        .await
        .unwrap()
        .distribution
        .unwrap();
    (made.id, made.arn)
}

fn behavior(pattern: &str, cache: &str, headers: &str, function: &str) -> CacheBehaviorBuilder {
    let association = cf::FunctionAssociation::builder()
        .event_type(cf::EventType::ViewerRequest)
        .function_arn(function)
        .build()
        .unwrap();
    let functions = cf::FunctionAssociations::builder()
        .quantity(1)
        .items(association)
        .build()
        .unwrap();
    cf::CacheBehavior::builder()
        .path_pattern(pattern)
        .target_origin_id("delivery")
        .viewer_protocol_policy(cf::ViewerProtocolPolicy::RedirectToHttps)
        .cache_policy_id(cache)
        .response_headers_policy_id(headers)
        .function_associations(functions)
}

async fn cache_policy(client: &aws_sdk_cloudfront::Client) -> String {
    let none = cf::CachePolicyQueryStringBehavior::None;
    let queries = cf::CachePolicyQueryStringsConfig::builder()
        .query_string_behavior(none)
        .build()
        .unwrap();
    let none = cf::CachePolicyHeaderBehavior::None;
    let headers = cf::CachePolicyHeadersConfig::builder()
        .header_behavior(none)
        .build()
        .unwrap();
    let none = cf::CachePolicyCookieBehavior::None;
    let cookies = cf::CachePolicyCookiesConfig::builder()
        .cookie_behavior(none)
        .build()
        .unwrap();
    let parameters = cf::ParametersInCacheKeyAndForwardedToOrigin::builder()
        .enable_accept_encoding_gzip(false)
        .query_strings_config(queries)
        .headers_config(headers)
        .cookies_config(cookies)
        .build()
        .unwrap();
    let config = cf::CachePolicyConfig::builder()
        .name("edge-test")
        .min_ttl(0)
        .default_ttl(60)
        .max_ttl(31_536_000)
        .parameters_in_cache_key_and_forwarded_to_origin(parameters)
        .build()
        .unwrap();
    let made = client
        .create_cache_policy()
        .cache_policy_config(config)
        .send()
        .await
        .unwrap();
    made.cache_policy.unwrap().id
}

async fn headers_policy(client: &aws_sdk_cloudfront::Client) -> String {
    let nosniff = cf::ResponseHeadersPolicyContentTypeOptions::builder()
        .r#override(true)
        .build()
        .unwrap();
    let removed = cf::ResponseHeadersPolicyRemoveHeader::builder()
        .header("x-amz-meta-cache-tag")
        .build()
        .unwrap();
    let removed = cf::ResponseHeadersPolicyRemoveHeadersConfig::builder()
        .quantity(1)
        .items(removed)
        .build()
        .unwrap();
    let config = cf::ResponseHeadersPolicyConfig::builder()
        .name("edge-test")
        .security_headers_config(
            cf::ResponseHeadersPolicySecurityHeadersConfig::builder()
                .content_type_options(nosniff)
                .build(),
        )
        .remove_headers_config(removed)
        .build()
        .unwrap();
    let made = client
        .create_response_headers_policy()
        .response_headers_policy_config(config)
        .send()
        .await
        .unwrap();
    made.response_headers_policy.unwrap().id
}

async fn function(client: &aws_sdk_cloudfront::Client) -> String {
    let config = cf::FunctionConfig::builder()
        .comment("")
        .runtime(cf::FunctionRuntime::CloudfrontJs20)
        .build()
        .unwrap();
    let code = aws_sdk_cloudfront::primitives::Blob::new(FUNCTION);
    let request = client
        .create_function()
        .name("edge-test")
        .function_config(config)
        .function_code(code);
    let made = request.send().await.unwrap();
    let published = client
        .publish_function()
        .name("edge-test")
        .if_match(made.e_tag.unwrap())
        .send()
        .await
        .unwrap();
    published
        .function_summary
        .unwrap()
        .function_metadata
        .unwrap()
        .function_arn
}

async fn key_group(client: &aws_sdk_cloudfront::Client) -> String {
    let key = cf::PublicKeyConfig::builder()
        .caller_reference("edge-test")
        .name("edge-test")
        .encoded_key("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n")
        .build()
        .unwrap();
    let key = client
        .create_public_key()
        .public_key_config(key)
        .send()
        .await
        .unwrap()
        .public_key
        .unwrap()
        .id;
    let group = cf::KeyGroupConfig::builder()
        .name("edge-test")
        .items(key)
        .build()
        .unwrap();
    client
        .create_key_group()
        .key_group_config(group)
        .send()
        .await
        .unwrap()
        .key_group
        .unwrap()
        .id
}
