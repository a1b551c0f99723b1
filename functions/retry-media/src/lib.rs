//! `retry-media`: `POST /admin/apps/{app}/media/{media}/retry`, `POST /admin/apps/{app}/retry` for everything that
//! failed, `POST /admin/apps/{app}/index` to index an app's media anew, and `GET /admin/messages` and
//! `DELETE /admin/messages/{message}` for failed messages that belong to no media.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::ports::Platform;
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::index::Indexer;
use dozo::stages::operate::orders::Orders;
use dozo::stages::unclaimed::Unclaimed;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::order::{Command, Request};

pub use dozo::stages::operate::OrdersConfig as Config;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::SEND, "OperationsQueue"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "begun/*"),
    Access::objects(store::LIST, Bucket::Records, "failed/*"),
    Access::objects(store::READ, Bucket::Records, "failed/*"),
    Access::objects(store::DELETE, Bucket::Records, "failed/*"),
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::LIST, Bucket::Records, "media/*"),
    Access::objects(store::READ, Bucket::Records, "indexed/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "indexed/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "indexed/*"),
    Access::objects(store::DELETE, Bucket::Records, "indexed/*"),
    Access::objects(store::READ, Bucket::Records, "listed/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "listed/*"),
    Access::objects(store::DELETE, Bucket::Records, "listed/*"),
    Access::objects(store::READ, Bucket::Records, "stored/*"),
    Access::objects(store::LIST, Bucket::Records, "stored/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "stored/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "stored/*"),
];

/// The state that lives as long as the process.
pub struct Function {
    /// Accepts orders.
    pub orders: Orders,
    /// Lists and removes failed messages that belong to no media.
    pub unclaimed: Unclaimed,
    /// Indexes media anew.
    pub indexer: Indexer,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let orders = config.orders(platform);
        let store = orders.store.clone();
        let indexer = Indexer {
            store: store.clone(),
            records: orders.records.clone(),
            clock: orders.clock.clone(),
        };
        Self {
            orders,
            indexer,
            unclaimed: Unclaimed { store },
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
        "POST /admin/apps/{app}/media/{media}/retry" => {
            call.no_body()?;
            let request = Request {
                command: Command::Retry,
                by: call.caller().to_owned(),
            };
            let (app, media) = (call.app()?, call.media()?);
            let placed = function.orders.place(&app, &media, &request, 0).await?;
            Ok(Answer::new(placed.status(), &placed))
        }
        "POST /admin/apps/{app}/retry" => {
            let (app, wanted) = (call.app()?, call.body()?);
            let retried = function
                .orders
                .retry_all(&app, &wanted, call.caller())
                .await?;
            Ok(Answer::new(202, &retried))
        }
        "POST /admin/apps/{app}/index" => {
            let (app, wanted) = (call.app()?, call.body()?);
            let indexed = function.indexer.rebuild(&app, &wanted).await?;
            Ok(Answer::new(200, &indexed))
        }
        "GET /admin/messages" => {
            let messages = function.unclaimed.list(call.query("after")).await?;
            Ok(Answer::new(200, &messages))
        }
        "DELETE /admin/messages/{message}" => {
            call.no_body()?;
            let cleared = function.unclaimed.clear(call.path("message")).await?;
            Ok(Answer::new(200, &cleared))
        }
        _ => Err(Problem::unknown_route().into()),
    }
}
