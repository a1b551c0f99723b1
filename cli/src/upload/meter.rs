//! Shows the progress of an upload: as bars on a terminal, and not at all elsewhere.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::say::shown::shown;

/// The line of one file: name, bar, bytes, rate.
const LINE: &str = "{prefix:30!} {bar:24} {decimal_bytes:>10} of {decimal_total_bytes:>10}  {decimal_bytes_per_sec:>12}";

/// The interval between two frames of a spinner.
const TURN: Duration = Duration::from_millis(100);

/// The most letters of a name that are shown.
const NAME: usize = 30;

/// The bars of a command.
#[derive(Debug, Clone)]
pub struct Meters {
    all: MultiProgress,
}

impl Meters {
    /// Makes bars, which are shown only if a person watches.
    #[must_use]
    pub fn new(watched: bool) -> Self {
        let target = if watched {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            all: MultiProgress::with_draw_target(target),
        }
    }

    /// Adds a bar for one file.
    #[must_use]
    pub fn add(&self, name: &str, bytes: u64) -> ProgressBar {
        let bar = self.all.add(ProgressBar::new(bytes));
        let style = ProgressStyle::with_template(LINE);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let name: String = shown(name).to_string().chars().take(NAME).collect();
        bar.set_prefix(name);
        bar
    }

    /// Adds a spinner, for work that cannot be counted.
    #[must_use]
    pub fn turning(&self, what: &'static str) -> ProgressBar {
        let bar = ProgressBar::new_spinner().with_message(what);
        let bar = self.all.add(bar);
        bar.enable_steady_tick(TURN);
        bar
    }

    /// Prints while the bars are hidden.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.all.suspend(print)
    }

    /// Removes all bars.
    pub fn clear(&self) {
        // If the terminal is gone, so are its bars.
        self.all.clear().unwrap_or_default();
    }
}

/// Wraps `body` so that it is counted on `bar` as it is sent. Bytes that are sent again are counted once.
#[must_use]
pub fn metered(body: ByteStream, bar: &ProgressBar) -> ByteStream {
    let bar = bar.clone();
    let counted = Arc::new(AtomicU64::new(0));
    let wrap = move |inner: SdkBody| {
        SdkBody::from_body_1_x(Metered {
            inner,
            bar: bar.clone(),
            counted: Arc::clone(&counted),
            begun: false,
        })
    };
    ByteStream::new(body.into_inner().map_preserve_contents(wrap))
}

struct Metered {
    inner: SdkBody,
    bar: ProgressBar,
    /// The bytes of this body that were counted in the last attempt.
    counted: Arc<AtomicU64>,
    begun: bool,
}

impl Body for Metered {
    type Data = Bytes;
    type Error = aws_smithy_types::body::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.begun {
            self.begun = true;
            let before = self.counted.swap(0, Ordering::Relaxed);
            self.bar
                .set_position(self.bar.position().saturating_sub(before));
        }
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
            self.counted.fetch_add(length, Ordering::Relaxed);
            self.bar.inc(length);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_sent_again_is_counted_once() {
        let bar = Meters::new(false).add("a", 5);
        let body = metered(ByteStream::from_static(b"12345"), &bar).into_inner();
        let again = body.try_clone().unwrap();
        assert_eq!(body.content_length(), Some(5));
        let sent = ByteStream::new(body).collect().await.unwrap();
        assert_eq!((&*sent.into_bytes(), bar.position()), (&b"12345"[..], 5));
        ByteStream::new(again).collect().await.unwrap();
        assert_eq!(bar.position(), 5);
    }
}
