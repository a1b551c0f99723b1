//! The media that people look at, and what of them is in the CDN's cache.

use std::sync::Arc;
use std::time::Instant;

use dozo::vocabulary::names::MediaId;
use dozo_bench::zipf::Zipf;
use dozo_tests::pictures::unlike_any;
use image::ImageFormat;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::machine::{Rate, rate};
use crate::requests::{Outcome, Site};

/// The number of media.
const MEDIA: usize = 200;

/// The media that are uploaded before anything is measured, so that all functions have started.
const WARMING: usize = 20;

/// Uploads and views at the same time while the library is made.
pub(crate) const AT_ONCE: usize = 16;

/// The size of a picture in pixels.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;

/// The files of each media that are in the cache: the original, and two widths.
const CACHED: [&str; 3] = [
    "original.jpg",
    "iiif/image/full/320,/0/default.jpg",
    "iiif/image/full/160,/0/default.jpg",
];

/// The widths of new renderings in pixels: each is wider by one than the last one of the same media.
const NARROWEST: u32 = 24;
const MOST: u32 = HEIGHT;

/// The exponent of Zipf's law, and the share of requests for a rendering that nobody has asked for before.
const EXPONENT: f64 = 1.0;
const MISSES: f64 = 0.05;

/// A request of a viewer.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) url: String,
    pub(crate) is_new: bool,
}

/// The media, and the addresses in the order of how often they are asked for.
pub(crate) struct Library {
    media: Vec<MediaId>,
    cached: Vec<String>,
}

impl Library {
    /// Uploads the media, and fetches what shall be in the cache. Returns how fast the uploads went, too.
    pub(crate) async fn make(site: &Arc<Site>) -> (Self, Rate) {
        upload(site, WARMING).await;
        let (media, uploads) = upload(site, MEDIA).await;
        let mut cached: Vec<_> = media
            .iter()
            .flat_map(|media| CACHED.iter().map(|item| site.url(media, item)))
            .collect();
        cached.shuffle(&mut StdRng::seed_from_u64(1));
        let all = cached.iter().map(|url| (url.clone(), false));
        let all = all.map(|(url, is_new)| View { url, is_new });
        look(site, all.collect()).await;
        (Self { media, cached }, uploads)
    }

    /// Draws what viewers ask for: what is cached, by Zipf's law, and one time in twenty a new rendering, of a media by
    /// the same law. `widths` counts the new renderings of each media.
    pub(crate) fn draw(&self, site: &Site, count: usize, widths: &mut Widths) -> Vec<View> {
        let law = |things: usize| Zipf::new(u32::try_from(things).unwrap(), EXPONENT);
        let (cached, media) = (law(self.cached.len()), law(self.media.len()));
        let views = (0..count).map(|_| {
            let uniform = widths.chance.random::<f64>();
            if !widths.chance.random_bool(MISSES) {
                let url = self.cached[cached.rank(uniform)].clone();
                return View { url, is_new: false };
            }
            let (place, width) = widths.next(media.rank(uniform));
            let item = format!("iiif/image/{}/{width},/0/default.jpg", widths.region);
            View {
                url: site.url(&self.media[place], &item),
                is_new: true,
            }
        });
        views.collect()
    }
}

/// The widths of the renderings that were asked for.
pub(crate) struct Widths {
    /// The part of the picture; renderings of another part are others.
    region: &'static str,
    next: Vec<u32>,
    chance: StdRng,
}

impl Widths {
    /// Those of the measurement before the load.
    pub(crate) fn of_calibration() -> Self {
        Self::named("square", 2)
    }

    /// Those of the load.
    pub(crate) fn of_load() -> Self {
        Self::named("full", 4)
    }

    fn named(region: &'static str, seed: u64) -> Self {
        Self {
            region,
            next: vec![NARROWEST; MEDIA],
            chance: StdRng::seed_from_u64(seed),
        }
    }

    /// A media, this one if it has any left, and a width of it that nobody has asked for.
    fn next(&mut self, wanted: usize) -> (usize, u32) {
        let places = (wanted..MEDIA).chain(0..wanted);
        let place = places.into_iter().find(|place| self.next[*place] <= MOST);
        let place = place.expect("new sizes for so many requests: give a shorter DURATION");
        let width = self.next[place];
        self.next[place] += if matches!(width + 1, 160 | 320) { 2 } else { 1 };
        (place, width)
    }
}

/// Uploads this many pictures.
pub(crate) async fn upload(site: &Arc<Site>, count: usize) -> (Vec<MediaId>, Rate) {
    let work = (0..count).map(|_| {
        let site = site.clone();
        async move { site.upload(body(), Instant::now()).await }
    });
    let (ended, rate) = rate(work.collect(), AT_ONCE).await;
    let media = ended
        .into_iter()
        .map(|(outcome, media)| media.unwrap_or_else(|| panic!("an upload: {outcome:?}")));
    (media.collect(), rate)
}

/// Fetches all of this, and returns how fast that went.
pub(crate) async fn look(site: &Arc<Site>, views: Vec<View>) -> Rate {
    let work = views.into_iter().map(|View { url, .. }| {
        let site = site.clone();
        async move { site.view(&url, Instant::now()).await }
    });
    let (ended, rate) = rate(work.collect(), AT_ONCE).await;
    for outcome in ended {
        assert!(
            matches!(outcome, Outcome::Done { .. }),
            "a view: {outcome:?}"
        );
    }
    rate
}

/// A JPEG that is like no other.
pub(crate) fn body() -> Vec<u8> {
    unlike_any(ImageFormat::Jpeg, WIDTH, HEIGHT).unwrap()
}
