//! `issue-token`: `POST /apps/{app}/uploads`, and `POST /apps/{app}/ingest`, `POST /apps/{app}/media/{media}/copy` and `POST
//! /admin/apps/{app}/media/{media}/copy` for uploads that the platform makes itself.

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::queue::{self, Outbox};
use dozo::ports::store;
use dozo::ports::tokens;
use dozo::stages::intake::{Asker, Intake};
use dozo::stages::issue::{Issuer, TokenUser, Uploader};
use dozo::stages::usage::Usage;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::app::{Limits, Quotas};
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::web_address::Reach;

/// The permissions of this function's role. STS is called with the token user's key, which is in the secret; or by assuming the
/// role, where there is no such user.
pub const ACCESS: &[Access] = &[
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "uploads/*"),
    // A media whose file the platform brings has a record before the file is there.
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "media/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "begun/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "expiring/*"),
    Access::queue(queue::SEND, "OperationsQueue"),
    Access::queue(queue::SEND, "FetchesQueue"),
    Access::objects(store::READ, Bucket::Records, "usage/*"),
    Access::objects(store::LIST, Bucket::Records, "usage/*"),
    Access::secret(tokens::READ_KEY, "TokenSecret"),
    Access::role(tokens::ASSUME, "UploaderRole"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    upload_bucket: String,
    operations_queue_url: String,
    ingest_queue_url: Option<String>,
    reach: Reach,
    source: Source,
    limits: Limits,
    quotas: Quotas,
}

/// The source of the credentials.
#[derive(Debug)]
enum Source {
    /// The token user, whose key is in this secret.
    Secret(String),
    /// The role with this ARN.
    Role(String),
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `UPLOAD_BUCKET`, `OPERATIONS_QUEUE_URL`, `INGEST_QUEUE_URL` unless nothing is fetched,
    /// `PLACE`, `UPLOADER_ROLE` or else `TOKEN_SECRET`, and the platform's
    /// limits and quotas.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Records]),
            upload_bucket: reader.text("UPLOAD_BUCKET"),
            operations_queue_url: reader.text("OPERATIONS_QUEUE_URL"),
            ingest_queue_url: reader.optional("INGEST_QUEUE_URL"),
            reach: reader.choice(
                "PLACE",
                &[("aws", Reach::Public), ("laptop", Reach::Laptop)],
            ),
            source: source(&mut reader),
            limits: reader.limits(),
            quotas: reader.quotas(),
        };
        reader.finish(config)
    }
}

fn source(reader: &mut Reader<'_>) -> Source {
    let secret = reader.optional("TOKEN_SECRET");
    match (reader.optional("UPLOADER_ROLE"), secret) {
        (Some(role), _) => Source::Role(role),
        (None, Some(secret)) => Source::Secret(secret),
        (None, None) => Source::Secret(reader.text("TOKEN_SECRET")),
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Issues credentials.
    pub issuer: Issuer,
    /// Takes orders for files that the platform brings.
    pub intake: Intake,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        let uploader = match config.source {
            Source::Secret(secret) => {
                Uploader::TokenUser(TokenUser::new(platform.token_key(&secret)))
            }
            Source::Role(role) => Uploader::Role(role),
        };
        let records = Records::new(store.clone(), clock.clone());
        let fetches = config.ingest_queue_url.as_deref();
        Self {
            intake: Intake {
                usage: Usage::reader(store.clone()),
                records: records.clone(),
                clock: clock.clone(),
                operations: platform.queue(&config.operations_queue_url),
                fetches: fetches.map(|url| -> Arc<dyn Outbox> { platform.queue(url) }),
                reach: config.reach,
                quotas: config.quotas,
            },
            issuer: Issuer {
                usage: Usage::reader(store),
                records,
                metrics: platform.metrics(),
                clock,
                tokens: platform.tokens(&config.upload_bucket),
                uploader,
                target: platform.upload_target(&config.upload_bucket),
                limits: config.limits,
                quotas: config.quotas,
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
    // The futures of orders are large, and most calls ask for credentials.
    match call.route() {
        "POST /apps/{app}/uploads" => Ok(Answer::new(
            201,
            &function.issuer.issue(&call.app()?, &call.body()?).await?,
        )),
        "POST /apps/{app}/ingest" => Box::pin(ingest(function, call)).await,
        "POST /apps/{app}/media/{media}/copy" => Box::pin(copy(function, call, Asker::App)).await,
        "POST /admin/apps/{app}/media/{media}/copy" => {
            Box::pin(copy(function, call, Asker::Admin)).await
        }
        _ => Err(Problem::unknown_route().into()),
    }
}

async fn copy(function: &Function, call: &Call, asker: Asker) -> Result<Answer, Refusal> {
    let (app, media) = (call.app()?, call.media()?);
    let asked_by = (asker, call.caller());
    let expected = function.intake.copy((&app, &media), call.body()?, asked_by);
    Ok(Answer::new(202, &expected.await?))
}

async fn ingest(function: &Function, call: &Call) -> Result<Answer, Refusal> {
    let app = call.app()?;
    let expected = function.intake.ingest(&app, call.body()?, call.caller());
    Ok(Answer::new(202, &expected.await?))
}
