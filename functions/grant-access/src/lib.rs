//! `grant-access`: `POST /apps/{app}/media/{media}/grants`.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::platform::config::{ConfigError, Reader, base_url};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::signing;
use dozo::ports::store;
use dozo::stages::grant::{Granter, Keys};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::secret(signing::READ_KEY, "CloudFrontKeySecret"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    key_secret: String,
    public_base_url: String,
    grant_seconds: u32,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `KEY_SECRET`, `PUBLIC_BASE_URL` and `MAX_GRANT_SECONDS`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Records]),
            key_secret: reader.text("KEY_SECRET"),
            public_base_url: base_url(&reader.text("PUBLIC_BASE_URL")),
            grant_seconds: reader.grant_seconds(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Grants access.
    pub granter: Granter,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let clock = platform.clock();
        Self {
            granter: Granter {
                records: Records::new(platform.store(config.buckets), clock.clone()),
                metrics: platform.metrics(),
                keys: Keys::new(platform.signing_keys(&config.key_secret), clock.clone()),
                clock,
                public_base_url: config.public_base_url,
                limit_seconds: config.grant_seconds,
            },
        }
    }
}

/// Answers one API call.
pub async fn handle(
    function: &Function,
    event: ApiGatewayV2httpRequest,
) -> ApiGatewayV2httpResponse {
    http::handle(event, async |call| route(function, call).await).await
}

async fn route(function: &Function, call: &Call) -> Result<Answer, Refusal> {
    match call.route() {
        "POST /apps/{app}/media/{media}/grants" => {
            let (app, media) = (call.app()?, call.media()?);
            let granted = function.granter.grant(&app, &media, &call.body()?).await?;
            Ok(Answer::new(201, &granted))
        }
        _ => Err(Problem::unknown_route().into()),
    }
}
