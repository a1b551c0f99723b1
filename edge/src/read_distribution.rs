//! Reads the distribution, its policies and its functions from the CloudFront API.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::primitives::Blob;
use aws_sdk_cloudfront::types::{self, FunctionStage};
use http::Method;

use super::cache_key::{KeyParts, Selection};
use super::distribution::{Behavior, Distribution, DistributionError, api, unsupported};
use super::freshness::TtlBounds;
use super::headers_policy::HeadersPolicy;
use super::origin::{FunctionUrlOrigin, Origin, RESPONSE_TIMEOUT, S3Origin};
use super::pattern::PathPattern;
use super::signed::TrustedKeys;
use super::{read_headers_policy, read_keys};

/// Reads the distribution, its policies and its functions' live code.
pub(crate) async fn read(client: &Client, id: &str) -> Result<Distribution, DistributionError> {
    let answer = client.get_distribution().id(id).send().await.map_err(api)?;
    let distribution = answer
        .distribution
        .ok_or_else(|| unsupported("it has no content"))?;
    let config = distribution
        .distribution_config
        .ok_or_else(|| unsupported("it has no configuration"))?;
    let mut reader = Reader {
        client,
        origins: origins_of(&config),
        groups: HashMap::new(),
    };
    let mut behaviors = Vec::new();
    for listed in config
        .cache_behaviors
        .and_then(|behaviors| behaviors.items)
        .unwrap_or_default()
    {
        behaviors.push(reader.behavior(Parts::from(listed)).await?);
    }
    let default = config
        .default_cache_behavior
        .ok_or_else(|| unsupported("it has no default behaviour"))?;
    behaviors.push(reader.behavior(Parts::from(default)).await?);
    let tag_header = config
        .cache_tag_config
        .map(|config| config.header_name.parse());
    Ok(Distribution {
        id: distribution.id,
        arn: distribution.arn,
        domain_name: distribution.domain_name,
        default_root_object: config.default_root_object.unwrap_or_default(),
        cache_tag_header: tag_header
            .transpose()
            .map_err(|error| unsupported(&format!("CacheTagConfig: {error}")))?,
        behaviors,
        error_ttls: error_ttls_of(config.custom_error_responses)?,
    })
}

fn origins_of(config: &types::DistributionConfig) -> HashMap<String, Origin> {
    let origins = config
        .origins
        .as_ref()
        .map(|origins| origins.items())
        .unwrap_or_default();
    origins
        .iter()
        .map(|origin| {
            let host = &origin.domain_name;
            let path_prefix = origin.origin_path.as_deref().unwrap_or_default();
            let signed = origin
                .origin_access_control_id
                .as_deref()
                .is_some_and(|id| !id.is_empty());
            let custom = origin.custom_origin_config.as_ref();
            let patience = custom.and_then(|config| config.origin_read_timeout);
            let patience = patience.map_or(RESPONSE_TIMEOUT, |seconds| seconds_of(seconds.into()));
            let bucket = S3Origin::from_host(host, path_prefix, signed).map(Origin::S3);
            let kind = bucket
                .or_else(|| {
                    FunctionUrlOrigin::from_host(host, signed, patience).map(Origin::FunctionUrl)
                })
                .unwrap_or_else(|| Origin::Other(host.clone()));
            (origin.id.clone(), kind)
        })
        .collect()
}

fn error_ttls_of(
    responses: Option<types::CustomErrorResponses>,
) -> Result<HashMap<u16, Duration>, DistributionError> {
    let mut ttls = HashMap::new();
    for response in responses
        .and_then(|responses| responses.items)
        .unwrap_or_default()
    {
        if response
            .response_page_path
            .is_some_and(|path| !path.is_empty())
        {
            return Err(unsupported("it has custom error pages"));
        }
        if let (Ok(status), Some(seconds)) = (
            u16::try_from(response.error_code),
            response.error_caching_min_ttl,
        ) {
            ttls.insert(status, seconds_of(seconds));
        }
    }
    Ok(ttls)
}

/// The properties that the default behaviour shares with the others.
struct Parts {
    pattern: String,
    origin: String,
    /// Ids of the trusted key groups; `None` if the behaviour needs no signature.
    key_groups: Option<Vec<String>>,
    methods: Vec<Method>,
    functions: Vec<types::FunctionAssociation>,
    lambda_at_edge: bool,
    cache_policy: Option<String>,
    headers_policy: Option<String>,
}

macro_rules! parts_from {
    ($behavior:ident, $pattern:expr) => {
        Self {
            pattern: $pattern,
            origin: $behavior.target_origin_id,
            key_groups: read_keys::groups_of(
                $behavior.trusted_key_groups,
                $behavior.trusted_signers,
            ),
            methods: methods_of($behavior.allowed_methods),
            functions: $behavior
                .function_associations
                .and_then(|functions| functions.items)
                .unwrap_or_default(),
            lambda_at_edge: $behavior
                .lambda_function_associations
                .is_some_and(|functions| functions.quantity > 0),
            cache_policy: $behavior.cache_policy_id,
            headers_policy: $behavior
                .response_headers_policy_id
                .filter(|id| !id.is_empty()),
        }
    };
}

impl From<types::CacheBehavior> for Parts {
    fn from(behavior: types::CacheBehavior) -> Self {
        parts_from!(behavior, behavior.path_pattern)
    }
}

impl From<types::DefaultCacheBehavior> for Parts {
    fn from(behavior: types::DefaultCacheBehavior) -> Self {
        parts_from!(behavior, "*".to_owned())
    }
}

fn methods_of(allowed: Option<types::AllowedMethods>) -> Vec<Method> {
    match allowed {
        Some(allowed) => allowed
            .items
            .iter()
            .filter_map(|method| method.as_str().parse().ok())
            .collect(),
        None => vec![Method::GET, Method::HEAD],
    }
}

struct Reader<'a> {
    client: &'a Client,
    origins: HashMap<String, Origin>,
    groups: HashMap<Vec<String>, Arc<TrustedKeys>>,
}

impl Reader<'_> {
    async fn behavior(&mut self, parts: Parts) -> Result<Behavior, DistributionError> {
        let at = |what: &str| unsupported(&format!("{what} (behaviour {})", parts.pattern));
        if parts.lambda_at_edge {
            return Err(at("it uses Lambda@Edge"));
        }
        let origin = self
            .origins
            .get(&parts.origin)
            .cloned()
            .ok_or_else(|| at("its origin is an origin group or does not exist"))?;
        let policy_id = parts
            .cache_policy
            .as_deref()
            .filter(|id| !id.is_empty())
            .ok_or_else(|| at("it has no cache policy"))?;
        let mut function = None;
        for association in &parts.functions {
            match association.event_type.as_str() {
                "viewer-request" => {
                    function = Some(self.live_code(&association.function_arn).await?)
                }
                _ => {
                    return Err(at(
                        "it has a function for an event other than viewer-request",
                    ));
                }
            }
        }
        let (key, ttl) = self.cache_policy(policy_id).await?;
        let headers = match &parts.headers_policy {
            Some(id) => read_headers_policy::read(self.client, id).await?,
            None => HeadersPolicy::default(),
        };
        let signers = match parts.key_groups {
            Some(groups) => Some(self.trusted_keys(groups).await?),
            None => None,
        };
        let pattern = PathPattern::new(&parts.pattern);
        Ok(Behavior {
            pattern,
            signers,
            methods: parts.methods,
            function,
            key,
            ttl,
            headers,
            origin,
        })
    }

    async fn trusted_keys(
        &mut self,
        groups: Vec<String>,
    ) -> Result<Arc<TrustedKeys>, DistributionError> {
        if let Some(keys) = self.groups.get(&groups) {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(read_keys::read(self.client, &groups).await?);
        self.groups.insert(groups, Arc::clone(&keys));
        Ok(keys)
    }

    async fn live_code(&self, arn: &str) -> Result<Arc<str>, DistributionError> {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let answer = self
            .client
            .get_function()
            .name(name)
            .stage(FunctionStage::Live)
            .send()
            .await
            .map_err(api)?;
        let code = answer
            .function_code
            .map(Blob::into_inner)
            .unwrap_or_default();
        String::from_utf8(code)
            .map(Arc::from)
            .map_err(|error| unsupported(&format!("function {name}: {error}")))
    }

    async fn cache_policy(&self, id: &str) -> Result<(KeyParts, TtlBounds), DistributionError> {
        let answer = self
            .client
            .get_cache_policy()
            .id(id)
            .send()
            .await
            .map_err(api)?;
        let config = answer
            .cache_policy
            .and_then(|policy| policy.cache_policy_config);
        let config = config.ok_or_else(|| unsupported("a cache policy has no content"))?;
        let min = seconds_of(config.min_ttl);
        // The defaults that CloudFront documents for CachePolicyConfig.
        let default = config
            .default_ttl
            .map_or(Duration::from_secs(86_400).max(min), seconds_of);
        let max = config
            .max_ttl
            .map_or(Duration::from_secs(31_536_000).max(default), seconds_of);
        let ttl = TtlBounds { min, default, max };
        let parameters = config.parameters_in_cache_key_and_forwarded_to_origin;
        Ok((parameters.map_or_else(no_parts, key_parts), ttl))
    }
}

fn no_parts() -> KeyParts {
    KeyParts {
        queries: Selection::None,
        cookies: Selection::None,
        headers: Vec::new(),
    }
}

fn key_parts(parameters: types::ParametersInCacheKeyAndForwardedToOrigin) -> KeyParts {
    let queries = parameters.query_strings_config.map(|config| {
        let names = config
            .query_strings
            .and_then(|names| names.items)
            .unwrap_or_default();
        selection(config.query_string_behavior.as_str(), names)
    });
    let cookies = parameters.cookies_config.map(|config| {
        let names = config
            .cookies
            .and_then(|names| names.items)
            .unwrap_or_default();
        selection(config.cookie_behavior.as_str(), names)
    });
    let headers = parameters
        .headers_config
        .and_then(|config| config.headers)
        .and_then(|headers| headers.items);
    KeyParts {
        queries: queries.unwrap_or(Selection::None),
        cookies: cookies.unwrap_or(Selection::None),
        headers: headers
            .unwrap_or_default()
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .collect(),
    }
}

fn selection(behavior: &str, names: Vec<String>) -> Selection {
    match behavior {
        "all" => Selection::All,
        "whitelist" => Selection::Only(names),
        "allExcept" => Selection::AllExcept(names),
        _ => Selection::None,
    }
}

fn seconds_of(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}
