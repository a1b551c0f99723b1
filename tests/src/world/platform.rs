//! The ports and the environment that a function of a [`World`] finds.

use std::sync::Arc;

use dozo::memory::faults::Faults;
use dozo::memory::master::MemoryMaster;
use dozo::memory::signing::MemorySigning;
use dozo::memory::tokens::MemoryTokens;
use dozo::ports::Platform;
use dozo::ports::buckets::Buckets;
use dozo::ports::bus::Bus;
use dozo::ports::cdn::Cdn;
use dozo::ports::clock::Clock;
use dozo::ports::jobs::{JobService, JobTarget};
use dozo::ports::master::MasterSource;
use dozo::ports::metrics::Metrics;
use dozo::ports::parts::Parts;
use dozo::ports::queue::Queue;
use dozo::ports::signing::KeyRing;
use dozo::ports::store::ObjectStore;
use dozo::ports::tokens::{KeySource, TokenService, UploadTarget};
use dozo::ports::web::Web;
use dozo::vocabulary::web_address::Reach;

use super::{GRACE, SPANS_AT_ONCE, World};

/// A world as one process of a function sees it, with faults of its own.
pub(super) struct Process<'a> {
    pub(super) world: &'a World,
    pub(super) faults: &'a Faults,
}

impl Process<'_> {
    fn secret(&self) -> Arc<MemoryTokens> {
        Arc::new(MemoryTokens::new(&self.world.clock, self.faults))
    }
}

impl Platform for Process<'_> {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.world.clock.clone())
    }

    fn metrics(&self) -> Arc<dyn Metrics> {
        Arc::new(self.world.metrics.clone())
    }

    fn store(&self, _buckets: Buckets) -> Arc<dyn ObjectStore> {
        Arc::new(self.world.store.seen_by(self.faults))
    }

    fn parts(&self, _buckets: Buckets) -> Arc<dyn Parts> {
        Arc::new(self.world.store.seen_by(self.faults))
    }

    fn queue(&self, url: &str) -> Arc<dyn Queue> {
        let world = self.world;
        let queue = match url {
            "UPLOADS_QUEUE_URL" => &world.uploads,
            "BULK_UPLOADS_QUEUE_URL" => &world.bulk_uploads,
            "PDFS_QUEUE_URL" => &world.pdfs,
            "SLOW_PDFS_QUEUE_URL" => &world.slow_pdfs,
            "VIDEOS_QUEUE_URL" => &world.videos,
            "TRANSCODED_QUEUE_URL" => &world.transcoded,
            "DEAD_LETTERS_QUEUE_URL" => &world.dead_letters,
            "OPERATIONS_QUEUE_URL" => &world.operations,
            "INVALIDATIONS_QUEUE_URL" => &world.invalidations,
            "DELIVERIES_QUEUE_URL" => &world.deliveries,
            "FETCHES_QUEUE_URL" | "INGEST_QUEUE_URL" => &world.fetches,
            "ANNOUNCEMENTS_QUEUE_URL" => &world.announcements,
            _ => panic!("there is no queue at {url}"),
        };
        Arc::new(queue.seen_by(self.faults))
    }

    fn bus(&self, _name: &str) -> Arc<dyn Bus> {
        Arc::new(self.world.bus.seen_by(self.faults))
    }

    fn cdn(&self, _distribution: &str) -> Arc<dyn Cdn> {
        Arc::new(self.world.cdn.seen_by(self.faults))
    }

    fn jobs(&self, _target: JobTarget) -> Arc<dyn JobService> {
        Arc::new(self.world.jobs.seen_by(self.faults))
    }

    fn upload_target(&self, bucket: &str) -> UploadTarget {
        UploadTarget {
            bucket: bucket.to_owned(),
            region: "us-east-1".to_owned(),
            partition: "aws".to_owned(),
            endpoint: None,
        }
    }

    fn tokens(&self, _bucket: &str) -> Arc<dyn TokenService> {
        self.secret()
    }

    fn token_key(&self, _secret: &str) -> Arc<dyn KeySource> {
        self.secret()
    }

    fn webhook_master(&self, _secret: &str) -> Arc<dyn MasterSource> {
        Arc::new(MemoryMaster::new(self.faults))
    }

    fn signing_keys(&self, _secret: &str) -> Arc<dyn KeyRing> {
        Arc::new(MemorySigning::new(self.faults))
    }

    fn web(&self, _reach: Reach) -> Arc<dyn Web> {
        Arc::new(self.world.web.seen_by(self.faults))
    }
}

impl World {
    /// Returns the value of an environment variable. A queue's URL and a bucket's name are the variable's own name.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let limits = self.limits;
        let text = |number: u64| Some(number.to_string());
        match name {
            "MAX_IMAGE_BYTES" => text(limits.image_bytes),
            "MAX_IMAGE_PIXELS" => text(limits.image_pixels),
            "MAX_IMAGE_FRAMES" => text(limits.image_frames.into()),
            "MAX_PDF_BYTES" => text(limits.pdf_bytes),
            "MAX_PDF_PAGES" => text(limits.pdf_pages.into()),
            "MAX_AV_BYTES" => text(limits.av_bytes),
            "MAX_AV_SECONDS" => text(limits.av_seconds),
            "RENDER_GRACE_SECONDS" => text(GRACE.render_seconds.into()),
            "STAGE_GRACE_SECONDS" => text(GRACE.stage_seconds.into()),
            "UPLOADS_AT_ONCE" => text(2),
            "SPANS_AT_ONCE" => text(SPANS_AT_ONCE.into()),
            "PUBLIC_BASE_URL" | "PUBLIC_HOST" => Some("https://cdn.example".to_owned()),
            "WORK_BUCKET" => Some("dozo-work".to_owned()),
            "PLACE" => Some("aws".to_owned()),
            "INVOKE_MODE" => Some("BUFFERED".to_owned()),
            "UPLOADER_ROLE" if !self.has_role => None,
            "TOKEN_SECRET" if self.has_role => None,
            "TRANSCODER" if self.has_service => Some("mediaconvert".to_owned()),
            "TRANSCODER" => Some("ffmpeg".to_owned()),
            _ if name.starts_with("MAX_")
                || name.ends_with("_SECONDS")
                || name.ends_with("_BYTES")
                || name.ends_with("_PER_MINUTE") =>
            {
                None
            }
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE" => None,
            _ => Some(name.to_owned()),
        }
    }
}
