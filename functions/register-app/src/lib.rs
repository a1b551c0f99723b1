//! `register-app`: `PUT`, `PATCH`, `GET` and `DELETE /admin/apps/{app}`, `GET /admin/apps`, and webhooks below
//! `/admin/apps/{app}/webhooks`.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::master;
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::register::{Ceiling, Registrar};
use dozo::stages::webhooks::{Book, Secrets, Webhooks};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::web_address::Reach;
use dozo::vocabulary::webhook::HookName;

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
    // Webhooks.
    Access::objects(store::READ, Bucket::Records, "webhooks/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "webhooks/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "webhooks/*"),
    Access::objects(store::DELETE, Bucket::Records, "webhooks/*"),
    Access::objects(store::READ, Bucket::Records, "standing/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "standing/*"),
    Access::objects(store::READ, Bucket::Records, "deliveries/*"),
    Access::objects(store::LIST, Bucket::Records, "deliveries/*"),
    Access::queue(queue::SEND, "DeliveriesQueue"),
    Access::secret(master::READ_MASTER, "WebhookSecret"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    invalidations_queue_url: String,
    bulk_uploads_queue_url: String,
    deliveries_queue_url: String,
    webhook_secret: String,
    reach: Reach,
    announcements_queue_url: String,
    platform: Ceiling,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `INVALIDATIONS_QUEUE_URL`, `BULK_UPLOADS_QUEUE_URL`, `ANNOUNCEMENTS_QUEUE_URL`,
    /// `DELIVERIES_QUEUE_URL`, `WEBHOOK_SECRET`, `PLACE`, `MAX_GRANT_SECONDS` and the platform's limits and quotas.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Records]),
            invalidations_queue_url: reader.text("INVALIDATIONS_QUEUE_URL"),
            bulk_uploads_queue_url: reader.text("BULK_UPLOADS_QUEUE_URL"),
            deliveries_queue_url: reader.text("DELIVERIES_QUEUE_URL"),
            webhook_secret: reader.text("WEBHOOK_SECRET"),
            reach: reader.reach(),
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
    /// Registers webhooks, and shows what became of deliveries.
    pub webhooks: Webhooks,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let (store, clock) = (platform.store(config.buckets), platform.clock());
        let records = Records::new(store.clone(), clock.clone());
        Self {
            webhooks: Webhooks {
                store: store.clone(),
                book: Book {
                    records: records.clone(),
                    clock: clock.clone(),
                },
                secrets: Secrets::new(platform.webhook_master(&config.webhook_secret)),
                deliveries: platform.queue(&config.deliveries_queue_url),
                reach: config.reach,
            },
            registrar: Registrar {
                records,
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
            let app = call.app()?;
            function.registrar.may_be_removed(&app).await?;
            // Whoever dies in between leaves an app without webhooks, which is removed by the next call.
            function.webhooks.remove_all(&app).await?;
            let removed = function.registrar.remove(&app).await?;
            // One may have been registered meanwhile.
            function.webhooks.remove_all(&app).await?;
            Ok(Answer::new(200, &removed))
        }
        "GET /admin/apps/{app}" => Ok(Answer::new(
            200,
            &function.registrar.show(&call.app()?).await?,
        )),
        "GET /admin/apps" => Ok(Answer::new(200, &function.registrar.list().await?)),
        route => match route.strip_prefix("GET /admin/apps/{app}/webhooks") {
            Some(read) => look_at_webhooks(function, call, read).await,
            None => change_webhooks(function, call).await,
        },
    }
}

/// Answers `GET /admin/apps/{app}/webhooks` and what is below it.
async fn look_at_webhooks(
    function: &Function,
    call: &Call,
    below: &str,
) -> Result<Answer, Refusal> {
    let (webhooks, app) = (&function.webhooks, call.app()?);
    match below {
        "" => Ok(Answer::new(200, &webhooks.list(&app).await?)),
        "/{webhook}" => Ok(Answer::new(200, &webhooks.show(&app, &hook(call)?).await?)),
        "/{webhook}/deliveries" => {
            let (hook, after) = (hook(call)?, call.query("after"));
            let page = webhooks.deliveries(&app, &hook, after).await?;
            Ok(Answer::new(200, &page))
        }
        _ => Err(Problem::unknown_route().into()),
    }
}

/// Answers calls that change a webhook, or have something sent to it.
async fn change_webhooks(function: &Function, call: &Call) -> Result<Answer, Refusal> {
    let webhooks = &function.webhooks;
    let about = || Ok::<_, Problem>((call.app()?, hook(call)?));
    match call.route() {
        "PUT /admin/apps/{app}/webhooks/{webhook}" => {
            let (app, hook) = about()?;
            let (shown, is_new) = webhooks.put(&app, &hook, &call.body()?).await?;
            Ok(Answer::new(if is_new { 201 } else { 200 }, &shown))
        }
        "DELETE /admin/apps/{app}/webhooks/{webhook}" => {
            call.no_body()?;
            let (app, hook) = about()?;
            Ok(Answer::new(200, &webhooks.remove(&app, &hook).await?))
        }
        "POST /admin/apps/{app}/webhooks/{webhook}/rotate" => {
            call.no_body()?;
            let (app, hook) = about()?;
            Ok(Answer::new(200, &webhooks.rotate(&app, &hook).await?))
        }
        "POST /admin/apps/{app}/webhooks/{webhook}/resume" => {
            call.no_body()?;
            let (app, hook) = about()?;
            Ok(Answer::new(200, &webhooks.resume(&app, &hook).await?))
        }
        "POST /admin/apps/{app}/webhooks/{webhook}/ping" => {
            call.no_body()?;
            let (app, hook) = about()?;
            Ok(Answer::new(202, &webhooks.ping(&app, &hook).await?))
        }
        "POST /admin/apps/{app}/webhooks/{webhook}/resend" => {
            let ((app, hook), wanted) = (about()?, call.body()?);
            let asked = webhooks.resend_since(&app, &hook, &wanted);
            Ok(Answer::new(202, &asked.await?))
        }
        "POST /admin/apps/{app}/webhooks/{webhook}/deliveries/{delivery}/resend" => {
            call.no_body()?;
            let (app, hook) = about()?;
            let asked = webhooks.resend(&app, &hook, call.path("delivery"));
            Ok(Answer::new(202, &asked.await?))
        }
        _ => Err(Problem::unknown_route().into()),
    }
}

/// Returns the webhook in the path.
fn hook(call: &Call) -> Result<HookName, Problem> {
    HookName::parse(call.path("webhook"))
        .map_err(|error| Problem::invalid("webhook", format!("{error}.")))
}
