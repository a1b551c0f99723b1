//! `grant-access`: `POST /apps/{app}/media/{media}/grants`.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::aws::secrets::SigningSecret;
use dozo::platform::config::{ConfigError, Reader, base_url};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::platform::records::Records;
use dozo::ports::clock::SystemClock;
use dozo::ports::metrics::Emf;
use dozo::ports::store;
use dozo::stages::grant::{self, Granter, Keys};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::secret(grant::READ_KEY, "CloudFrontKeySecret"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    records_bucket: String,
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
            records_bucket: reader.text("RECORDS_BUCKET"),
            key_secret: reader.text("KEY_SECRET"),
            public_base_url: base_url(&reader.text("PUBLIC_BASE_URL")),
            grant_seconds: reader.grant_seconds(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Grants access.
    pub granter: Granter,
}

impl App {
    /// Connects to AWS.
    #[must_use]
    pub fn new(config: Config, sdk: &SdkConfig) -> Self {
        let buckets = BucketNames::default().with(Bucket::Records, &config.records_bucket);
        let store = Arc::new(S3Store::new(sdk, buckets));
        let clock = Arc::new(SystemClock);
        let secret = Arc::new(SigningSecret::new(sdk, &config.key_secret));
        Self {
            granter: Granter {
                records: Records::new(store, clock.clone()),
                metrics: Arc::new(Emf::new(clock.clone())),
                keys: Keys::new(secret, clock.clone()),
                clock,
                public_base_url: config.public_base_url,
                limit_seconds: config.grant_seconds,
            },
        }
    }
}

/// Answers one API call.
pub async fn handle(app: &App, event: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    let call = Call::new(event);
    http::respond(&call, route(app, &call).await)
}

async fn route(app: &App, call: &Call) -> Result<Answer, Refusal> {
    match call.route() {
        "POST /apps/{app}/media/{media}/grants" => {
            let (tenant, media) = (call.app()?, call.media()?);
            let granted = app.granter.grant(&tenant, &media, &call.body()?).await?;
            Ok(Answer::new(201, &granted))
        }
        _ => Err(Problem::unknown_route().into()),
    }
}
