//! The distribution that the edge's tests use: `/public/*` is open, `/private/*` and the rest are closed.

use aws_sdk_cloudfront::types as cf;
use aws_sdk_cloudfront::types::builders::CacheBehaviorBuilder;

use crate::fixture::BUCKET;

/// Id of the managed policy of this name
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>).
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

/// Redirects, rewrites, hangs, or answers 404, depending on the path.
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

/// Creates the distribution; returns its id, its ARN, and the id of the key group that opens it.
pub(crate) async fn create_distribution(
    client: &aws_sdk_cloudfront::Client,
) -> (String, String, String) {
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
    let group = key_group(client).await;
    let closed = cf::TrustedKeyGroups::builder()
        .enabled(true)
        .quantity(1)
        .items(&group)
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
        .cache_policy_id(CACHING_DISABLED)
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
    (made.id, made.arn, group)
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

/// Creates a public key at CloudFront and returns its id.
pub(crate) async fn public_key(
    client: &aws_sdk_cloudfront::Client,
    name: &str,
    encoded: &str,
) -> String {
    let key = cf::PublicKeyConfig::builder()
        .caller_reference(name)
        .name(name)
        .encoded_key(encoded)
        .build()
        .unwrap();
    client
        .create_public_key()
        .public_key_config(key)
        .send()
        .await
        .unwrap()
        .public_key
        .unwrap()
        .id
}

/// Creates a key group that trusts one key, which is not a valid key.
async fn key_group(client: &aws_sdk_cloudfront::Client) -> String {
    let none = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n";
    let key = public_key(client, "edge-test", none).await;
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
