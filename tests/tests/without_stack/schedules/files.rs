//! The files of the schedules, and everything that is delivered of each where nothing goes wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dozo::ports::store::{Headers, Object};
use dozo::vocabulary::ahead::Ahead;
use dozo::vocabulary::keys::{Bucket, Item};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::Visibility;
use dozo::vocabulary::preset::Presets;
use dozo::vocabulary::state::State;
use dozo_tests::clips::film;
use dozo_tests::pdfs::plain;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::world::{Letter, World};
use image::ImageFormat;
use serde_json::json;

use super::pages::Pages;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Picture,
    Document,
    /// A film that FFmpeg's stand-in transcodes.
    Film,
    /// A film that the service's stand-in transcodes.
    Job,
}

impl Kind {
    pub(crate) fn world(self, seed: u64) -> World {
        let mut world = World::new(seed);
        world.engine = Arc::new(Pages);
        world.has_service = self == Self::Job;
        world.register(|app| app.presets = eager([true, false]));
        world
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Picture => "猫.png",
            Self::Document => "報告 1.pdf",
            Self::Film | Self::Job => "a film.webm",
        }
    }

    /// Returns versions of a file that are good, and then bad ones.
    pub(crate) fn versions(self) -> Vec<Vec<u8>> {
        let [first, second] = match self {
            // Only the first one is so long that it has a preview.
            Self::Picture => [(2_048, 1), (8, 2)]
                .map(|(width, shade)| picture(ImageFormat::Png, width, 4, shade).unwrap()),
            Self::Document => [plain(2), plain(9)],
            Self::Film | Self::Job => [film(64, 64, 1_000.0), film(66, 64, 1_000.0)],
        };
        let damaged = match self {
            Self::Picture => first[..first.len() / 2].to_vec(),
            // The stage finds that it has no page.
            Self::Document => plain(0),
            Self::Film | Self::Job => film(0, 0, 1_000.0),
        };
        vec![first, second, damaged, b"nothing that is known".to_vec()]
    }

    /// Returns what viewers fetch of a good version, in the order of the keys.
    fn items(self, version: usize) -> Vec<String> {
        let thumbs = Ahead::all(&eager([self == Self::Picture; 2]));
        let thumbs = thumbs.iter().map(|one| Item::Thumb(one.thumb).to_string());
        let items: &[&str] = match self {
            Self::Picture if version == 0 => &["original.png", "preview.jpg"],
            Self::Picture => &["original.png"],
            Self::Document => &["manifest.json", "original.pdf"],
            Self::Film | Self::Job => &[
                "hls/64p/00001.m4s",
                "hls/64p/00002.m4s",
                "hls/64p/index.m3u8",
                "hls/64p/init.mp4",
                "hls/captions/de.m3u8",
                "hls/captions/de.vtt",
                "hls/master.m3u8",
                "hls/track-1/00001.m4s",
                "hls/track-1/00002.m4s",
                "hls/track-1/index.m3u8",
                "hls/track-1/init.mp4",
                "poster.jpg",
                "storyboard.vtt",
                "storyboard/1.jpg",
                "video.mp4",
            ],
        };
        let pages = if self != Self::Document {
            0
        } else {
            [2, 9][version]
        };
        let pages = (1..=pages).flat_map(|page| {
            [
                format!("pages/{page:04}.jpg"),
                format!("text/{page:04}.txt"),
            ]
        });
        let mut all: Vec<_> = items
            .iter()
            .map(|item| (*item).to_owned())
            .chain(pages)
            .chain(thumbs)
            .collect();
        all.sort();
        all
    }
}

/// Two presets, of which these are eager. Thumbnails of pictures are made ahead by them.
pub(crate) fn eager([card, tile]: [bool; 2]) -> Presets {
    let preset = |width: u32, height: u32, eager: bool| json!({"fit": "exact", "width": width, "height": height, "eager": eager, "formats": ["jpg"]});
    let both = json!({"card": preset(8, 4, card), "tile": preset(6, 3, tile)});
    serde_json::from_value(both).unwrap()
}

/// The number of good versions.
pub(crate) const GOOD: usize = 2;

/// An object without what differs between two media: ids, visibility, and the run of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) body: String,
    pub(crate) headers: Headers,
}

/// Everything that is delivered of one version, by the rest of the key behind the media.
pub(crate) type Whole = BTreeMap<String, Plain>;

/// The runs that the segments of a film are of.
pub(crate) type Runs = BTreeSet<String>;

/// Returns what each good version becomes.
pub(crate) async fn whole(kind: Kind) -> BTreeMap<String, Whole> {
    let mut all = BTreeMap::new();
    for body in kind.versions().into_iter().take(GOOD) {
        let world = kind.world(7);
        world.register(|app| app.presets = eager([true; 2]));
        let file = world.file(kind.name());
        let etag = world.upload(&file, &body);
        let mut post = Post::new(&world);
        post.notify(Letter::about(&file, "s3"));
        post.finish().await;
        assert_eq!(world.record(&file).unwrap().state, State::Ready);
        let mut whole = Whole::new();
        for (key, object) in world.store.contents(Bucket::Delivery) {
            let (rest, plain) = plain_of(&file, &key, &object, &mut Runs::new());
            whole.insert(rest.to_owned(), plain);
        }
        let keys: Vec<_> = whole.keys().map(String::as_str).collect();
        assert_eq!(keys, kind.items(all.len()));
        all.insert(etag.to_string(), whole);
    }
    assert_eq!(all.len(), GOOD);
    all
}

/// Returns an object as it is compared, and its key behind the media.
pub(crate) fn plain_of<'k>(
    file: &UploadedFile,
    key: &'k str,
    object: &Object,
    runs: &mut Runs,
) -> (&'k str, Plain) {
    let (visibility, _) = key.split_once('/').unwrap();
    assert!(Visibility::parse(visibility).is_some(), "{key}");
    let place = format!("{visibility}/{}/{}", file.app, file.media);
    let rest = key
        .strip_prefix(&place)
        .and_then(|rest| rest.strip_prefix('/'));
    let rest = rest.unwrap_or_else(|| panic!("an object of no media: {key}"));
    let media = file.media.as_str();
    // Pictures are compared as they are: one character for each byte.
    let body = match std::str::from_utf8(&object.body) {
        Ok(text) => text.replace(&place, "PLACE").replace(media, "MEDIA"),
        Err(_) => object.body.iter().map(|byte| char::from(*byte)).collect(),
    };
    let body = match body.split_once(" of run ") {
        Some((what, run)) => {
            runs.insert(run.to_owned());
            what.to_owned()
        }
        None => without_rates(&body),
    };
    let mut headers = object.info.headers.clone();
    for text in headers.metadata.values_mut() {
        *text = text.replace(media, "MEDIA");
    }
    (rest, Plain { body, headers })
}

/// Leaves out the rates of a master playlist, because the names of two runs may not be equally long.
fn without_rates(text: &str) -> String {
    if !text.contains("BANDWIDTH=") {
        return text.to_owned();
    }
    let lines = text.lines().map(|line| {
        let fields = line
            .split(',')
            .filter(|field| !field.contains("BANDWIDTH="));
        fields.collect::<Vec<_>>().join(",")
    });
    lines.collect::<Vec<_>>().join("\n")
}
