//! `render-thumbnail`: renders images on demand, at its function URL, which only the distribution may invoke.

mod frame;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_config::SdkConfig;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use dozo::aws::s3::{BucketNames, S3Store};
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::log::Peak;
use dozo::platform::records::Records;
use dozo::ports::clock::SystemClock;
use dozo::ports::metrics::Emf;
use dozo::ports::store;
use dozo::stages::render::{Ask, PublicHost, Renderer, Reply};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::iiif::SizeLimits;
use dozo::vocabulary::keys::Bucket;
use http::Method;

pub use frame::{InvokeMode, MAX_BUFFERED_BYTES, respond};

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::objects(store::READ, Bucket::Delivery, "public/*"),
    Access::objects(store::READ, Bucket::Delivery, "private/*"),
];

/// Stop starting new steps when less than this remains before the deadline: enough for the longest step and for the
/// answer.
const RESERVE: Duration = Duration::from_secs(10);

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    records_bucket: String,
    delivery_bucket: String,
    public_host: Option<String>,
    invoke_mode: InvokeMode,
    limits: Limits,
    function_name: Option<String>,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `DELIVERY_BUCKET`, `PUBLIC_HOST`, `INVOKE_MODE` and the platform's limits, and
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            records_bucket: reader.text("RECORDS_BUCKET"),
            delivery_bucket: reader.text("DELIVERY_BUCKET"),
            public_host: reader.optional("PUBLIC_HOST"),
            invoke_mode: reader.choice("INVOKE_MODE", &InvokeMode::ALL),
            limits: reader.limits(),
            function_name: reader.optional("AWS_LAMBDA_FUNCTION_NAME"),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct App {
    /// Renders images.
    pub renderer: Renderer,
    /// The mode in which answers are sent.
    pub invoke_mode: InvokeMode,
}

impl App {
    /// Connects to AWS.
    #[must_use]
    pub fn new(config: Config, sdk: &SdkConfig) -> Self {
        let buckets = BucketNames::default()
            .with(Bucket::Records, &config.records_bucket)
            .with(Bucket::Delivery, &config.delivery_bucket);
        let store = Arc::new(S3Store::new(sdk, buckets));
        let metrics = Emf::new(Arc::new(SystemClock)).of_function(config.function_name);
        Self {
            renderer: Renderer {
                records: Records::new(store.clone(), Arc::new(SystemClock)),
                store,
                limits: config.limits,
                sizes: SizeLimits::default(),
                host: PublicHost::new(config.public_host.as_deref()),
                metrics: Arc::new(metrics),
            },
            invoke_mode: config.invoke_mode,
        }
    }
}

/// Answers one request; the function must be done by `deadline`.
pub async fn handle(app: &App, event: LambdaFunctionUrlRequest, deadline: SystemTime) -> Reply {
    let start = Instant::now();
    let method = event
        .request_context
        .http
        .method
        .as_deref()
        .unwrap_or_default();
    let method = method.parse().unwrap_or(Method::GET);
    let ask = Ask::new(method, event.raw_path.unwrap_or_default(), event.headers);
    let left = deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default();
    let reply = app
        .renderer
        .answer(&ask, start + left.saturating_sub(RESERVE))
        .await;
    let reply = match app.invoke_mode {
        InvokeMode::Buffered => reply.within(MAX_BUFFERED_BYTES),
        InvokeMode::ResponseStream => reply,
    };
    log(&ask, &reply, start.elapsed());
    reply
}

/// Logs one line for each request. The path contains no file name: it consists of ids and numbers, or it was refused
/// and is not logged.
fn log(ask: &Ask, reply: &Reply, took: Duration) {
    let path = ask.path();
    let media = path
        .as_ref()
        .map(|path| path.subject().media.to_string())
        .unwrap_or_default();
    let path = if reply.status == 200 {
        ask.raw_path()
    } else {
        ""
    };
    let (status, bytes) = (reply.status, reply.body.len());
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        media,
        path,
        status,
        bytes,
        milliseconds,
        peak_bytes = Peak::bytes(),
        "{media}: {status}"
    );
}
