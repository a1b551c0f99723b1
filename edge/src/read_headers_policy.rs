//! Reads a response headers policy from the CloudFront API and turns it into headers.

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    ResponseHeadersPolicyCorsConfig, ResponseHeadersPolicySecurityHeadersConfig,
};
use http::{HeaderName, HeaderValue, header};

use super::distribution::{DistributionError, api, unsupported};
use super::headers_policy::{Cors, HeadersPolicy, SetHeader};

/// Reads a policy, managed or custom.
pub(crate) async fn read(client: &Client, id: &str) -> Result<HeadersPolicy, DistributionError> {
    let answer = client
        .get_response_headers_policy()
        .id(id)
        .send()
        .await
        .map_err(api)?;
    let config = answer
        .response_headers_policy
        .and_then(|policy| policy.response_headers_policy_config);
    let config = config.ok_or_else(|| unsupported("a response headers policy has no content"))?;
    let mut set = config
        .security_headers_config
        .map(security)
        .unwrap_or_default();
    for custom in config
        .custom_headers_config
        .and_then(|custom| custom.items)
        .unwrap_or_default()
    {
        set.push((custom.header, custom.value, custom.r#override));
    }
    let removed = config
        .remove_headers_config
        .and_then(|remove| remove.items)
        .unwrap_or_default();
    Ok(HeadersPolicy {
        cors: config.cors_config.map(cors).transpose()?,
        set: set
            .into_iter()
            .map(|(name, value, wins)| set_header(&name, &value, wins))
            .collect::<Result<_, _>>()?,
        remove: removed
            .iter()
            .map(|remove| name_of(&remove.header))
            .collect::<Result<_, _>>()?,
    })
}

/// Returns `(name, value, override)` of each security header.
fn security(config: ResponseHeadersPolicySecurityHeadersConfig) -> Vec<(String, String, bool)> {
    let mut set: Vec<(&str, String, bool)> = Vec::new();
    if let Some(options) = config.content_type_options {
        set.push((
            "x-content-type-options",
            "nosniff".to_owned(),
            options.r#override,
        ));
    }
    if let Some(policy) = config.content_security_policy {
        set.push((
            "content-security-policy",
            policy.content_security_policy,
            policy.r#override,
        ));
    }
    if let Some(frame) = config.frame_options {
        set.push((
            "x-frame-options",
            frame.frame_option.as_str().to_owned(),
            frame.r#override,
        ));
    }
    if let Some(referrer) = config.referrer_policy {
        set.push((
            "referrer-policy",
            referrer.referrer_policy.as_str().to_owned(),
            referrer.r#override,
        ));
    }
    if let Some(hsts) = config.strict_transport_security {
        let subdomains = if hsts.include_subdomains == Some(true) {
            "; includeSubDomains"
        } else {
            ""
        };
        let preload = if hsts.preload == Some(true) {
            "; preload"
        } else {
            ""
        };
        let value = format!(
            "max-age={}{subdomains}{preload}",
            hsts.access_control_max_age_sec
        );
        set.push(("strict-transport-security", value, hsts.r#override));
    }
    if let Some(xss) = config.xss_protection {
        let block = if xss.mode_block == Some(true) {
            "; mode=block"
        } else {
            ""
        };
        let report = xss
            .report_uri
            .map(|uri| format!("; report={uri}"))
            .unwrap_or_default();
        let value = if xss.protection {
            format!("1{block}{report}")
        } else {
            "0".to_owned()
        };
        set.push(("x-xss-protection", value, xss.r#override));
    }
    set.into_iter()
        .map(|(name, value, wins)| (name.to_owned(), value, wins))
        .collect()
}

fn cors(config: ResponseHeadersPolicyCorsConfig) -> Result<Cors, DistributionError> {
    let methods = config
        .access_control_allow_methods
        .map(|methods| methods.items)
        .unwrap_or_default();
    let methods: Vec<String> = match methods.iter().any(|method| method.as_str() == "ALL") {
        true => ["GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
            .map(str::to_owned)
            .to_vec(),
        false => methods
            .iter()
            .map(|method| method.as_str().to_owned())
            .collect(),
    };
    let headers = config
        .access_control_allow_headers
        .map(|headers| headers.items)
        .unwrap_or_default();
    let age = config
        .access_control_max_age_sec
        .map(|seconds| seconds.to_string());
    let mut preflight = Vec::new();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, methods.join(", ")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, headers.join(", ")),
        (header::ACCESS_CONTROL_MAX_AGE, age.unwrap_or_default()),
    ] {
        if !value.is_empty() {
            preflight.push((name, value_of(&value)?));
        }
    }
    let exposed = config
        .access_control_expose_headers
        .and_then(|exposed| exposed.items)
        .unwrap_or_default();
    let exposed = Some(exposed.join(", ")).filter(|exposed| !exposed.is_empty());
    Ok(Cors {
        allow_origins: config
            .access_control_allow_origins
            .map(|origins| origins.items)
            .unwrap_or_default(),
        allow_credentials: config.access_control_allow_credentials,
        expose_headers: exposed.map(|exposed| value_of(&exposed)).transpose()?,
        preflight,
        wins: config.origin_override,
    })
}

fn set_header(name: &str, value: &str, wins: bool) -> Result<SetHeader, DistributionError> {
    Ok(SetHeader {
        name: name_of(name)?,
        value: value_of(value)?,
        wins,
    })
}

fn name_of(name: &str) -> Result<HeaderName, DistributionError> {
    name.parse()
        .map_err(|error| unsupported(&format!("the response header {name:?}: {error}")))
}

fn value_of(value: &str) -> Result<HeaderValue, DistributionError> {
    value
        .parse()
        .map_err(|error| unsupported(&format!("the response header value {value:?}: {error}")))
}
