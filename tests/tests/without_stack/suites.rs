//! Tests that what other projects' decoders are tested with is accepted here, too, but for what `tests/data/suites/refused.txt`
//! names with its reason. `local/ensure-suites` fetches the files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dozo::memory::faults::Faults;
use dozo::vocabulary::app::Limits;
use dozo::vocabulary::keys::Bucket;
use dozo::vocabulary::state::State;
use dozo_codecs::svg::Fonts;
use dozo_hevc::Ffmpeg;
use dozo_tests::template::workspace;
use dozo_tests::world::{Letter, World};
use dozo_tests::{clips, pdfs};

/// A file is refused for one of these; the lines of `refused.txt` name files under a heading.
const REFUSED: &str = include_str!("../../data/suites/refused.txt");

/// Fewer files than the suites have: a suite that is not there must not look like one without a finding.
const LEAST: usize = 900;

/// The bytes that a delivered drawing must not contain.
const ACTIVE: [&str; 7] = [
    "<script",
    "<foreignObject",
    "<!ENTITY",
    "javascript:",
    "href=\"http",
    "url(http",
    " on",
];

fn place() -> PathBuf {
    workspace().join(".local/suites")
}

/// Returns the paths of the files in the folder, relative to `place`, in order.
fn files(folder: &Path, found: &mut Vec<String>) {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}. Run local/ensure-suites", folder.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if !path.file_name().unwrap().to_string_lossy().starts_with('.') {
            let name = path.strip_prefix(place()).unwrap();
            found.push(name.to_string_lossy().into_owned());
        }
    }
    found.sort();
}

/// Uploads the file to a platform with its standard limits; returns why it was refused.
async fn refused(name: &str) -> Option<String> {
    let world = World::new(1);
    world.register(|app| app.limits = Limits::STANDARD);
    let file = world.file(Path::new(name).file_name().unwrap().to_str().unwrap());
    world.upload(&file, &std::fs::read(place().join(name)).unwrap());
    let mut app = world.validate_upload(&Faults::none());
    app.settler.limits = Limits::STANDARD;
    app.settler.hevc = Some(Arc::new(Ffmpeg {
        program: clips::ffmpeg(),
    }));
    app.settler.fonts = Fonts::new(Some(pdfs::pdfium().join("fonts")));
    let batch = Letter::batch(&[Letter::about(&file, "m")]);
    let response = validate_upload::handle(&app, batch).await;
    assert!(response.batch_item_failures.is_empty(), "{name}");
    let record = world.record(&file).unwrap();
    if let Some(rejection) = record.rejection {
        return Some(rejection.code.as_str().to_owned());
    }
    assert_eq!(record.state, State::Ready, "{name}");
    for (key, object) in world.store.contents(Bucket::Delivery) {
        if key.ends_with(".svg") {
            let drawing = String::from_utf8(object.body.to_vec()).unwrap();
            let active = ACTIVE.iter().find(|active| drawing.contains(*active));
            assert_eq!(active, None, "{name}");
        }
    }
    None
}

/// Returns the code that each listed file is refused with.
fn listed() -> BTreeMap<&'static str, &'static str> {
    let lines = REFUSED.lines();
    lines
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once(' ').unwrap())
        .map(|(code, name)| (name, code))
        .collect()
}

#[test]
fn what_other_projects_test_with_is_accepted_but_for_what_is_listed() {
    let mut names = Vec::new();
    files(&place(), &mut names);
    assert!(names.len() > LEAST, "only {} files", names.len());
    let listed = listed();
    let half = names.len() / 2;
    let (first, second) = names.split_at(half);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        [first, second]
            .map(|names| scope.spawn(|| unlike_the_list(names, &listed)))
            .into_iter()
            .flat_map(|verdicts| verdicts.join().unwrap())
            .collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for name in listed.keys() {
        assert!(names.iter().any(|file| file == name), "{name} is not there");
    }
}

fn unlike_the_list(names: &[String], listed: &BTreeMap<&str, &str>) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let mut wrong = Vec::new();
    for name in names {
        let found = runtime.block_on(refused(name));
        let expected = listed.get(name.as_str()).copied();
        if found.as_deref() != expected {
            wrong.push(format!("{} {name}", found.as_deref().unwrap_or("accepted")));
        }
    }
    wrong
}
