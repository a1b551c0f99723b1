//! `show-media`: `GET /apps/{app}/media/{media}`, `GET /admin/apps/{app}/media/{media}`, `GET /apps/{app}/media?upload=…` and
//! `?state=…`.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::platform::config::{ConfigError, Reader, base_url};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::platform::records::Records;
use dozo::ports::clock::SystemClock;
use dozo::ports::store;
use dozo::stages::show::Viewer;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::LIST, Bucket::Records, "media/*"),
    Access::objects(store::LIST, Bucket::Records, "failed/*"),
    Access::objects(store::LIST, Bucket::Records, "suspended/*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Work, "*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    records_bucket: String,
    work_bucket: String,
    public_base_url: String,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `WORK_BUCKET` and `PUBLIC_BASE_URL`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            records_bucket: reader.text("RECORDS_BUCKET"),
            work_bucket: reader.text("WORK_BUCKET"),
            public_base_url: base_url(&reader.text("PUBLIC_BASE_URL")),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Shows media.
    pub viewer: Viewer,
}

impl App {
    /// Connects to AWS.
    #[must_use]
    pub fn new(config: Config, sdk: &SdkConfig) -> Self {
        let buckets = BucketNames::default()
            .with(Bucket::Records, &config.records_bucket)
            .with(Bucket::Work, &config.work_bucket);
        let store = Arc::new(S3Store::new(sdk, buckets));
        let records = Records::new(store.clone(), Arc::new(SystemClock));
        Self {
            viewer: Viewer {
                store,
                records,
                public_base_url: config.public_base_url,
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
        "GET /apps/{app}/media/{media}" => Ok(Answer::new(
            200,
            &app.viewer.show(&call.app()?, &call.media()?).await?,
        )),
        "GET /admin/apps/{app}/media/{media}" => Ok(Answer::new(
            200,
            &app.viewer
                .show_to_admin(&call.app()?, &call.media()?)
                .await?,
        )),
        "GET /apps/{app}/media" => Ok(Answer::new(
            200,
            &app.viewer.list(&call.app()?, call).await?,
        )),
        _ => Err(Problem::unknown_route().into()),
    }
}
