//! `issue-token`: `POST /apps/{app}/uploads`.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::aws::secrets::TokenSecret;
use dozo::aws::sts::Sts;
use dozo::aws::{partition, region};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::platform::records::Records;
use dozo::ports::clock::SystemClock;
use dozo::ports::metrics::Emf;
use dozo::ports::store;
use dozo::stages::issue::{self, Issuer, Target};
use dozo::stages::usage::{self, Usage};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::app::{Limits, Quotas};
use dozo::vocabulary::keys::Bucket;
use tokio::sync::Mutex;

/// The permissions of this function's role. STS is called with the token user's key.
pub const ACCESS: &[Access] = &[
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "uploads/*"),
    Access::objects(usage::COUNT, Bucket::Records, "usage/*"),
    Access::secret(issue::READ_KEY, "TokenSecret"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    records_bucket: String,
    upload_bucket: String,
    token_secret: String,
    limits: Limits,
    quotas: Quotas,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `UPLOAD_BUCKET`, `TOKEN_SECRET` and the platform's limits and quotas.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            records_bucket: reader.text("RECORDS_BUCKET"),
            upload_bucket: reader.text("UPLOAD_BUCKET"),
            token_secret: reader.text("TOKEN_SECRET"),
            limits: reader.limits(),
            quotas: reader.quotas(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Issues credentials.
    pub issuer: Issuer,
}

impl App {
    /// Connects to AWS.
    #[must_use]
    pub fn new(config: Config, sdk: &SdkConfig) -> Self {
        let buckets = BucketNames::default().with(Bucket::Records, &config.records_bucket);
        let store = Arc::new(S3Store::new(sdk, buckets));
        let clock = Arc::new(SystemClock);
        let region = region(sdk);
        let usage = Usage::new(store.clone());
        Self {
            issuer: Issuer {
                records: Records::new(store, clock.clone()),
                metrics: Arc::new(Emf::new(clock.clone())),
                clock,
                tokens: Arc::new(Sts::new(sdk, &config.upload_bucket)),
                keys: Arc::new(TokenSecret::new(sdk, &config.token_secret)),
                cached: Mutex::default(),
                target: Target {
                    bucket: config.upload_bucket,
                    partition: partition(&region).to_owned(),
                    region,
                    endpoint: sdk.endpoint_url().map(str::to_owned),
                },
                limits: config.limits,
                quotas: config.quotas,
                usage,
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
        "POST /apps/{app}/uploads" => Ok(Answer::new(
            201,
            &app.issuer.issue(&call.app()?, &call.body()?).await?,
        )),
        _ => Err(Problem::unknown_route().into()),
    }
}
