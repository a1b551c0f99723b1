//! Measures the capacity of this machine: how many requests of one kind the stack handles in a second, when it does
//! nothing else and the next request is always there.

use std::sync::Arc;
use std::time::Instant;

use futures_util::{StreamExt, stream};

use crate::library::{self, AT_ONCE, Library, View, Widths};
use crate::requests::{Outcome, Site};

/// Requests by which takedowns and views are measured.
const TAKEDOWNS: usize = 60;
const VIEWS: usize = 3_000;

/// The kinds' shares of the load. They add up to 1, because all of them take the same cores.
const UPLOADS_SHARE: f64 = 0.5;
const VIEWS_SHARE: f64 = 0.4;
const TAKEDOWNS_SHARE: f64 = 0.1;

/// Requests a second.
pub(crate) type Rate = f64;

/// Requests a second of each kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    pub(crate) uploads: Rate,
    pub(crate) takedowns: Rate,
    pub(crate) views: Rate,
}

impl Machine {
    /// Measures takedowns and views; uploads were measured when the library was made.
    pub(crate) async fn measure(site: &Arc<Site>, library: &Library, uploads: Rate) -> Self {
        let (victims, _) = library::upload(site, TAKEDOWNS).await;
        let originals = victims.iter().map(|media| View {
            url: site.url(media, "original.jpg"),
            is_new: false,
        });
        library::look(site, originals.collect()).await;
        let work = victims.into_iter().map(|media| {
            let site = site.clone();
            async move { site.take_down(&media, Instant::now()).await }
        });
        let (ended, takedowns) = rate(work.collect(), AT_ONCE).await;
        for outcome in ended {
            let is_done = matches!(outcome, Outcome::Done { .. });
            assert!(is_done, "a takedown: {outcome:?}");
        }
        let views = library.draw(site, VIEWS, &mut Widths::of_calibration());
        let views = library::look(site, views).await;
        Self {
            uploads,
            takedowns,
            views,
        }
    }

    /// Returns the rates that together take this part of the machine.
    pub(crate) fn part(&self, part: f64) -> Self {
        Self {
            uploads: self.uploads * part * UPLOADS_SHARE,
            takedowns: self.takedowns * part * TAKEDOWNS_SHARE,
            views: self.views * part * VIEWS_SHARE,
        }
    }
}

/// Does all work, this much of it at the same time; returns the results, and how many there were a second.
pub(crate) async fn rate<T: Send + 'static>(
    work: Vec<impl Future<Output = T> + Send + 'static>,
    at_once: usize,
) -> (Vec<T>, Rate) {
    let (count, start) = (work.len(), Instant::now());
    let ended = stream::iter(work.into_iter().map(tokio::spawn)).buffer_unordered(at_once);
    let ended: Vec<_> = ended.map(Result::unwrap).collect().await;
    (ended, count as f64 / start.elapsed().as_secs_f64())
}
