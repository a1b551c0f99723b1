//! Waiting for what happens by itself.

use std::time::{Duration, Instant};

/// Between two looks: short against what is waited for, long enough to leave the cores to it.
const PAUSE: Duration = Duration::from_millis(100);

/// Looks until there is something, and gives it; after `patience` the test fails and says `what` was missing.
pub async fn until<T, F, Fut>(what: &str, patience: Duration, probe: F) -> T
where
    F: Fn() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    until_described(patience, || what.to_owned(), probe).await
}

/// As [`until`], with a description made when it is needed.
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
