//! Waits for asynchronous events.

use std::time::{Duration, Instant};

/// The pause between two looks: short compared to the waits, but long enough to leave the cores to the system.
const PAUSE: Duration = Duration::from_millis(100);

/// Calls `probe` until it returns a value, and returns that; after `patience` the test fails and says that `what` was
/// missing.
pub async fn until<T, F, Fut>(what: &str, patience: Duration, probe: F) -> T
where
    F: Fn() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    until_described(patience, || what.to_owned(), probe).await
}

/// Waits like [`until`], with a description that is made only when needed.
pub(super) async fn until_described<T, F, Fut>(
    patience: Duration,
    what: impl Fn() -> String,
    probe: F,
) -> T
where
    F: Fn() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let start = Instant::now();
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        let waited = start.elapsed();
        assert!(
            waited < patience,
            "not within {} s: {}",
            patience.as_secs(),
            what()
        );
        tokio::time::sleep(PAUSE).await;
    }
}
