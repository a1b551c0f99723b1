//! Tests the distribution: it is closed where it must be, serves nothing else, and does not cache errors.

use dozo_tests::template::{Template, referenced, text};
use serde_json::{Value, json};

use crate::template::template;

fn config(template: &Template) -> &Value {
    template
        .resource("Distribution")
        .map(|found| found.property("/DistributionConfig"))
        .unwrap()
}

fn behaviours(template: &Template) -> Vec<(String, &Value)> {
    let config = config(template);
    let listed = config.get("CacheBehaviors").unwrap().as_array().unwrap();
    let mut all: Vec<_> = listed
        .iter()
        .map(|behaviour| (text(behaviour.get("PathPattern").unwrap()), behaviour))
        .collect();
    all.push((
        "default".to_owned(),
        config.get("DefaultCacheBehavior").unwrap(),
    ));
    all
}

#[test]
fn private_comes_first_and_all_but_public_is_behind_the_key_group() {
    let template = template();
    let behaviours = behaviours(&template);
    let order: Vec<_> = behaviours.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        order,
        [
            "/private/*/iiif/*",
            "/private/*/thumb/*",
            "/private/*/download/*",
            "/private/*",
            "/public/*/iiif/*",
            "/public/*/thumb/*",
            "/public/*/download/*",
            "/public/*",
            "default"
        ]
    );
    for (path, behaviour) in behaviours {
        let keys = behaviour.get("TrustedKeyGroups");
        let is_public = path.starts_with("/public/");
        if is_public {
            assert_eq!(keys, None, "{path}");
        } else {
            assert_eq!(keys, Some(&json!([{ "Ref": "KeyGroupId" }])), "{path}");
            assert_eq!(
                behaviour.get("ViewerProtocolPolicy"),
                Some(&json!("https-only")),
                "{path}"
            );
        }
        let is_download = path.contains("/download/");
        let methods = if is_public && !is_download {
            json!(["GET", "HEAD", "OPTIONS"])
        } else {
            json!(["GET", "HEAD"])
        };
        assert_eq!(behaviour.get("AllowedMethods"), Some(&methods), "{path}");
        let function = behaviour.pointer("/FunctionAssociations/0").unwrap();
        assert_eq!(
            function.get("EventType"),
            Some(&json!("viewer-request")),
            "{path}"
        );
        assert_eq!(
            referenced(function.get("FunctionARN").unwrap()),
            "ViewerRequest",
            "{path}"
        );
        let rendered = path.contains("/iiif/") || path.contains("/thumb/");
        let (origin, cache) = if rendered {
            ("thumbnails", "ThumbnailCachePolicy")
        } else {
            ("delivery", "DeliveryCachePolicy")
        };
        assert_eq!(
            behaviour.get("TargetOriginId"),
            Some(&json!(origin)),
            "{path}"
        );
        assert_eq!(
            referenced(behaviour.get("CachePolicyId").unwrap()),
            cache,
            "{path}"
        );
        let headers = if is_download {
            "DownloadHeaders"
        } else if is_public {
            "PublicHeaders"
        } else {
            "PrivateHeaders"
        };
        assert_eq!(
            referenced(behaviour.get("ResponseHeadersPolicyId").unwrap()),
            headers,
            "{path}"
        );
        assert!(
            behaviour.get("OriginRequestPolicyId").is_none(),
            "{path}: nothing of the viewer's reaches an origin but by the cache key"
        );
    }
}

/// Everything that changes an answer is part of its cache key. A viewer cannot add to the key, because the
/// viewer-request function writes these headers. Nothing else is forwarded to the function: no cookie, no query string.
#[test]
fn a_rendered_image_is_kept_by_its_path_and_what_the_function_makes_of_accept() {
    let template = template();
    let policy = template
        .resource("ThumbnailCachePolicy")
        .unwrap()
        .property("/CachePolicyConfig");
    let forwarded = policy
        .get("ParametersInCacheKeyAndForwardedToOrigin")
        .unwrap();
    let (accept, host) = (dozo::stages::render::ACCEPT, dozo::stages::render::HOST);
    assert_eq!(
        forwarded,
        &json!({
            "CookiesConfig": { "CookieBehavior": "none" },
            "HeadersConfig": { "HeaderBehavior": "whitelist", "Headers": [accept.as_str(), host.as_str()] },
            "QueryStringsConfig": { "QueryStringBehavior": "none" },
            "EnableAcceptEncodingGzip": false,
            "EnableAcceptEncodingBrotli": false,
        })
    );
    // The answers themselves say how long they may be cached; an error that says nothing is not cached.
    for (ttl, seconds) in [("MinTTL", 0), ("DefaultTTL", 0), ("MaxTTL", 31_536_000)] {
        assert_eq!(policy.get(ttl), Some(&json!(seconds)), "{ttl}");
    }
}

/// Only the distribution may invoke it, by two permissions, as Lambda requires since October 2025, and only with signed
/// requests.
#[test]
fn only_the_distribution_may_invoke_the_function_url() {
    let template = template();
    let url = template.resource("RenderThumbnailUrl").unwrap();
    assert_eq!(url.property("/AuthType"), "AWS_IAM");
    assert_eq!(text(url.property("/InvokeMode")), "${ThumbnailInvokeMode}");
    assert!(
        url.property("/Cors").is_null(),
        "CORS is the distribution's"
    );
    let granted: Vec<_> = template
        .of_type("AWS::Lambda::Permission")
        .filter(|permission| referenced(permission.property("/FunctionName")) == "RenderThumbnail")
        .collect();
    let mut actions = Vec::new();
    for permission in granted {
        assert_eq!(
            permission.property("/Principal"),
            "cloudfront.amazonaws.com"
        );
        let source = text(permission.property("/SourceArn"));
        assert!(
            source.ends_with(":distribution/${Distribution}"),
            "{source}"
        );
        let action = text(permission.property("/Action"));
        match action.as_str() {
            "lambda:InvokeFunctionUrl" => {
                assert_eq!(permission.property("/FunctionUrlAuthType"), "AWS_IAM")
            }
            _ => assert_eq!(permission.property("/InvokedViaFunctionUrl"), &json!(true)),
        }
        actions.push(action);
    }
    actions.sort();
    assert_eq!(
        actions,
        ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"]
    );
}

#[test]
fn nothing_of_the_viewer_s_reaches_s3() {
    let template = template();
    let policy = template
        .resource("DeliveryCachePolicy")
        .unwrap()
        .property("/CachePolicyConfig");
    let forwarded = policy
        .get("ParametersInCacheKeyAndForwardedToOrigin")
        .unwrap();
    for part in [
        "/CookiesConfig/CookieBehavior",
        "/HeadersConfig/HeaderBehavior",
        "/QueryStringsConfig/QueryStringBehavior",
    ] {
        assert_eq!(forwarded.pointer(part), Some(&json!("none")), "{part}");
    }
    // A MinTTL would cache answers that say no-store, and a MaxTTL below a year would shorten the time that the answers
    // ask for.
    assert_eq!(policy.get("MinTTL"), Some(&json!(0)));
    assert_eq!(policy.get("MaxTTL"), Some(&json!(31_536_000)));
}

/// S3's errors have no cache tag, so no invalidation reaches them.
#[test]
fn errors_are_forgotten_after_a_second() {
    let template = template();
    let responses = config(&template).get("CustomErrorResponses").unwrap();
    assert_eq!(
        responses,
        &json!([
            { "ErrorCode": 403, "ErrorCachingMinTTL": 1 },
            { "ErrorCode": 404, "ErrorCachingMinTTL": 1 },
            { "ErrorCode": 500, "ErrorCachingMinTTL": 1 },
            { "ErrorCode": 501, "ErrorCachingMinTTL": 1 },
            { "ErrorCode": 502, "ErrorCachingMinTTL": 1 },
            { "ErrorCode": 503, "ErrorCachingMinTTL": 1 },
            { "ErrorCode": 504, "ErrorCachingMinTTL": 1 },
        ])
    );
}

#[test]
fn objects_are_tagged_in_the_cache_by_the_header_that_the_keys_name() {
    let template = template();
    let header = format!("x-amz-meta-{}", dozo::vocabulary::keys::CACHE_TAG);
    assert_eq!(
        config(&template).pointer("/CacheTagConfig/HeaderName"),
        Some(&json!(header))
    );
    for policy in template.of_type("AWS::CloudFront::ResponseHeadersPolicy") {
        let removed = policy.property("/ResponseHeadersPolicyConfig/RemoveHeadersConfig/Items");
        let items = removed.as_array().unwrap();
        for ours in [
            dozo::vocabulary::keys::CACHE_TAG,
            dozo::stages::original::SOURCE,
        ] {
            assert!(
                items.contains(&json!({ "Header": format!("x-amz-meta-{ours}") })),
                "{}: viewers see {ours}",
                policy.id
            );
        }
        assert!(
            items.len() <= 10,
            "{}: CloudFront removes ten at most",
            policy.id
        );
    }
}

#[test]
fn the_origins_are_the_delivery_bucket_and_the_function_and_they_are_signed_for() {
    let template = template();
    let origins = config(&template)
        .get("Origins")
        .unwrap()
        .as_array()
        .unwrap();
    let [bucket, function] = origins.as_slice() else {
        unreachable!("{origins:?}")
    };
    assert_eq!(
        text(bucket.get("DomainName").unwrap()),
        "${DeliveryBucket.RegionalDomainName}"
    );
    let host = function.get("DomainName").unwrap();
    assert_eq!(
        host.pointer("/Fn::Select/0"),
        Some(&json!(2)),
        "the host of https://host/"
    );
    assert_eq!(
        text(host.pointer("/Fn::Select/1/Fn::Split/1").unwrap()),
        "${RenderThumbnailUrl.FunctionUrl}"
    );
    // It must wait longer than the function runs, or the viewer gets a 504 for work that was done.
    let waits = function.pointer("/CustomOriginConfig/OriginReadTimeout");
    assert_eq!(waits, Some(&json!(60)));
    let functions = template.functions();
    let render = functions
        .iter()
        .find(|function| function.id == "RenderThumbnail");
    assert!(render.unwrap().timeout < 60);
    assert_eq!(
        function.pointer("/CustomOriginConfig/OriginProtocolPolicy"),
        Some(&json!("https-only"))
    );
    for (origin, control, kind) in [
        (bucket, "OriginAccessControl", "s3"),
        (function, "ThumbnailAccessControl", "lambda"),
    ] {
        assert_eq!(
            referenced(origin.get("OriginAccessControlId").unwrap()),
            control
        );
        let control = template.resource(control).unwrap();
        let signing = control.property("/OriginAccessControlConfig");
        assert_eq!(signing.get("SigningBehavior"), Some(&json!("always")));
        assert_eq!(signing.get("SigningProtocol"), Some(&json!("sigv4")));
        assert_eq!(
            signing.get("OriginAccessControlOriginType"),
            Some(&json!(kind))
        );
    }
}

#[test]
fn a_web_acl_stands_in_front_if_one_is_given() {
    let template = template();
    assert_eq!(
        config(&template).get("WebACLId"),
        Some(
            &json!({ "Fn::If": ["HasWebAcl", { "Ref": "WebAclArn" }, { "Ref": "AWS::NoValue" }] })
        )
    );
    let parameter = template.section("Parameters").get("WebAclArn").unwrap();
    assert_eq!(parameter.get("Default"), Some(&json!("")));
}
