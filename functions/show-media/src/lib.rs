//! `show-media`: `GET /apps/{app}/media/{media}`, `GET /admin/apps/{app}/media/{media}`, lists of media under
//! `GET /apps/{app}/media`, `GET /apps/{app}/usage`; and `GET /openapi.json`, the description of the API.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dozo::platform::config::{ConfigError, Reader, base_url};
use dozo::platform::http::{self, Answer, Call};
use dozo::platform::problem::{Problem, Refusal};
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::store;
use dozo::stages::show::Viewer;
use dozo::stages::stored::{Reporter, Stored};
use dozo::stages::usage::Usage;
use dozo::vocabulary::access::Access;
use dozo::vocabulary::keys::Bucket;

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::LIST, Bucket::Records, "media/*"),
    Access::objects(store::LIST, Bucket::Records, "failed/*"),
    Access::objects(store::LIST, Bucket::Records, "suspended/*"),
    Access::objects(store::LIST, Bucket::Records, "stuck/*"),
    Access::objects(store::LIST, Bucket::Records, "listed/*"),
    Access::objects(store::READ, Bucket::Records, "usage/*"),
    Access::objects(store::LIST, Bucket::Records, "usage/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "usage/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "usage/*"),
    Access::objects(store::READ, Bucket::Records, "stored/*"),
    Access::objects(store::LIST, Bucket::Records, "stored/*"),
    Access::objects(store::PUT_NEW, Bucket::Records, "stored/*"),
    Access::objects(store::PUT_OVER, Bucket::Records, "stored/*"),
    Access::objects(store::LIST, Bucket::Work, "*"),
    Access::objects(store::READ, Bucket::Work, "*"),
];

/// The description of the API, which `make openapi` writes.
const DESCRIPTION: &str = include_str!("../../../docs/openapi.json");

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
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
            buckets: reader.buckets(&[Bucket::Records, Bucket::Work]),
            public_base_url: base_url(&reader.text("PUBLIC_BASE_URL")),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Shows media.
    pub viewer: Viewer,
    /// Tells apps how much they use.
    pub reporter: Reporter,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let store = platform.store(config.buckets);
        Self {
            reporter: Reporter {
                usage: Usage::new(store.clone()),
                stored: Stored::new(store.clone()),
                clock: platform.clock(),
            },
            viewer: Viewer {
                records: Records::new(store.clone(), platform.clock()),
                store,
                public_base_url: config.public_base_url,
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
        "GET /apps/{app}/media/{media}" => {
            let (app, media) = (call.app()?, call.media()?);
            let shown = function.viewer.show(&app, &media).await?;
            Ok(Answer::new(200, &shown).at(shown.version()))
        }
        "GET /admin/apps/{app}/media/{media}" => {
            let (app, media) = (call.app()?, call.media()?);
            let shown = function.viewer.show_to_admin(&app, &media).await?;
            Ok(Answer::new(200, &shown).at(shown.version()))
        }
        "GET /apps/{app}/media" => Ok(Answer::new(
            200,
            &function.viewer.list(&call.app()?, call).await?,
        )),
        "GET /apps/{app}/usage" => {
            let day = call.query("day");
            let report = function.reporter.report(&call.app()?, day).await?;
            Ok(Answer::new(200, &report))
        }
        "GET /openapi.json" => Ok(Answer::written(200, DESCRIPTION)),
        _ => Err(Problem::unknown_route().into()),
    }
}
