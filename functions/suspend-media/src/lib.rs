//! `suspend-media`: `POST /admin/apps/{app}/media/{media}/suspend` and `/restore`, `POST /apps/{app}/media/{media}/visibility`,
//! `DELETE /apps/{app}/media/{media}`.

use aws_config::SdkConfig;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::operate::orders::Orders;
use dozo::stages::operate::wishes::{self, Relocation};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::order::{Asked, Wish};

pub use dozo::aws::orders::OrdersConfig as Config;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::SEND, "OperationsQueue"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
];

/// The state that lives as long as the process.
pub struct App {
    /// Accepts orders.
    pub orders: Orders,
}

impl App {
    /// Connects to AWS.
    #[must_use]
    pub fn new(config: Config, sdk: &SdkConfig) -> Self {
        Self {
            orders: config.orders(sdk),
        }
    }
}

/// Answers one API call.
pub async fn handle(app: &App, event: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    let call = Call::new(event);
    http::respond(&call, route(app, &call).await)
}

async fn route(app: &App, call: &Call) -> Result<Answer, Refusal> {
    let wish = match call.route() {
        "POST /admin/apps/{app}/media/{media}/suspend" => wishes::suspend(call.body()?)?,
        "POST /admin/apps/{app}/media/{media}/restore" => {
            call.no_body()?;
            Wish::Restore
        }
        "POST /apps/{app}/media/{media}/visibility" => call.body::<Relocation>()?.into(),
        "DELETE /apps/{app}/media/{media}" => {
            call.no_body()?;
            Wish::Delete
        }
        _ => return Err(Problem::unknown_route().into()),
    };
    let asked = Asked {
        wish,
        by: call.caller().to_owned(),
    };
    let (of, media) = (call.app()?, call.media()?);
    let placed = app.orders.place(&of, &media, &asked, 0).await?;
    Ok(Answer::new(placed.status(), &placed))
}
