//! Checks what is published of a film, whichever toy engine made it. The toys write the name of their run into each
//! object.

use std::collections::{BTreeMap, BTreeSet};

use dozo::ports::metrics::Metric;
use dozo::vocabulary::keys::{Bucket, Key};
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::record::What;
use dozo::vocabulary::state::State;
use dozo_tests::world::World;

pub(crate) fn state(world: &World, file: &UploadedFile) -> State {
    world.record(file).unwrap().state
}

pub(crate) fn delivered(world: &World, file: &UploadedFile) -> BTreeMap<String, Vec<u8>> {
    let prefix = format!("public/{}/{}/", file.app, file.media);
    let contents = world.store.contents(Bucket::Delivery).into_iter();
    contents
        .map(|(key, object)| {
            let name = key.strip_prefix(&prefix).unwrap().to_owned();
            (name, object.body.to_vec())
        })
        .collect()
}

/// Returns the objects made of 1280 × 720 pixels and eight seconds, with sound.
fn expected() -> BTreeSet<String> {
    let mut all: BTreeSet<_> = [
        "hls/captions/de.m3u8",
        "hls/captions/de.vtt",
        "hls/master.m3u8",
        "poster.jpg",
        "storyboard.vtt",
        "storyboard/1.jpg",
        "video.mp4",
    ]
    .map(str::to_owned)
    .into();
    for rendition in ["720p", "540p", "360p", "270p", "track-1"] {
        for name in ["index.m3u8", "init.mp4", "00001.m4s", "00002.m4s"] {
            all.insert(format!("hls/{rendition}/{name}"));
        }
    }
    all
}

/// Asserts that everything published is of one run, and that it was published once.
pub(crate) fn assert_whole(world: &World, file: &UploadedFile, context: &str) {
    assert_eq!(state(world, file), State::Ready, "{context}");
    let objects = delivered(world, file);
    let keys: BTreeSet<_> = objects.keys().cloned().collect();
    assert_eq!(keys, expected(), "{context}");
    let texts = objects
        .values()
        .map(|body| String::from_utf8_lossy(body).into_owned());
    let runs: BTreeSet<_> = texts
        .filter_map(|text| text.rsplit_once("of run ").map(|(_, run)| run.to_owned()))
        .collect();
    assert_eq!(runs.len(), 1, "{context}: of one run: {runs:?}");
    let master = String::from_utf8_lossy(&objects["hls/master.m3u8"]);
    assert!(
        master.contains("LANGUAGE=\"de\",FORCED=NO,URI=\"captions/de.m3u8\""),
        "{context}: {master}"
    );
    let captions = String::from_utf8_lossy(&objects["hls/captions/de.vtt"]);
    assert!(
        captions.ends_with("\n00:00:01.000 --> 00:00:02.000\ntrack 1\n"),
        "{captions}"
    );
    let storyboard = String::from_utf8_lossy(&objects["storyboard.vtt"]);
    assert!(
        storyboard
            .ends_with("\n00:00:06.000 --> 00:00:08.000\nstoryboard/1.jpg#xywh=480,0,160,90\n"),
        "{context}: {storyboard}"
    );
    assert!(
        world.record(file).unwrap().content.unwrap().storyboard,
        "{context}"
    );
    let history = world.record(file).unwrap().history;
    let ready = history.iter().filter(|event| event.what == What::Ready);
    assert_eq!(ready.count(), 1, "{context}");
    // A process that dies right after it wrote the record counts nothing.
    assert!(world.metrics.of(Metric::MediaReady) <= 1, "{context}");
}

/// Asserts that each object has a key of ours, and the headers that browsers and the CDN use.
pub(crate) fn assert_labelled(world: &World, file: &UploadedFile) {
    for (key, object) in world.store.contents(Bucket::Delivery) {
        let parsed = Key::parse(Bucket::Delivery, &key).expect("a key of ours");
        assert_eq!(parsed.to_string(), key);
        let headers = object.info.headers;
        let tag = format!("media-{},app-demo", file.media);
        assert_eq!(headers.metadata.get("cache-tag"), Some(&tag), "{key}");
        assert!(
            headers.content_type.is_some() && headers.cache_control.is_some(),
            "{key}"
        );
    }
}
