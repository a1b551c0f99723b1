//! `retry-media`: `POST /admin/apps/{app}/media/{media}/retry`, `POST /admin/apps/{app}/retry` for everything that
//! failed, and `GET /admin/messages` and `DELETE /admin/messages/{message}` for failed messages that belong to no
//! media.

use aws_config::SdkConfig;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::operate::orders::Orders;
use dozo::stages::unclaimed::Unclaimed;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::order::{Asked, Wish};

pub use dozo::aws::orders::OrdersConfig as Config;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::SEND, "OperationsQueue"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    Access::objects(store::LIST, Bucket::Records, "failed/*"),
    Access::objects(store::READ, Bucket::Records, "failed/*"),
    Access::objects(store::DELETE, Bucket::Records, "failed/*"),
];

/// The state that lives as long as the process.
pub struct App {
    /// Accepts orders.
    pub orders: Orders,
    /// Lists and removes failed messages that belong to no media.
    pub unclaimed: Unclaimed,
}

impl App {
    /// Connects to AWS.
    #[must_use]
    pub fn new(config: Config, sdk: &SdkConfig) -> Self {
        Self::with(config.orders(sdk))
    }

    /// Creates the state with these orders, and uses their store.
    #[must_use]
    pub fn with(orders: Orders) -> Self {
        let store = orders.store.clone();
        Self {
            orders,
            unclaimed: Unclaimed { store },
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
        "POST /admin/apps/{app}/media/{media}/retry" => {
            call.no_body()?;
            let asked = Asked {
                wish: Wish::Retry,
                by: call.caller().to_owned(),
            };
            let (of, media) = (call.app()?, call.media()?);
            let placed = app.orders.place(&of, &media, &asked, 0).await?;
            Ok(Answer::new(placed.status(), &placed))
        }
        "POST /admin/apps/{app}/retry" => {
            let (of, wanted) = (call.app()?, call.body()?);
            let retried = app.orders.retry_all(&of, &wanted, call.caller()).await?;
            Ok(Answer::new(202, &retried))
        }
        "GET /admin/messages" => {
            let messages = app.unclaimed.list(call.query("after")).await?;
            Ok(Answer::new(200, &messages))
        }
        "DELETE /admin/messages/{message}" => {
            call.no_body()?;
            let cleared = app.unclaimed.clear(call.path("message")).await?;
            Ok(Answer::new(200, &cleared))
        }
        _ => Err(Problem::unknown_route().into()),
    }
}
