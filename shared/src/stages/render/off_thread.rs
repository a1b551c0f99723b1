//! Work with pixels, beside the thread that answers requests.

use crate::platform::error::Error;

/// Runs `work` on another thread, since it takes up to seconds; a panic in a decoder then fails only one request.
pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|crash| Error::Crashed(Box::new(crash)))
}
