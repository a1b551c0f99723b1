//! `register-app`: `PUT`, `PATCH`, `GET` and `DELETE /admin/apps/{app}`, and `GET /admin/apps`.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::queue;
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
    Access::queue(queue::SEND, "InvalidationsQueue"),
    // Hints that an app is registered.
    Access::queue(queue::SEND, "AnnouncementsQueue"),
    // Thumbnails that are made ahead.
    Access::queue(queue::SEND, "BulkUploadsQueue"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    invalidations_queue_url: String,
    bulk_uploads_queue_url: String,
    announcements_queue_url: String,
    platform: Ceiling,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `INVALIDATIONS_QUEUE_URL`, `BULK_UPLOADS_QUEUE_URL`, `ANNOUNCEMENTS_QUEUE_URL`, `MAX_GRANT_SECONDS` and the
    /// platform's limits and quotas.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Records]),
            invalidations_queue_url: reader.text("INVALIDATIONS_QUEUE_URL"),
            bulk_uploads_queue_url: reader.text("BULK_UPLOADS_QUEUE_URL"),
            announcements_queue_url: reader.text("ANNOUNCEMENTS_QUEUE_URL"),
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
pub struct Function {
    /// Registers, changes, lists and removes apps.
    pub registrar: Registrar,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        Self {
            registrar: Registrar {
                records: Records::new(store.clone(), clock.clone()),
                store,
                clock,
                invalidations: platform.queue(&config.invalidations_queue_url),
                thumbs: platform.queue(&config.bulk_uploads_queue_url),
                hints: platform.queue(&config.announcements_queue_url),
                platform: config.platform,
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
        "PUT /admin/apps/{app}" => {
            let (wanted, named) = (call.body()?, call.body()?);
            let app = call.app()?;
            let done = function.registrar.register(&app, &wanted, &named).await?;
            Ok(Answer::new(if done.is_new { 201 } else { 200 }, &done))
        }
        "PATCH /admin/apps/{app}" => {
            let done = function
                .registrar
                .change(&call.app()?, &call.body()?)
                .await?;
            Ok(Answer::new(200, &done))
        }
        "DELETE /admin/apps/{app}" => {
            call.no_body()?;
            Ok(Answer::new(
                200,
                &function.registrar.remove(&call.app()?).await?,
            ))
        }
        "GET /admin/apps/{app}" => Ok(Answer::new(
            200,
            &function.registrar.show(&call.app()?).await?,
        )),
        "GET /admin/apps" => Ok(Answer::new(200, &function.registrar.list().await?)),
        _ => Err(Problem::unknown_route().into()),
    }
}
