//! The functions of the platform, as processes over the ports of a [`World`].

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dozo::memory::faults::Faults;
use dozo::memory::signing::MemorySigning;
use dozo::memory::tokens::MemoryTokens;
use dozo::platform::batch::Backoff;
use dozo::platform::records::Records;
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
use dozo::stages::split::Splitter;
use dozo::stages::transcode::Transcoder;
use dozo::stages::transcode::delivery::Delivery;
use dozo::stages::transcode::service::finish::Finisher;
use dozo::stages::transcode::service::start::Starter;
use dozo::stages::usage::Usage;
use dozo::vocabulary::app::GRANT_SECONDS;
use dozo::vocabulary::iiif::SizeLimits;
use render_thumbnail::InvokeMode;
use tokio::sync::Mutex;

use super::{GRACE, QUOTAS, SLOW_PDFS, SPAN_PAGES, SPANS_AT_ONCE, TIMES, World};

/// The name of the work bucket.
const WORK: &str = "dozo-work";

impl World {
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
}
