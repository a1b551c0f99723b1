//! `register-app`: `PUT`, `PATCH`, `GET` and `DELETE /admin/apps/{app}`, and `GET /admin/apps`.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::platform::records::Records;
use dozo::ports::clock::SystemClock;
use dozo::ports::store;
use dozo::stages::register::{Ceiling, Registrar};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "apps/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "apps/*"),
    Access::objects(store::LIST, Bucket::Records, "apps/*"),
    Access::objects(store::DELETE, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::LIST, Bucket::Records, "media/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    records_bucket: String,
    platform: Ceiling,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `MAX_GRANT_SECONDS` and the platform's limits and quotas.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            records_bucket: reader.text("RECORDS_BUCKET"),
            platform: Ceiling {
                limits: reader.limits(),
                quotas: reader.quotas(),
                grant_seconds: reader.grant_seconds(),
            },
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Registers, changes, lists and removes apps.
    pub registrar: Registrar,
}

impl App {
    /// Connects to AWS.
    #[must_use]
    pub fn new(config: Config, sdk: &SdkConfig) -> Self {
        let buckets = BucketNames::default().with(Bucket::Records, &config.records_bucket);
        let store = Arc::new(S3Store::new(sdk, buckets));
        let clock = Arc::new(SystemClock);
        let records = Records::new(store.clone(), clock.clone());
        Self {
            registrar: Registrar {
                store,
                records,
                clock,
                platform: config.platform,
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
        "PUT /admin/apps/{app}" => {
            let (wanted, named) = (call.body()?, call.body()?);
            let of = call.app()?;
            let done = app.registrar.register(&of, &wanted, &named).await?;
            Ok(Answer::new(if done.is_new { 201 } else { 200 }, &done))
        }
        "PATCH /admin/apps/{app}" => {
            let done = app.registrar.change(&call.app()?, &call.body()?).await?;
            Ok(Answer::new(200, &done))
        }
        "DELETE /admin/apps/{app}" => {
            call.no_body()?;
            Ok(Answer::new(200, &app.registrar.remove(&call.app()?).await?))
        }
        "GET /admin/apps/{app}" => Ok(Answer::new(200, &app.registrar.show(&call.app()?).await?)),
        "GET /admin/apps" => Ok(Answer::new(200, &app.registrar.list().await?)),
        _ => Err(Problem::unknown_route().into()),
    }
}
