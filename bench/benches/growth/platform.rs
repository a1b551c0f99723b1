//! A platform in memory that holds many media, and the instruments for what an operation costs.

use std::time::Duration;

use dozo::memory::faults::Faults;
use dozo::ports::clock::Clock;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{FileName, UploadId, Visibility};
use dozo::vocabulary::state::State;
use dozo_bench::samples::Samples;
use dozo_tests::crowd::picture;
use dozo_tests::world::{Letter, World, far};
use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};

use crate::series::{Figures, Series};

/// Counts what this process has allocated.
#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Files of an upload: as many as one may have by default.
const OF_AN_UPLOAD: u32 = 1_000;

/// Files that come in a second.
const OF_A_SECOND: u32 = 100;

/// Messages of a batch, the most that SQS hands over at once without a wait.
const OF_A_BATCH: usize = 10;

/// How often an operation is measured, each time with another media.
pub(crate) const SAMPLES: u32 = 15;

/// A platform with this many media, each `ready` or, if so asked for, waiting for its stage.
pub(crate) struct Platform {
    pub(crate) world: World,
    pub(crate) files: Vec<UploadedFile>,
}

impl Platform {
    /// Uploads pictures, and validates them as S3's events would have it.
    pub(crate) async fn filled(size: u32) -> Self {
        let platform = Box::pin(Self::uploaded(size, "png", |number| {
            picture(number).to_vec()
        }))
        .await;
        let state = |file: &UploadedFile| platform.world.record(file).unwrap().state;
        let all_ready = platform
            .files
            .iter()
            .all(|file| state(file) == State::Ready);
        assert!(all_ready, "a picture is not ready");
        platform
    }

    /// Uploads files, and validates them.
    pub(crate) async fn uploaded(
        size: u32,
        extension: &str,
        body: impl Fn(u32) -> Vec<u8>,
    ) -> Self {
        let world = World::new(1);
        // The first comparison of uploads with records is done while there are none.
        let sweeper = world.sweep_lost(&Faults::none());
        sweep_lost::handle(&sweeper, far()).await.unwrap();
        let mut files = Vec::new();
        let mut upload = world.upload.clone();
        for number in 0..size {
            if number.is_multiple_of(OF_A_SECOND) {
                world.clock.advance(1);
            }
            if number.is_multiple_of(OF_AN_UPLOAD) {
                upload = UploadId::new(world.clock.now(), world.clock.random());
                world.grant(&upload, Visibility::Public);
            }
            let name = FileName::new(&format!("{number}.{extension}")).unwrap();
            let file = UploadedFile::new(world.app.clone(), upload.clone(), name);
            world.upload(&file, &body(number));
            files.push(file);
        }
        let platform = Self { world, files };
        platform.validate().await;
        // Who puts a mark at a time that ends in 000 or 500 adds up all marks.
        platform.world.clock.advance_milliseconds(1);
        platform.world.announce().await;
        platform
    }

    async fn validate(&self) {
        let function = self.world.validate_upload(&Faults::counted());
        for some in self.files.chunks(OF_A_BATCH) {
            let letters: Vec<_> = some.iter().map(|file| Letter::about(file, "s3")).collect();
            let response = validate_upload::handle(&function, Letter::batch(&letters)).await;
            assert!(response.batch_item_failures.is_empty(), "{response:?}");
        }
    }

    pub(crate) fn size(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap()
    }

    /// Returns one of the files that belong to a sample of an operation: from all over the platform, and another one for
    /// each sample and each of up to three operations.
    pub(crate) fn file(&self, operation: u32, sample: u32) -> &UploadedFile {
        let place =
            u64::from(sample * 3 + operation) * u64::from(self.size()) / u64::from(SAMPLES * 3);
        &self.files[usize::try_from(place).unwrap()]
    }

    /// Measures an operation once for each sample; the figures are the medians, and the most memory.
    pub(crate) async fn measure(
        &self,
        series: &mut Series,
        operation: &'static str,
        mut run: impl AsyncFnMut(u32, &Faults),
    ) {
        let mut all = Vec::new();
        for sample in 0..SAMPLES {
            let (cost, ()) = cost(async |faults| run(sample, faults).await).await;
            all.push(cost);
        }
        let median =
            |of: fn(&Figures) -> f64| Samples::of_milliseconds(all.iter().map(of)).median();
        let most = Samples::of_milliseconds(all.iter().map(|of| of.kilobytes)).percentile(100);
        let figures = Figures {
            calls: median(|of| of.calls),
            microseconds: median(|of| of.microseconds),
            kilobytes: most,
        };
        series.add(operation, self.size(), figures);
    }
}

/// Runs something, and returns what it cost with its result.
pub(crate) async fn cost<T>(run: impl AsyncFnOnce(&Faults) -> T) -> (Figures, T) {
    let faults = Faults::counted();
    let (before, start) = (ALLOCATED.current_usage(), processor_time());
    ALLOCATED.reset_peak_usage();
    let result = run(&faults).await;
    let took = processor_time() - start;
    // What stays is the store's: it was put there, or takes other room than what it replaces.
    let left = before.max(ALLOCATED.current_usage());
    let most = ALLOCATED.peak_usage().saturating_sub(left);
    let figures = Figures {
        calls: faults.calls() as f64,
        microseconds: took.as_secs_f64() * 1e6,
        kilobytes: most as f64 / 1_000.0,
    };
    (figures, result)
}

/// The processor time of all threads of this process.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap()
}
