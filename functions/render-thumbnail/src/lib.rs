//! `render-thumbnail`: renders images on demand, at its function URL, which only the distribution may invoke.

mod frame;

use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use dozo::platform::config::{ConfigError, Reader};
use dozo::platform::log::Peak;
use dozo::platform::records::Records;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::store;
use dozo::stages::render::{Ask, PublicHost, Registrations, Renderer, Reply};
use dozo::vocabulary::access::Access;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::keys::Bucket;
use http::Method;

pub use frame::{InvokeMode, MAX_BUFFERED_BYTES, respond};

/// The permissions of this function's role.
pub const ACCESS: &[Access] = &[
    Access::objects(store::READ, Bucket::Records, "apps/*"),
    Access::objects(store::READ, Bucket::Records, "media/*"),
    Access::published(store::READ, Bucket::Delivery),
];

/// Stop starting new steps when less than this remains before the deadline: enough for the longest step and for the
/// answer.
const RESERVE: Duration = Duration::from_secs(10);

/// The function's configuration, read from its environment.
#[derive(Debug)]
pub struct Config {
    buckets: Buckets,
    public_host: Option<String>,
    invoke_mode: InvokeMode,
    limits: Limits,
}

impl Config {
    /// Reads `RECORDS_BUCKET`, `DELIVERY_BUCKET`, `PUBLIC_HOST`, `INVOKE_MODE` and the platform's limits.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = Self {
            buckets: reader.buckets(&[Bucket::Records, Bucket::Delivery]),
            public_host: reader.optional("PUBLIC_HOST"),
            invoke_mode: reader.choice("INVOKE_MODE", &InvokeMode::ALL),
            limits: reader.limits(),
        };
        reader.finish(config)
    }
}

/// The state that lives as long as the process.
pub struct Function {
    /// Renders images.
    pub renderer: Renderer,
    /// The mode in which answers are sent.
    pub invoke_mode: InvokeMode,
}

impl Function {
    /// Connects to the platform.
    #[must_use]
    pub fn new(config: Config, platform: &impl Platform) -> Self {
        let store = platform.store(config.buckets);
        Self {
            renderer: Renderer {
                records: Records::new(store.clone(), platform.clock()),
                store,
                clock: platform.clock(),
                registrations: Registrations::default(),
                limits: config.limits,
                host: PublicHost::new(config.public_host.as_deref()),
                metrics: platform.metrics(),
            },
            invoke_mode: config.invoke_mode,
        }
    }
}

/// Answers one request; the function must be done by `deadline`.
pub async fn handle(
    function: &Function,
    event: LambdaFunctionUrlRequest,
    deadline: SystemTime,
) -> Reply {
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
    let reply = function
        .renderer
        .answer(&ask, start + left.saturating_sub(RESERVE))
        .await;
    let reply = match function.invoke_mode {
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
    let path = path
        .filter(|_| reply.status == 200)
        .map(|path| path.to_string())
        .unwrap_or_default();
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
