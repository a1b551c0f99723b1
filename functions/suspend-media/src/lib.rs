//! `suspend-media`: `POST /admin/apps/{app}/media/{media}/suspend` and `/restore`, `POST /apps/{app}/media/{media}/visibility`,
//! `PATCH` and `DELETE /apps/{app}/media/{media}`, `POST /apps/{app}/media/{media}/focus` and `/poster`, `PUT` and `DELETE
//! /apps/{app}/media/{media}/captions/{language}`; and `GET /admin/blocked`, `GET` and `DELETE /admin/blocked/{sha256}` for
//! the bytes that are blocked because their media are suspended.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::ports::Platform;
use dozo::ports::queue;
use dozo::ports::store;
use dozo::stages::blocked::list::BlockList;
use dozo::stages::captions::MAX_BYTES;
use dozo::stages::operate::captions;
use dozo::stages::operate::orders::Orders;
use dozo::stages::operate::requests::{self, Relocation};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::message::order::{Command, Request};

use dozo::platform::config::{ConfigError, Reader};
use dozo::stages::describe::{Descriptions, Versions};
use dozo::stages::focus::{FocalPoints, Wanted};
use dozo::stages::operate::OrdersConfig;
use dozo::stages::poster::{self, Posters};

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::queue(queue::SEND, "OperationsQueue"),
    Access::queue(queue::SEND, "InvalidationsQueue"),
    Access::queue(queue::SEND, "VideosQueue"),
    // Thumbnails that are made ahead, when a focal point has changed.
    Access::queue(queue::SEND, "BulkUploadsQueue"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "media/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "begun/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "expiring/*"),
    // Captions that were put wait here.
    Access::objects(store::PUT_NEW, Bucket::Work, "*"),
    Access::objects(store::LIST, Bucket::Records, "blocked/*"),
    Access::objects(store::READ, Bucket::Records, "blocked/*"),
    Access::objects(store::DELETE, Bucket::Records, "blocked/*"),
];

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    orders: OrdersConfig,
    invalidations_queue_url: String,
    videos_queue_url: String,
    bulk_uploads_queue_url: String,
}

impl Config {
    /// Reads what [`OrdersConfig::read_for_captions`] reads, `INVALIDATIONS_QUEUE_URL`, `VIDEOS_QUEUE_URL` and
    /// `BULK_UPLOADS_QUEUE_URL`.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let orders = OrdersConfig::read_for_captions(lookup)?;
        let mut reader = Reader::new(lookup);
        let config = Self {
            orders,
            invalidations_queue_url: reader.text("INVALIDATIONS_QUEUE_URL"),
            videos_queue_url: reader.text("VIDEOS_QUEUE_URL"),
            bulk_uploads_queue_url: reader.text("BULK_UPLOADS_QUEUE_URL"),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Accepts orders.
    pub orders: Orders,
    /// Shows and lifts blocks.
    pub blocks: BlockList,
    /// Sets focal points.
    pub focal_points: FocalPoints,
    /// Changes what apps say about their media.
    pub descriptions: Descriptions,
    /// Takes orders for posters.
    pub posters: Posters,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let orders = config.orders.orders(platform);
        Self {
            blocks: BlockList {
                store: orders.store.clone(),
            },
            descriptions: Descriptions {
                records: orders.records.clone(),
                clock: orders.clock.clone(),
                operations: orders.operations.clone(),
            },
            focal_points: FocalPoints {
                records: orders.records.clone(),
                clock: orders.clock.clone(),
                invalidations: platform.queue(&config.invalidations_queue_url),
                thumbs: platform.queue(&config.bulk_uploads_queue_url),
            },
            posters: Posters {
                records: orders.records.clone(),
                clock: orders.clock.clone(),
                videos: platform.queue(&config.videos_queue_url),
            },
            orders,
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
    let command = match call.route() {
        "GET /admin/blocked" => {
            let blocks = function.blocks.list(call.query("after")).await?;
            return Ok(Answer::new(200, &blocks));
        }
        "GET /admin/blocked/{sha256}" => {
            let block = function.blocks.show(call.path("sha256")).await?;
            return Ok(Answer::new(200, &block));
        }
        "DELETE /admin/blocked/{sha256}" => {
            call.no_body()?;
            let lifted = function.blocks.lift(call.path("sha256")).await?;
            return Ok(Answer::new(200, &lifted));
        }
        "POST /admin/apps/{app}/media/{media}/suspend" => requests::suspend(call.body()?)?,
        "POST /admin/apps/{app}/media/{media}/restore" => {
            call.no_body()?;
            Command::Restore
        }
        "POST /apps/{app}/media/{media}/visibility" => call.body::<Relocation>()?.into(),
        "POST /apps/{app}/media/{media}/focus" => {
            let point = call.body::<Wanted>()?.point()?;
            let (app, media) = (call.app()?, call.media()?);
            let set = function.focal_points.set(&app, &media, point).await?;
            return Ok(Answer::new(200, &set));
        }
        "PATCH /apps/{app}/media/{media}" => {
            return describe(function, call).await;
        }
        "POST /apps/{app}/media/{media}/poster" => {
            let at_ms = call.body::<poster::Wanted>()?.milliseconds()?;
            let (app, media) = (call.app()?, call.media()?);
            let chosen = function.posters.choose(&app, &media, at_ms).await?;
            return Ok(Answer::new(202, &chosen));
        }
        "DELETE /apps/{app}/media/{media}" => {
            call.no_body()?;
            Command::Delete
        }
        "PUT /apps/{app}/media/{media}/captions/{language}" => {
            return put_captions(function, call).await;
        }
        "DELETE /apps/{app}/media/{media}/captions/{language}" => {
            call.no_body()?;
            Command::RemoveCaptions(captions::language(call.path("language"))?)
        }
        _ => return Err(Problem::unknown_route().into()),
    };
    let request = Request {
        command,
        by: call.caller().to_owned(),
    };
    let (app, media) = (call.app()?, call.media()?);
    let placed = function.orders.place(&app, &media, &request, 0).await?;
    Ok(Answer::new(placed.status(), &placed))
}

async fn describe(function: &Function, call: &Call) -> Result<Answer, Refusal> {
    let (app, media) = (call.app()?, call.media()?);
    let versions = call.header("if-match").map(Versions::parse);
    let changed = function
        .descriptions
        .change(&app, &media, &call.body()?, versions.as_ref())
        .await?;
    Ok(Answer::new(200, &changed).at(&changed.version))
}

async fn put_captions(function: &Function, call: &Call) -> Result<Answer, Refusal> {
    let (app, media) = (call.app()?, call.media()?);
    let language = captions::language(call.path("language"))?;
    let (name, body) = (call.query("name"), call.text(MAX_BYTES)?);
    let placed = function
        .orders
        .put_captions((&app, &media), language, name, &body, call.caller())
        .await?;
    Ok(Answer::new(placed.status(), &placed))
}
