//! Measures the sweeper's work on all media: those whose work has ended, and those that wait for their stage. The
//! figures are for a thousand media, except for the memory, which is that of a run.

use dozo::stages::sweep::Found;
use dozo_tests::pdfs;
use dozo_tests::world::{GRACE, far};

use crate::platform::{Platform, cost};
use crate::series::{Figures, Series};

/// Seconds after which the work of the last upload is looked at.
const LATER: u32 = GRACE.stage_seconds + 120;

/// Seconds after which uploads are compared with records again.
const HOUR: u32 = 3_600;

/// More runs than the largest platform takes.
const MOST_RUNS: usize = 10_000;

/// Runs once.
async fn run(platform: &Platform) -> (Figures, Found) {
    cost(async |faults| {
        let function = platform.world.sweep_lost(faults);
        sweep_lost::handle(&function, far()).await.unwrap()
    })
    .await
}

/// Returns the calls of a run that finds nothing to do.
async fn idle() -> f64 {
    let empty = Box::pin(Platform::uploaded(0, "none", |_| Vec::new())).await;
    run(&empty).await.0.calls
}

/// Runs until there is nothing to do. Returns what it cost, and what it found together.
async fn sweep(platform: &Platform) -> (Figures, Found) {
    let idle = idle().await;
    let (mut sum, mut all) = (
        Figures {
            calls: 0.0,
            microseconds: 0.0,
            kilobytes: 0.0,
        },
        Found::default(),
    );
    for _ in 0..MOST_RUNS {
        let (of, found) = run(platform).await;
        if of.calls <= idle {
            return (sum, all);
        }
        sum.calls += of.calls;
        sum.microseconds += of.microseconds;
        sum.kilobytes = sum.kilobytes.max(of.kilobytes);
        all.ended += found.ended;
        all.underway += found.underway;
        all.sent_again += found.sent_again;
        all.given_up += found.given_up;
        all.uploads += found.uploads;
    }
    panic!("the sweeper is never done: {all:?}");
}

fn add(series: &mut Series, operation: &'static str, size: u32, of: Figures) {
    let thousands = f64::from(size) / 1_000.0;
    let each = Figures {
        calls: of.calls / thousands,
        microseconds: of.microseconds / thousands,
        ..of
    };
    series.add(operation, size, each);
}

/// Measures the marks of media that are ready, and then the hour's comparison of all uploads with all records.
pub(crate) async fn measure_ended(platform: &Platform, series: &mut Series) {
    let size = platform.size();
    platform.world.clock.advance(LATER);
    let (figures, found) = sweep(platform).await;
    assert!(found.ended >= size && found.sent_again == 0, "{found:?}");
    add(series, "sweep 1,000 that ended", size, figures);
    platform.world.clock.advance(HOUR);
    let (figures, found) = sweep(platform).await;
    assert_eq!(found, Found::default());
    add(series, "sweep: compare 1,000", size, figures);
}

/// Measures documents whose messages wait in their queue. Their marks are put again, so that the store stays about as
/// large as it is: were anything kept for each media until the end of a run, it would be seen.
pub(crate) async fn measure_waiting(size: u32, series: &mut Series) {
    let body = pdfs::plain(1);
    let platform = Box::pin(Platform::uploaded(size, "pdf", |_| body.clone())).await;
    platform.world.pdfs.fill(size.into());
    platform.world.clock.advance(LATER);
    let (figures, found) = sweep(&platform).await;
    assert!(found.underway >= size && found.sent_again == 0, "{found:?}");
    add(series, "sweep 1,000 that wait", size, figures);
}
