//! The load itself: every request at its time, whatever became of the others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dozo::vocabulary::keys::Prefix;
use dozo::vocabulary::names::{AppId, MediaId};
use dozo_bench::arrivals::poisson;
use dozo_tests::stack::DEMO;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::library::{self, Library, View, Widths};
use crate::machine::Machine;
use crate::queues::{self, Depth};
use crate::requests::{Outcome, Site};

/// The pictures that are uploaded, in turns.
const BODIES: usize = 32;

/// A request of the load.
#[derive(Debug, Clone)]
enum Request {
    Upload(Vec<u8>),
    TakeDown(MediaId),
    View(View),
}

/// The kinds that lags are told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Upload,
    Takedown,
    CachedView,
    NewView,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [
        Self::Upload,
        Self::Takedown,
        Self::CachedView,
        Self::NewView,
    ];
}

/// All requests, in the order of their times.
pub(crate) struct Plan(Vec<(Duration, Request)>);

/// The result of a request.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) kind: Kind,
    /// The time that was drawn for it, and how much later it was sent.
    pub(crate) due: Duration,
    pub(crate) late: Duration,
    pub(crate) outcome: Outcome,
}

/// The results of all requests, and the depths of the queues.
pub(crate) struct Ran {
    pub(crate) lasting: Duration,
    pub(crate) ended: Vec<Ended>,
    pub(crate) depths: Vec<(Duration, Depth)>,
    /// The time until the queues were empty; `None` if they were not in the end.
    pub(crate) drained: Option<Duration>,
    /// The marks of media that were given up.
    pub(crate) given_up: Vec<String>,
}

impl Plan {
    /// Draws all times, and uploads the media that will be taken down.
    pub(crate) async fn draw(
        site: &Arc<Site>,
        library: &Library,
        rates: Machine,
        lasting: Duration,
    ) -> Self {
        let mut chance = StdRng::seed_from_u64(3);
        let mut times = |rate| poisson(rate, lasting, || chance.random());
        let (uploads, takedowns, views) = (
            times(rates.uploads),
            times(rates.takedowns),
            times(rates.views),
        );
        let (victims, _) = library::upload(site, takedowns.len()).await;
        let originals = victims.iter().map(|media| View {
            url: site.url(media, "original.jpg"),
            is_new: false,
        });
        library::look(site, originals.collect()).await;
        let bodies: Vec<_> = (0..BODIES).map(|_| library::body()).collect();
        let drawn = library.draw(site, views.len(), &mut Widths::of_load());
        let uploads = uploads.into_iter().zip(bodies.into_iter().cycle());
        let uploads = uploads.map(|(due, body)| (due, Request::Upload(body)));
        let takedowns = takedowns.into_iter().zip(victims);
        let takedowns = takedowns.map(|(due, media)| (due, Request::TakeDown(media)));
        let views = views.into_iter().zip(drawn);
        let views = views.map(|(due, view)| (due, Request::View(view)));
        let mut all: Vec<_> = uploads.chain(takedowns).chain(views).collect();
        all.sort_by_key(|(due, _)| *due);
        Self(all)
    }
}

/// Sends everything at its time, and waits for the last answer and the last message.
pub(crate) async fn run(site: &Arc<Site>, plan: Plan, lasting: Duration) -> Ran {
    // What was done before has ended.
    queues::drain(site).await;
    let start = Instant::now();
    let watch = tokio::spawn(queues::watch(site.clone(), start, lasting));
    let mut sent = Vec::new();
    for (due, request) in plan.0 {
        tokio::time::sleep_until((start + due).into()).await;
        let late = start.elapsed().saturating_sub(due);
        let kind = request.kind();
        let task = tokio::spawn(send(site.clone(), request, start + due));
        sent.push((kind, due, late, task));
    }
    let mut ended = Vec::new();
    for (kind, due, late, task) in sent {
        let outcome = task.await;
        ended.push(Ended {
            kind,
            due,
            late,
            outcome: outcome.unwrap_or_else(|error| Outcome::Failed(error.to_string())),
        });
    }
    let marks = Prefix::failed(&AppId::parse(DEMO).unwrap());
    Ran {
        lasting,
        ended,
        depths: watch.await.unwrap(),
        drained: queues::drain(site).await,
        given_up: site.stack.all_keys("records", marks.as_str()).await,
    }
}

impl Request {
    fn kind(&self) -> Kind {
        match self {
            Self::Upload(_) => Kind::Upload,
            Self::TakeDown(_) => Kind::Takedown,
            Self::View(View { is_new: false, .. }) => Kind::CachedView,
            Self::View(View { is_new: true, .. }) => Kind::NewView,
        }
    }
}

async fn send(site: Arc<Site>, request: Request, due: Instant) -> Outcome {
    match request {
        Request::Upload(body) => site.upload(body, due).await.0,
        Request::TakeDown(media) => site.take_down(&media, due).await,
        Request::View(View { url, .. }) => site.view(&url, due).await,
    }
}
