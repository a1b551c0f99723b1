//! The platform in memory: the real handlers of the functions on in-memory ports.

mod events;
mod functions;
mod platform;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dozo::memory::bus::MemoryBus;
use dozo::memory::cdn::MemoryCdn;
use dozo::memory::clock::MemoryClock;
use dozo::memory::jobs::MemoryJobs;
use dozo::memory::metrics::MemoryMetrics;
use dozo::memory::queue::MemoryQueue;
use dozo::memory::store::MemoryStore;
use dozo::memory::web::MemoryWeb;
use dozo::ports::clock::Clock;
use dozo::stages::split::engine::Engine;
use dozo::stages::split::{PATIENCE, Times};
use dozo::vocabulary::app::{AppRecord, GRANT_SECONDS, GrantRecord, Limits, Quotas};
use dozo::vocabulary::etag::ETag;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::kind::Kind;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{AppId, FileName, UploadId, Visibility};
use dozo::vocabulary::operation::Grace;
use dozo::vocabulary::page::PageFormat;
use dozo::vocabulary::preset::Presets;
use dozo::vocabulary::record::MediaRecord;
use serde_json::json;

use crate::engine::ToyEngine;
use crate::pdfs;

pub use events::{Letter, call, far, request};

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

/// The name of the queue for slow documents, which is the last part of its URL.
const SLOW_PDFS: &str = "SLOW_PDFS_QUEUE_URL";

/// The same for bulk uploads.
const BULK_UPLOADS: &str = "BULK_UPLOADS_QUEUE_URL";

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
    /// The queue of validate-upload for bulk uploads.
    pub bulk_uploads: MemoryQueue,
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
    /// The queue of fetch-remote.
    pub fetches: MemoryQueue,
    /// The queue of announce-change.
    pub announcements: MemoryQueue,
    /// The queue of deliver-webhook.
    pub deliveries: MemoryQueue,
    /// The bus that events are handed to.
    pub bus: MemoryBus,
    /// The CDN.
    pub cdn: MemoryCdn,
    /// Other people's servers.
    pub web: MemoryWeb,
    /// The engine that transcodes unless [`World::has_service`].
    pub transcoder: ToyEngine,
    /// The service that transcodes if [`World::has_service`].
    pub jobs: MemoryJobs,
    /// Whether the service transcodes instead of the engine.
    pub has_service: bool,
    /// Whether upload credentials are those of a role instead of the token user's.
    pub has_role: bool,
    /// The queue of finish-transcode.
    pub transcoded: MemoryQueue,
    /// The app `demo`.
    pub app: AppId,
    /// Its one grant.
    pub upload: UploadId,
    /// The limits of the platform and of the app.
    limits: Limits,
    /// The engine that opens documents.
    pub engine: Arc<dyn Engine>,
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
        let app = AppId::parse("demo").expect("a good name");
        let upload = UploadId::new(clock.now(), clock.random());
        let world = Self {
            store: MemoryStore::default().timed_by(&clock),
            jobs: MemoryJobs::new(&clock),
            has_service: false,
            has_role: false,
            transcoded: MemoryQueue::new("TranscodedQueue"),
            clock,
            metrics: MemoryMetrics::default(),
            uploads: MemoryQueue::new("UploadsQueue"),
            bulk_uploads: MemoryQueue::new("BulkUploadsQueue"),
            pdfs: MemoryQueue::new("PdfsQueue"),
            slow_pdfs: MemoryQueue::new("SlowPdfsQueue"),
            videos: MemoryQueue::new("VideosQueue"),
            dead_letters: MemoryQueue::new("DeadLetters"),
            operations: MemoryQueue::new("OperationsQueue"),
            invalidations: MemoryQueue::new("InvalidationsQueue"),
            fetches: MemoryQueue::new("FetchesQueue"),
            announcements: MemoryQueue::new("AnnouncementsQueue"),
            deliveries: MemoryQueue::new("DeliveriesQueue"),
            bus: MemoryBus::default(),
            cdn: MemoryCdn::default(),
            web: MemoryWeb::default(),
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
            formats: None,
            limits,
            quotas: QUOTAS,
            visibility: Visibility::Public,
            keep_original_metadata: false,
            presets: Presets::new(),
            sizes_only: false,
            previews: true,
            page_format: PageFormat::Jpeg,
            page_size: 200,
            grant_seconds: GRANT_SECONDS,
            indexed: Vec::new(),
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
            declared: BTreeMap::new(),
            origin: None,
            expires_at: now,
            created_at: now,
        };
        let key = Key::Grant(self.app.clone(), self.upload.clone());
        self.put_record(&key, &json!(grant));
    }

    /// Adds a grant to the app.
    pub fn grant(&self, upload: &UploadId, visibility: Visibility) {
        let now = self.clock.now();
        let grant = GrantRecord {
            visibility,
            files: None,
            declared: BTreeMap::new(),
            origin: None,
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
        self.store.upload(&file.key().location(), body)
    }

    /// Returns a file's record as it stands, without any faults.
    ///
    /// # Panics
    /// Panics if the object is not a record.
    #[allow(clippy::expect_used, reason = "a test may fail by panic")]
    #[must_use]
    pub fn record(&self, file: &UploadedFile) -> Option<MediaRecord> {
        let key = Key::Media(file.app.clone(), file.media.clone());
        let found = self.store.find(&key.location());
        found.map(|object| serde_json::from_slice(&object.body).expect("a record"))
    }

    fn put_record(&self, key: &Key, record: &serde_json::Value) {
        self.store
            .upload(&key.location(), record.to_string().as_bytes());
    }
}
