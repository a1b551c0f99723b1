//! The platform in memory: the real handlers of the functions on in-memory ports.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use aws_lambda_events::sqs::SqsEvent;
use dozo::memory::cdn::MemoryCdn;
use dozo::memory::clock::MemoryClock;
use dozo::memory::faults::Faults;
use dozo::memory::jobs::MemoryJobs;
use dozo::memory::metrics::MemoryMetrics;
use dozo::memory::queue::MemoryQueue;
use dozo::memory::signing::MemorySigning;
use dozo::memory::store::MemoryStore;
use dozo::memory::tokens::MemoryTokens;
use dozo::platform::batch::Backoff;
use dozo::platform::records::Records;
use dozo::ports::clock::Clock;
use dozo::ports::queue::Outbox;
use dozo::ports::queue::Stages;
use dozo::stages::failure::Recorder;
use dozo::stages::grant::{Granter, Keys};
use dozo::stages::invalidate::Invalidator;
use dozo::stages::issue::{Issuer, Target};
use dozo::stages::operate::Operator;
use dozo::stages::operate::orders::Orders;
use dozo::stages::register::{Ceiling, Registrar};
use dozo::stages::render::{PublicHost, Renderer};
use dozo::stages::settle::Settler;
use dozo::stages::show::Viewer;
use dozo::stages::split::engine::Engine;
use dozo::stages::split::{PATIENCE, Splitter, Times};
use dozo::stages::transcode::Transcoder;
use dozo::stages::transcode::delivery::Delivery;
use dozo::stages::transcode::service::finish::Finisher;
use dozo::stages::transcode::service::start::Starter;
use dozo::stages::usage::Usage;
use dozo::vocabulary::app::{AppRecord, GRANT_SECONDS, GrantRecord, Limits, Quotas};
use dozo::vocabulary::etag::ETag;
use dozo::vocabulary::iiif::SizeLimits;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::kind::Kind;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{App, FileName, Upload, Visibility};
use dozo::vocabulary::operation::Grace;
use dozo::vocabulary::page::PageFormat;
use dozo::vocabulary::preset::Presets;
use dozo::vocabulary::record::MediaRecord;
use render_thumbnail::InvokeMode;
use serde_json::json;
use tokio::sync::Mutex;

use crate::engine::ToyEngine;
use crate::pdfs;

/// Limits that test pictures can stay within or exceed cheaply.
pub const LIMITS: Limits = Limits {
    image_bytes: 100_000,
    image_pixels: 10_000,
    image_frames: 3,
    pdf_bytes: 1_000_000,
    pdf_pages: 200,
    av_bytes: 1_000_000,
    av_seconds: 60,
};

/// Pages of a span: two pieces, so that even small documents are split into spans.
pub const SPAN_PAGES: u16 = 8;

/// Spans of a document that are processed at the same time.
pub const SPANS_AT_ONCE: u16 = 3;

/// Times longer than any test, because a turn that ends in the middle of a test would make its result random.
pub const TIMES: Times = Times {
    turn: Duration::from_secs(1_000),
    quick: PATIENCE,
    patience: PATIENCE,
};

/// The name of the queue for slow documents.
const SLOW_PDFS: &str = "slow-pdfs";

/// The name of the work bucket.
const WORK: &str = "dozo-work";

/// Quotas that only the tests of quotas reach.
pub const QUOTAS: Quotas = Quotas {
    files_per_upload: u32::MAX,
    media_per_day: u32::MAX,
    bytes_per_day: u64::MAX,
};

/// The same durations as in the template.
pub const GRACE: Grace = Grace {
    render_seconds: 60,
    stage_seconds: 660,
};

/// The buckets, a clock, and one app `demo` with one grant.
pub struct World {
    /// All buckets.
    pub store: MemoryStore,
    /// The clock.
    pub clock: MemoryClock,
    /// The metrics.
    pub metrics: MemoryMetrics,
    /// The queue of validate-upload.
    pub uploads: MemoryQueue,
    /// The queue of split-pdf.
    pub pdfs: MemoryQueue,
    /// The queue of split-pdf for slow documents.
    pub slow_pdfs: MemoryQueue,
    /// The queue of transcode-media.
    pub videos: MemoryQueue,
    /// The messages that were given up.
    pub dead_letters: MemoryQueue,
    /// The queue of run-operation: requests by admins and apps.
    pub operations: MemoryQueue,
    /// The queue of invalidate-cache.
    pub invalidations: MemoryQueue,
    /// The CDN.
    pub cdn: MemoryCdn,
    /// The engine that transcodes unless [`World::has_service`].
    pub transcoder: ToyEngine,
    /// The service that transcodes if [`World::has_service`].
    pub jobs: MemoryJobs,
    /// Whether the service transcodes instead of the engine.
    pub has_service: bool,
    /// The queue of finish-transcode.
    pub transcoded: MemoryQueue,
    /// The app `demo`.
    pub app: App,
    /// Its one grant.
    pub upload: Upload,
    /// The limits of the platform and of the app.
    limits: Limits,
    /// The engine that opens documents.
    pub engine: Arc<dyn Engine>,
}

/// A message in a queue.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its id in SQS.
    pub id: String,
    /// Its body.
    pub body: String,
    /// Deliveries so far, including this one.
    pub attempts: u32,
}

impl World {
    /// Makes a world with random numbers from this seed and with [`LIMITS`], which are easily reached.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with_limits(seed, LIMITS)
    }

    /// Makes a world with random numbers from this seed and with these limits.
    ///
    /// # Panics
    /// Never, because the names are valid.
    #[allow(clippy::expect_used, reason = "the names are valid")]
    #[must_use]
    pub fn with_limits(seed: u64, limits: Limits) -> Self {
        let clock = MemoryClock::new(seed);
        let app = App::parse("demo").expect("a good name");
        let upload = Upload::new(clock.now(), clock.random());
        let world = Self {
            store: MemoryStore::default(),
            jobs: MemoryJobs::new(&clock),
            has_service: false,
            transcoded: MemoryQueue::new("TranscodedQueue"),
            clock,
            metrics: MemoryMetrics::default(),
            uploads: MemoryQueue::new("UploadsQueue"),
            pdfs: MemoryQueue::new("PdfsQueue"),
            slow_pdfs: MemoryQueue::new("SlowPdfsQueue"),
            videos: MemoryQueue::new("VideosQueue"),
            dead_letters: MemoryQueue::new("DeadLetters"),
            operations: MemoryQueue::new("OperationsQueue"),
            invalidations: MemoryQueue::new("InvalidationsQueue"),
            cdn: MemoryCdn::default(),
            transcoder: ToyEngine::default(),
            app,
            upload,
            limits,
            engine: pdfs::engine(),
        };
        let now = world.clock.now();
        let registration = AppRecord {
            app: world.app.clone(),
            kinds: Kind::PROCESSED.to_vec(),
            limits,
            quotas: QUOTAS,
            visibility: Visibility::Public,
            keep_original_metadata: false,
            presets: Presets::new(),
            sizes_only: false,
            page_format: PageFormat::Jpeg,
            page_size: 200,
            grant_seconds: GRANT_SECONDS,
            created_at: now,
            updated_at: now,
        };
        world.put_record(&Key::App(world.app.clone()), &json!(registration));
        world.grant(&world.upload, Visibility::Public);
        world
    }

    /// Changes the app's registration.
    ///
    /// # Panics
    /// Never, because this world wrote the registration.
    #[allow(
        clippy::expect_used,
        reason = "the registration was written by this world"
    )]
    pub fn register(&self, change: impl FnOnce(&mut AppRecord)) {
        let key = Key::App(self.app.clone());
        let records = self.store.contents(Bucket::Records);
        let object = records.get(&key.to_string()).expect("a registration");
        let mut registration = serde_json::from_slice(&object.body).expect("a registration");
        change(&mut registration);
        self.put_record(&key, &json!(registration));
    }

    /// Replaces the grant by one for these files only.
    pub fn declare(&self, files: &[&str]) {
        let now = self.clock.now();
        let grant = GrantRecord {
            visibility: Visibility::Public,
            files: Some(files.iter().map(|name| (*name).to_owned()).collect()),
            expires_at: now,
            created_at: now,
        };
        let key = Key::Grant(self.app.clone(), self.upload.clone());
        self.put_record(&key, &json!(grant));
    }

    /// Adds a grant to the app.
    pub fn grant(&self, upload: &Upload, visibility: Visibility) {
        let now = self.clock.now();
        let grant = GrantRecord {
            visibility,
            files: None,
            expires_at: now,
            created_at: now,
        };
        self.put_record(&Key::Grant(self.app.clone(), upload.clone()), &json!(grant));
    }

    /// Returns a file uploaded with the grant.
    ///
    /// # Panics
    /// Panics if the name is empty.
    #[allow(clippy::expect_used, reason = "tests give good names")]
    #[must_use]
    pub fn file(&self, name: &str) -> UploadedFile {
        let name = FileName::new(name).expect("a name that is not empty");
        UploadedFile::new(self.app.clone(), self.upload.clone(), name)
    }

    /// Uploads a file, as the grant's credentials allow.
    pub fn upload(&self, file: &UploadedFile, body: &[u8]) -> ETag {
        self.store.upload(&file.key().place(), body)
    }

    /// `validate-upload`, as one process with these faults.
    #[must_use]
    pub fn validate_upload(&self, faults: &Faults) -> validate_upload::App {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        let records = Records::new(store.clone(), clock.clone());
        let usage = Usage::new(store.clone());
        validate_upload::App {
            settler: Settler {
                store,
                records,
                clock: clock.clone(),
                metrics: Arc::new(self.metrics.clone()),
                limits: self.limits,
                quotas: QUOTAS,
                usage,
                stages: Stages {
                    pdfs: Arc::new(self.pdfs.seen_by(faults)),
                    videos: Arc::new(self.videos.seen_by(faults)),
                },
            },
            queue: Arc::new(self.uploads.seen_by(faults)),
            clock,
            backoff: Backoff { first_seconds: 30 },
        }
    }

    /// `split-pdf`, as one process with these faults. It splits documents of more than eight pages into spans.
    #[must_use]
    pub fn split_pdf(&self, faults: &Faults) -> split_pdf::App {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        let pdfs = Arc::new(self.pdfs.seen_by(faults));
        let slow_pdfs = Arc::new(self.slow_pdfs.seen_by(faults));
        split_pdf::App {
            splitter: Splitter {
                records: Records::new(store.clone(), clock.clone()),
                store,
                clock: clock.clone(),
                metrics: Arc::new(self.metrics.clone()),
                pdfs: pdfs.clone(),
                slow_pdfs: slow_pdfs.clone(),
                engine: self.engine.clone(),
                limits: self.limits,
                span_pages: SPAN_PAGES,
                spans_at_once: SPANS_AT_ONCE,
                public_base_url: "https://cdn.example".to_owned(),
                times: TIMES,
                stuck: AtomicBool::new(false),
            },
            queue: pdfs,
            slow_queue: slow_pdfs,
            slow_queue_name: SLOW_PDFS.to_owned(),
            clock,
            backoff: Backoff { first_seconds: 30 },
        }
    }

    /// `record-failure`, as one process with these faults.
    #[must_use]
    pub fn record_failure(&self, faults: &Faults) -> record_failure::App {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        let records = Records::new(store.clone(), clock.clone());
        record_failure::App {
            recorder: Recorder {
                store,
                records,
                clock: clock.clone(),
                metrics: Arc::new(self.metrics.clone()),
            },
            queue: Arc::new(self.dead_letters.seen_by(faults)),
            clock,
            backoff: Backoff { first_seconds: 30 },
        }
    }

    /// `run-operation`, as one process with these faults.
    #[must_use]
    pub fn run_operation(&self, faults: &Faults) -> run_operation::App {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        let operations = Arc::new(self.operations.seen_by(faults));
        run_operation::App {
            operator: Operator {
                store: store.clone(),
                records: Records::new(store, clock.clone()),
                clock: clock.clone(),
                metrics: Arc::new(self.metrics.clone()),
                operations: operations.clone(),
                invalidations: Arc::new(self.invalidations.seen_by(faults)),
                uploads: Arc::new(self.uploads.seen_by(faults)),
                transcoded: self.has_service.then(|| {
                    let queue: Arc<dyn Outbox> = Arc::new(self.transcoded.seen_by(faults));
                    queue
                }),
                grace: GRACE,
            },
            queue: operations,
            clock,
            backoff: Backoff { first_seconds: 30 },
        }
    }

    /// `invalidate-cache`, as one process with these faults.
    #[must_use]
    pub fn invalidate_cache(&self, faults: &Faults) -> invalidate_cache::App {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        let invalidations = Arc::new(self.invalidations.seen_by(faults));
        invalidate_cache::App {
            invalidator: Invalidator {
                records: Records::new(store, clock.clone()),
                clock: clock.clone(),
                cdn: Arc::new(self.cdn.seen_by(faults)),
                invalidations: invalidations.clone(),
                operations: Arc::new(self.operations.seen_by(faults)),
            },
            queue: invalidations,
            clock,
            backoff: Backoff { first_seconds: 30 },
        }
    }

    /// `suspend-media`, as one process with these faults.
    #[must_use]
    pub fn suspend_media(&self, faults: &Faults) -> suspend_media::App {
        suspend_media::App {
            orders: self.orders(faults),
        }
    }

    /// `retry-media`, as one process with these faults.
    #[must_use]
    pub fn retry_media(&self, faults: &Faults) -> retry_media::App {
        retry_media::App::with(self.orders(faults))
    }

    fn orders(&self, faults: &Faults) -> Orders {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        Orders {
            records: Records::new(store.clone(), clock.clone()),
            store,
            clock,
            operations: Arc::new(self.operations.seen_by(faults)),
            grace: GRACE,
        }
    }

    /// `register-app`, as one process with these faults.
    #[must_use]
    pub fn register_app(&self, faults: &Faults) -> register_app::App {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        register_app::App {
            registrar: Registrar {
                records: Records::new(store.clone(), clock.clone()),
                store,
                clock,
                platform: Ceiling {
                    limits: self.limits,
                    quotas: QUOTAS,
                    grant_seconds: GRANT_SECONDS,
                },
            },
        }
    }

    /// `issue-token`, as one process with these faults.
    #[must_use]
    pub fn issue_token(&self, faults: &Faults) -> issue_token::App {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        let tokens = Arc::new(MemoryTokens::new(&self.clock, faults));
        issue_token::App {
            issuer: Issuer {
                usage: Usage::new(store.clone()),
                quotas: QUOTAS,
                records: Records::new(store, clock.clone()),
                clock,
                metrics: Arc::new(self.metrics.clone()),
                tokens: tokens.clone(),
                keys: tokens,
                cached: Mutex::default(),
                target: Target {
                    bucket: "upload".to_owned(),
                    region: "us-east-1".to_owned(),
                    partition: "aws".to_owned(),
                    endpoint: None,
                },
                limits: self.limits,
            },
        }
    }

    /// `grant-access`, as one process with these faults.
    #[must_use]
    pub fn grant_access(&self, faults: &Faults) -> grant_access::App {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        grant_access::App {
            granter: Granter {
                records: Records::new(store, clock.clone()),
                metrics: Arc::new(self.metrics.clone()),
                keys: Keys::new(Arc::new(MemorySigning::new(faults)), clock.clone()),
                clock,
                public_base_url: "https://cdn.example".to_owned(),
                limit_seconds: GRANT_SECONDS,
            },
        }
    }

    /// `transcode-media`, as one process with these faults.
    #[must_use]
    pub fn transcode_media(&self, faults: &Faults) -> transcode_media::App {
        let starter = || Starter {
            delivery: self.delivery(faults),
            work: WORK.to_owned(),
            service: Arc::new(self.jobs.seen_by(faults)),
            transcoded: Arc::new(self.transcoded.seen_by(faults)),
        };
        transcode_media::App {
            transcoder: Transcoder {
                delivery: self.delivery(faults),
                engine: Arc::new(self.transcoder.clone()),
            },
            starter: self.has_service.then(starter),
            queue: Arc::new(self.videos.seen_by(faults)),
            clock: Arc::new(self.clock.clone()),
            backoff: Backoff { first_seconds: 30 },
        }
    }

    /// `finish-transcode`, as one process with these faults.
    #[must_use]
    pub fn finish_transcode(&self, faults: &Faults) -> finish_transcode::App {
        let queue = Arc::new(self.transcoded.seen_by(faults));
        finish_transcode::App {
            finisher: Finisher {
                delivery: self.delivery(faults),
                work: WORK.to_owned(),
                service: Arc::new(self.jobs.seen_by(faults)),
                transcoded: queue.clone(),
            },
            queue,
            clock: Arc::new(self.clock.clone()),
            backoff: Backoff { first_seconds: 30 },
        }
    }

    /// Returns the part of these two functions that publishes.
    #[must_use]
    pub fn delivery(&self, faults: &Faults) -> Delivery {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        Delivery {
            store: store.clone(),
            records: Records::new(store, clock.clone()),
            clock,
            metrics: Arc::new(self.metrics.clone()),
        }
    }

    /// `show-media`, as one process with these faults.
    #[must_use]
    pub fn show_media(&self, faults: &Faults) -> show_media::App {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        show_media::App {
            viewer: Viewer {
                records: Records::new(store.clone(), clock),
                store,
                public_base_url: "https://cdn.example".to_owned(),
            },
        }
    }

    /// `render-thumbnail`, as one process with these faults.
    #[must_use]
    pub fn render_thumbnail(&self, faults: &Faults) -> render_thumbnail::App {
        let store = Arc::new(self.store.seen_by(faults));
        let clock = Arc::new(self.clock.clone());
        render_thumbnail::App {
            renderer: Renderer {
                records: Records::new(store.clone(), clock),
                store,
                limits: self.limits,
                sizes: SizeLimits::default(),
                host: PublicHost::new(Some("https://cdn.example")),
                metrics: Arc::new(self.metrics.clone()),
            },
            invoke_mode: InvokeMode::Buffered,
        }
    }

    /// Returns a file's record as it stands, without any faults.
    ///
    /// # Panics
    /// Panics if the object is not a record.
    #[allow(clippy::expect_used, reason = "a test may fail by panic")]
    #[must_use]
    pub fn record(&self, file: &UploadedFile) -> Option<MediaRecord> {
        let key = Key::Media(file.app.clone(), file.media.clone());
        let found = self.store.find(&key.place());
        found.map(|object| serde_json::from_slice(&object.body).expect("a record"))
    }

    fn put_record(&self, key: &Key, record: &serde_json::Value) {
        self.store
            .upload(&key.place(), record.to_string().as_bytes());
    }
}

impl Letter {
    /// S3's notification about a file, as a queue message.
    #[must_use]
    pub fn about(file: &UploadedFile, id: &str) -> Self {
        let key = file.key().to_string();
        let encoded: String =
            percent_encoding::utf8_percent_encode(&key, percent_encoding::NON_ALPHANUMERIC)
                .collect();
        let body = json!({"Records": [{"s3": {"object": {"key": encoded}}}]}).to_string();
        Self {
            id: id.to_owned(),
            body,
            attempts: 1,
        }
    }

    /// A batch of messages as Lambda passes it.
    ///
    /// # Panics
    /// Never, because the event is well-formed.
    #[allow(clippy::expect_used, reason = "the event is well-formed")]
    #[must_use]
    pub fn batch(letters: &[Self]) -> SqsEvent {
        let records: Vec<_> = letters
            .iter()
            .map(|letter| {
                json!({
                    "messageId": letter.id,
                    "receiptHandle": format!("receipt of {}", letter.id),
                    "body": letter.body,
                    "attributes": {"ApproximateReceiveCount": letter.attempts.to_string()},
                })
            })
            .collect();
        serde_json::from_value(json!({"Records": records})).expect("a well-formed event")
    }

    /// The same, from the queue for slow documents.
    #[must_use]
    pub fn slow_batch(letters: &[Self]) -> SqsEvent {
        let mut event = Self::batch(letters);
        for record in &mut event.records {
            let arn = format!("arn:aws:sqs:us-east-1:000000000000:{SLOW_PDFS}");
            record.event_source_arn = Some(arn);
        }
        event
    }
}

/// A call of the API as API Gateway passes it: a route such as `GET /apps/{app}/media`, the parameters of its path and
/// query string, and a body.
///
/// # Panics
/// Never, because the event is well-formed.
#[allow(clippy::expect_used, reason = "the event is well-formed")]
#[must_use]
pub fn call(
    route: &str,
    path: &[(&str, &str)],
    query: &[(&str, &str)],
    body: Option<&str>,
) -> ApiGatewayV2httpRequest {
    let map = |pairs: &[(&str, &str)]| -> serde_json::Value {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let (method, template) = route.split_once(' ').unwrap_or((route, ""));
    serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": template,
        "rawQueryString": "",
        "headers": {},
        "queryStringParameters": map(query),
        "pathParameters": map(path),
        "requestContext": {"routeKey": route, "http": {"method": method, "path": template}},
        "body": body,
        "isBase64Encoded": false,
    }))
    .expect("a well-formed event")
}

/// A request by the CDN as a function URL passes it.
///
/// # Panics
/// Never, because the event is well-formed.
#[allow(clippy::expect_used, reason = "the event is well-formed")]
#[must_use]
pub fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> LambdaFunctionUrlRequest {
    let headers: serde_json::Map<_, _> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {"timeEpoch": 0, "http": {"method": method, "path": path}},
        "isBase64Encoded": false,
    }))
    .expect("a well-formed event")
}

/// Returns a deadline that no test reaches.
#[must_use]
pub fn far() -> SystemTime {
    SystemTime::now() + Duration::from_secs(600)
}
