//! Tests least privilege: a function's role allows exactly what the function declares, and the function declares
//! exactly what it calls.
//!
//! The local stack enforces roles, but lets some calls pass that need a permission on AWS (`s3:ListBucket` for a 404,
//! `s3:GetObject` for a conditional write). The adapters know these permissions and declare them. Here the template is
//! compared with the declarations, and the declarations with every call that the real handlers make.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panic"
)]

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use dozo::memory::faults::{Fault, Faults};
use dozo::ports::jobs::{CREATE, HAND_ROLE_ON};
use dozo::ports::queue::CONSUME;
use dozo::ports::store;
use dozo::stages::settle::{LEASE_SECONDS, TRANSCODE_LEASE_SECONDS};
use dozo::stages::split::engine::{Document, Engine, File, Unopened};
use dozo::vocabulary::access::{Access, Action, Call, Resource};
use dozo::vocabulary::keys::{Bucket, Item, Key, Place};
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{Upload, Visibility};
use dozo::vocabulary::stage::Stage;
use dozo::vocabulary::state::State;
use dozo_tests::clips::{film, silence};
use dozo_tests::pdfs;
use dozo_tests::pictures::picture;
use dozo_tests::post::Post;
use dozo_tests::template::{Function, Template, referenced};
use dozo_tests::world::{self, LIMITS, Letter, World, call};
use image::ImageFormat;
use serde_json::{Value, json};

/// The declared access of each function, by directory.
const DECLARED: [(&str, &[Access]); 14] = [
    ("finish-transcode", finish_transcode::ACCESS),
    ("grant-access", grant_access::ACCESS),
    ("invalidate-cache", invalidate_cache::ACCESS),
    ("issue-token", issue_token::ACCESS),
    ("record-failure", record_failure::ACCESS),
    ("register-app", register_app::ACCESS),
    ("render-thumbnail", render_thumbnail::ACCESS),
    ("retry-media", retry_media::ACCESS),
    ("run-operation", run_operation::ACCESS),
    ("show-media", show_media::ACCESS),
    ("split-pdf", split_pdf::ACCESS),
    ("suspend-media", suspend_media::ACCESS),
    ("transcode-media", transcode_media::ACCESS),
    ("validate-upload", validate_upload::ACCESS),
];

/// The ARN prefix of MediaConvert's resources in the stack's account and region: jobs, whose ids it chooses, and a
/// queue for them.
const MEDIACONVERT: &str = "arn:${AWS::Partition}:mediaconvert:${AWS::Region}:${AWS::AccountId}:";

type Rights = BTreeSet<(String, String)>;

/// Shortens a resource: `${RecordsBucket.Arn}/apps/*` → `RecordsBucket/apps/*`; a distribution's ARN → its logical id;
/// MediaConvert's jobs and queue → `jobs` and `queue`.
fn plain(resource: &str) -> String {
    match resource.strip_prefix(MEDIACONVERT) {
        Some("jobs/*") => return "jobs".to_owned(),
        Some("queues/Default") => return "queue".to_owned(),
        Some(_) | None => {}
    }
    let resource = resource
        .split_once(":distribution/")
        .map_or(resource, |(_, id)| id);
    let (reference, rest) = resource
        .strip_prefix("${")
        .and_then(|inner| inner.split_once('}'))
        .unwrap_or((resource, ""));
    let id = reference.split('.').next().unwrap_or(reference);
    format!("{id}{rest}")
}

fn allowed(template: &Template, function: &Function) -> Rights {
    let role = template.resource(&function.role).unwrap();
    let mut rights = Rights::new();
    for statement in role.statements() {
        assert_eq!(statement.effect, "Allow", "{}", function.role);
        // A role may be passed only to the service that it is for.
        let expected = if statement.actions == ["iam:PassRole"] {
            json!({"StringEquals": {"iam:PassedToService": "mediaconvert.amazonaws.com"}})
        } else {
            Value::Null
        };
        assert_eq!(statement.condition, expected, "{}", function.role);
        for action in &statement.actions {
            let each = statement.resources.iter().map(|on| plain(on));
            rights.extend(each.map(|on| (action.clone(), on)));
        }
    }
    rights
}

fn needed(function: &Function, declared: &[Access]) -> Rights {
    let log = |action: &str| (action.to_owned(), function.log_group.clone());
    let mut rights = Rights::from([log("logs:CreateLogStream"), log("logs:PutLogEvents")]);
    for access in declared {
        let (owner, resource) = match access.on {
            Resource::Objects(bucket, pattern) => {
                let id = format!("{bucket:?}Bucket");
                (id.clone(), format!("{id}/{pattern}"))
            }
            Resource::Queue(id)
            | Resource::Secret(id)
            | Resource::Distribution(id)
            | Resource::Role(id) => (id.to_owned(), id.to_owned()),
            Resource::JobQueue => ("queue".to_owned(), "queue".to_owned()),
            Resource::Jobs => ("jobs".to_owned(), "jobs".to_owned()),
        };
        rights.extend(access.call.actions.iter().map(|action| match action {
            Action::OnBucket(name) => ((*name).to_owned(), owner.clone()),
            Action::OnResource(name) => ((*name).to_owned(), resource.clone()),
        }));
    }
    rights
}

#[test]
fn each_role_allows_what_its_function_declares_and_nothing_more() {
    let template = Template::load().unwrap();
    let mut seen = BTreeSet::new();
    for function in template.functions() {
        let (directory, declared) = DECLARED
            .into_iter()
            .find(|(directory, _)| *directory == function.directory)
            .unwrap();
        let (allowed, needed) = (allowed(&template, &function), needed(&function, declared));
        let (spare, missing) = (&allowed - &needed, &needed - &allowed);
        assert!(
            spare.is_empty() && missing.is_empty(),
            "{directory}: allowed without need {spare:?}; needed and not allowed {missing:?}"
        );
        seen.insert(directory);
    }
    assert_eq!(seen, DECLARED.map(|(directory, _)| directory).into());
}

/// Returns whether a declaration covers a call as the in-memory ports record it: `Records apps/demo.json`,
/// `UploadsQueue`, `TokenSecret`.
fn covers(access: &Access, made: Call, on: &str) -> bool {
    if access.call != made {
        return false;
    }
    match access.on {
        Resource::Objects(bucket, pattern) => {
            let prefix = format!("{bucket:?} {}", pattern.trim_end_matches('*'));
            assert!(
                pattern.ends_with('*'),
                "{pattern}: this test knows prefixes only"
            );
            on.starts_with(&prefix)
        }
        Resource::Queue(id)
        | Resource::Secret(id)
        | Resource::Distribution(id)
        | Resource::Role(id) => on == id,
        Resource::JobQueue => on == "queue",
        Resource::Jobs => on == "jobs",
    }
}

fn assert_exact(directory: &str, made: &[(Call, String)]) {
    let (_, declared) = DECLARED
        .into_iter()
        .find(|(name, _)| *name == directory)
        .unwrap();
    for (call, on) in made {
        // A call made with another key than the role's needs no permission of the role.
        let undeclared =
            !call.actions.is_empty() && !declared.iter().any(|access| covers(access, *call, on));
        assert!(!undeclared, "{directory} calls {} on {on}", call.name);
    }
    for access in declared {
        // Lambda itself makes these calls with the function's role, or IAM makes them on behalf of another call; no
        // adapter does.
        let is_made_for_us = [CONSUME, HAND_ROLE_ON].contains(&access.call);
        let unused = !is_made_for_us && !made.iter().any(|(call, on)| covers(access, *call, on));
        assert!(!unused, "{directory} never makes use of {access:?}");
    }
}

fn good(shade: u8) -> Vec<u8> {
    picture(ImageFormat::Png, 20, 10, shade).unwrap()
}

fn too_large() -> Vec<u8> {
    vec![0; usize::try_from(LIMITS.pdf_bytes).unwrap() + 1]
}

fn private_file(world: &World, name: &str) -> UploadedFile {
    let upload = Upload::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").unwrap();
    world.grant(&upload, Visibility::Private);
    UploadedFile::new(
        world.app.clone(),
        upload,
        dozo::vocabulary::names::FileName::new(name).unwrap(),
    )
}

/// Puts an object made from another version where the original goes.
fn occupy(world: &World, file: &UploadedFile, visibility: Visibility) {
    let place = Key::Delivered {
        visibility,
        app: file.app.clone(),
        media: file.media.clone(),
        item: Item::Original(Format::Png),
    };
    world.store.upload(&place.place(), b"older");
}

#[tokio::test]
async fn validate_upload_calls_what_it_declares() {
    let world = World::new(1);
    let faults = Faults::none();
    let app = world.validate_upload(&faults);
    let (open, closed) = (world.file("a.png"), private_file(&world, "b.png"));
    let (large, document) = (world.file("c.png"), world.file("d.pdf"));
    let sound = world.file("e.wav");
    for (file, body) in [
        (&open, good(1)),
        (&closed, good(2)),
        (&large, too_large()),
        (&document, pdfs::plain(1)),
        (&sound, silence(1)),
    ] {
        world.upload(file, &body);
    }
    occupy(&world, &open, Visibility::Public);
    occupy(&world, &closed, Visibility::Private);
    for file in [&open, &closed, &large, &document, &sound] {
        let answer =
            validate_upload::handle(&app, Letter::batch(&[Letter::about(file, "1")])).await;
        assert!(answer.batch_item_failures.is_empty());
    }
    let junk = Letter {
        id: "2".to_owned(),
        body: "junk".to_owned(),
        attempts: 1,
    };
    let answer = validate_upload::handle(&app, Letter::batch(&[junk])).await;
    assert_eq!(answer.batch_item_failures.len(), 1);
    assert_exact("validate-upload", &faults.log());
}

/// Processes a public and a private document, each handed out in spans, with other objects in the places of their
/// output.
#[tokio::test]
async fn split_pdf_calls_what_it_declares() {
    let world = World::new(1);
    let faults = Faults::none();
    let app = world.split_pdf(&faults);
    let stage = world.validate_upload(&Faults::none());
    for file in [world.file("a.pdf"), private_file(&world, "b.pdf")] {
        world.upload(&file, &pdfs::plain(9));
        validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
        let record = world.record(&file).unwrap();
        let manifest = Key::Delivered {
            visibility: record.visibility,
            app: file.app.clone(),
            media: file.media.clone(),
            item: Item::Manifest,
        };
        world.store.upload(&manifest.place(), b"older");
        loop {
            let sent = world.pdfs.take();
            if sent.is_empty() {
                break;
            }
            for sent in sent {
                let letter = Letter {
                    id: "1".to_owned(),
                    body: sent.body,
                    attempts: 1,
                };
                let batch = Letter::batch(&[letter]);
                let answer = split_pdf::handle(&app, batch, world::far()).await;
                assert!(answer.batch_item_failures.is_empty());
            }
        }
        assert_eq!(world.record(&file).unwrap().state, State::Ready);
    }
    slow_document(&world, &faults).await;
    let junk = Letter {
        id: "2".to_owned(),
        body: "junk".to_owned(),
        attempts: 1,
    };
    split_pdf::handle(&app, Letter::batch(&[junk]), world::far()).await;
    assert_exact("split-pdf", &faults.log());
}

/// An engine that does not open a document until the other end of the channel is dropped.
struct Late(Mutex<Receiver<()>>);

impl Engine for Late {
    fn open(
        &self,
        _file: Box<dyn File>,
        _work: &mut (dyn FnMut(&dyn Document) + Send),
    ) -> Result<(), Unopened> {
        assert!(self.0.lock().unwrap().recv().is_err());
        Err(Unopened::Damaged)
    }
}

/// Processes a document that does not open at once, and so goes to the slow queue.
async fn slow_document(world: &World, faults: &Faults) {
    let file = world.file("c.pdf");
    world.upload(&file, &pdfs::plain(1));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
    let letter = |body: String| Letter {
        id: "1".to_owned(),
        body,
        attempts: 1,
    };
    let [order] = world.pdfs.take().try_into().unwrap();
    let mut app = world.split_pdf(faults);
    let (release, held) = channel();
    app.splitter.engine = Arc::new(Late(Mutex::new(held)));
    app.splitter.times.quick = Duration::from_millis(20);
    split_pdf::handle(&app, Letter::batch(&[letter(order.body)]), world::far()).await;
    drop(release);
    let [slow] = world.slow_pdfs.take().try_into().unwrap();
    let app = world.split_pdf(faults);
    let batch = Letter::slow_batch(&[letter(slow.body)]);
    split_pdf::handle(&app, batch, world::far()).await;
    assert_eq!(world.record(&file).unwrap().state, State::Ready);
}

#[tokio::test]
async fn record_failure_calls_what_it_declares() {
    let world = World::new(2);
    let faults = Faults::at(0, Fault::Refused);
    let app = world.record_failure(&faults);
    let unknown = world.file("a.png");
    let letter = [Letter::about(&unknown, "1")];
    let refused = record_failure::handle(&app, Letter::batch(&letter)).await;
    assert_eq!(refused.batch_item_failures.len(), 1);
    let recorded = record_failure::handle(&app, Letter::batch(&letter)).await;
    assert!(recorded.batch_item_failures.is_empty());

    // This one's stage died after it had begun.
    let begun = world.file("b.png");
    world.upload(&begun, &good(1));
    let stage = world.validate_upload(&Faults::planned(|call| {
        (call == 4).then_some(Fault::DiesAfter)
    }));
    let letter = [Letter::about(&begun, "2")];
    validate_upload::handle(&stage, Letter::batch(&letter)).await;
    assert!(world.record(&begun).is_some());
    let mark = Key::Failed(begun.app.clone(), begun.media.clone());
    world.store.upload(&mark.place(), b"of an earlier failure");
    let recorded = record_failure::handle(&app, Letter::batch(&letter)).await;
    assert!(recorded.batch_item_failures.is_empty());
    assert_exact("record-failure", &faults.log());
}

fn status(answer: &ApiGatewayV2httpResponse) -> i64 {
    answer.status_code
}

#[tokio::test]
async fn register_app_calls_what_it_declares() {
    let world = World::new(3);
    let faults = Faults::none();
    let app = world.register_app(&faults);
    let path = [("app", "other")];
    for (route, expected) in [
        ("PUT /admin/apps/{app}", 201),
        ("PUT /admin/apps/{app}", 200),
        ("GET /admin/apps/{app}", 200),
        ("PATCH /admin/apps/{app}", 200),
        ("GET /admin/apps", 200),
    ] {
        let answer = register_app::handle(&app, call(route, &path, &[], None)).await;
        assert_eq!(status(&answer), expected, "{route}");
    }
    // An app that has a media is not removed, and one that has none is.
    let file = world.file("a.png");
    world.upload(&file, b"not a picture");
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
    for (of, expected) in [("demo", 409), ("other", 200)] {
        let remove = call("DELETE /admin/apps/{app}", &[("app", of)], &[], None);
        let answer = register_app::handle(&app, remove).await;
        assert_eq!(status(&answer), expected, "{of}");
    }
    assert_exact("register-app", &faults.log());
}

#[tokio::test]
async fn issue_token_calls_what_it_declares() {
    let world = World::new(4);
    let faults = Faults::none();
    let app = world.issue_token(&faults);
    let wish = call(
        "POST /apps/{app}/uploads",
        &[("app", "demo")],
        &[],
        Some("{}"),
    );
    assert_eq!(status(&issue_token::handle(&app, wish).await), 201);
    assert_exact("issue-token", &faults.log());
}

#[tokio::test]
async fn grant_access_calls_what_it_declares() {
    let world = World::new(6);
    let faults = Faults::none();
    let app = world.grant_access(&faults);
    let file = private_file(&world, "a.png");
    world.upload(&file, &good(1));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;

    let media = file.media.to_string();
    let wish = call(
        "POST /apps/{app}/media/{media}/grants",
        &[("app", "demo"), ("media", media.as_str())],
        &[],
        Some(r#"{"expires_in": 60, "as": "url"}"#),
    );
    assert_eq!(status(&grant_access::handle(&app, wish).await), 201);
    assert_exact("grant-access", &faults.log());
}

#[tokio::test]
async fn transcode_media_calls_what_it_declares() {
    let world = World::new(1);
    // The app keeps originals, so they are copied.
    world.register(|app| app.keep_original_metadata = true);
    let faults = Faults::none();
    let app = world.transcode_media(&faults);
    let stage = world.validate_upload(&Faults::none());
    for file in [world.file("a.wav"), private_file(&world, "b.wav")] {
        world.upload(&file, &silence(1));
        validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
        let record = world.record(&file).unwrap();
        world.store.upload(
            &record
                .delivered(Item::Hls(dozo::vocabulary::keys::hls::Hls::Master))
                .place(),
            b"of an earlier run",
        );
        let [order] = world.videos.take().try_into().unwrap();
        let order = Letter {
            id: "2".to_owned(),
            body: order.body,
            attempts: 1,
        };
        let answer = transcode_media::handle(&app, Letter::batch(&[order]), world::far()).await;
        assert!(answer.batch_item_failures.is_empty());
        assert_eq!(world.record(&file).unwrap().state, State::Ready);
    }
    let junk = Letter {
        id: "3".to_owned(),
        body: "junk".to_owned(),
        attempts: 1,
    };
    transcode_media::handle(&app, Letter::batch(&[junk]), world::far()).await;
    let mut log = faults.log();
    log.extend(begun_and_withdrawn().await);
    // The engine reads the source through the same store, but the toy engine here reads nothing.
    log.push((store::READ, "Upload demo/".to_owned()));
    assert_exact("transcode-media", &log);
}

/// Returns the calls of transcode-media when a service does the work: for a job that is begun, and for one whose media
/// is withdrawn while it is created.
async fn begun_and_withdrawn() -> Vec<(Call, String)> {
    let mut log = Vec::new();
    let mut created = None;
    for _ in 0..2 {
        let (world, file, order) = handed_to_a_service().await;
        let (store, mut made) = (world.store.clone(), 0);
        let place = Key::Media(file.app.clone(), file.media.clone()).place();
        let faults = Faults::planned(move |_| {
            if created == Some(made) {
                let object = store.find(&place).unwrap();
                let mut record: Value = serde_json::from_slice(&object.body).unwrap();
                record["generation"] = json!(9);
                store.upload(&place, record.to_string().as_bytes());
            }
            made += 1;
            None
        });
        let app = world.transcode_media(&faults);
        let answer = transcode_media::handle(&app, Letter::batch(&[order]), world::far()).await;
        assert!(answer.batch_item_failures.is_empty());
        let calls = faults.log();
        created = calls.iter().position(|(call, _)| *call == CREATE);
        log.extend(calls);
    }
    log
}

async fn handed_to_a_service() -> (World, UploadedFile, Letter) {
    let mut world = World::new(1);
    world.has_service = true;
    let file = world.file("a.webm");
    let order = handed_over(&world, &file).await;
    (world, file, order)
}

/// Uploads a film and has it accepted; returns the order about it.
async fn handed_over(world: &World, file: &UploadedFile) -> Letter {
    world.upload(file, &film(640, 360, 8_000.0));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(file, "1")])).await;
    let [order] = world.videos.take().try_into().unwrap();
    Letter {
        id: "2".to_owned(),
        body: order.body,
        attempts: 1,
    }
}

#[tokio::test]
async fn finish_transcode_calls_what_it_declares() {
    let mut world = World::new(1);
    world.has_service = true;
    let faults = Faults::none();
    let app = world.finish_transcode(&faults);
    let letter = |body: String| Letter {
        id: "3".to_owned(),
        body,
        attempts: 1,
    };
    for file in [world.file("a.webm"), private_file(&world, "b.webm")] {
        let order = handed_over(&world, &file).await;
        let stage = world.transcode_media(&Faults::none());
        transcode_media::handle(&stage, Letter::batch(&[order]), world::far()).await;
        let (id, _) = world.jobs.all().pop().unwrap();
        // A look at a job under way is followed by another.
        let [look] = world.transcoded.take().try_into().unwrap();
        let batch = Letter::batch(&[letter(look.body.clone())]);
        finish_transcode::handle(&app, batch, world::far()).await;
        assert_eq!(world.transcoded.take().len(), 1);
        let master = Item::Hls(dozo::vocabulary::keys::hls::Hls::Master);
        let record = world.record(&file).unwrap();
        for item in [master, Item::Film] {
            world
                .store
                .upload(&record.delivered(item).place(), b"of an earlier run");
        }
        // WORK's lifecycle removes the claim in the end.
        let claim = format!("{}/{}/1/transcode.json", file.app, file.media);
        world.store.expire(&Place::anywhere(Bucket::Work, &claim));
        world.jobs.complete(&id, &world.store);
        let event = world.jobs.event(&id, "COMPLETE");
        let answer =
            finish_transcode::handle(&app, Letter::batch(&[letter(event)]), world::far()).await;
        assert!(answer.batch_item_failures.is_empty());
        assert_eq!(world.record(&file).unwrap().state, State::Ready);
        // A look at a job that nobody wants any more ends it.
        finish_transcode::handle(&app, Letter::batch(&[letter(look.body)]), world::far()).await;
    }
    let junk = Letter::batch(&[letter("junk".to_owned())]);
    finish_transcode::handle(&app, junk, world::far()).await;
    assert_exact("finish-transcode", &faults.log());
}

#[tokio::test]
async fn show_media_calls_what_it_declares() {
    let world = World::new(5);
    let faults = Faults::none();
    let app = world.show_media(&faults);
    let file = world.file("a.png");
    world.upload(&file, &good(1));
    let stage = world.validate_upload(&Faults::none());
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;

    let (media, upload) = (file.media.to_string(), world.upload.to_string());
    let one = [("app", "demo"), ("media", media.as_str())];
    let shown = call("GET /apps/{app}/media/{media}", &one, &[], None);
    assert_eq!(status(&show_media::handle(&app, shown).await), 200);
    // This film is being transcoded.
    let film = world.file("c.wav");
    world.upload(&film, &silence(1));
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&film, "4")])).await;
    let media_of_film = film.media.to_string();
    let one = [("app", "demo"), ("media", media_of_film.as_str())];
    let shown = call("GET /apps/{app}/media/{media}", &one, &[], None);
    assert_eq!(status(&show_media::handle(&app, shown).await), 200);
    // This document is being split.
    let document = world.file("b.pdf");
    world.upload(&document, &pdfs::plain(9));
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&document, "2")])).await;
    let [order] = world.pdfs.take().try_into().unwrap();
    let order = Letter {
        id: "3".to_owned(),
        body: order.body,
        attempts: 1,
    };
    let split = world.split_pdf(&Faults::none());
    split_pdf::handle(&split, Letter::batch(&[order]), world::far()).await;
    let media = document.media.to_string();
    let one = [("app", "demo"), ("media", media.as_str())];
    let shown = call("GET /apps/{app}/media/{media}", &one, &[], None);
    assert_eq!(status(&show_media::handle(&app, shown).await), 200);
    for query in [
        ("upload", upload.as_str()),
        ("state", "failed"),
        ("state", "suspended"),
    ] {
        let listed = call("GET /apps/{app}/media", &[("app", "demo")], &[query], None);
        assert_eq!(
            status(&show_media::handle(&app, listed).await),
            200,
            "{query:?}"
        );
    }
    assert_exact("show-media", &faults.log());
}

#[tokio::test]
async fn render_thumbnail_calls_what_it_declares() {
    let world = World::new(6);
    let faults = Faults::none();
    let app = world.render_thumbnail(&faults);
    let stage = world.validate_upload(&Faults::none());
    for file in [world.file("a.png"), private_file(&world, "b.png")] {
        world.upload(&file, &good(1));
        validate_upload::handle(&stage, Letter::batch(&[Letter::about(&file, "1")])).await;
        let record = world.record(&file).unwrap();
        let subject = format!("/{}/demo/{}", record.visibility.as_str(), record.media);
        let path = format!("{subject}/iiif/image/full/max/0/default.png");
        let event = world::request("GET", &path, &[]);
        let reply = render_thumbnail::handle(&app, event, world::far()).await;
        assert_eq!(reply.status, 200, "{path}: {:?}", reply.body);
    }
    assert_exact("render-thumbnail", &faults.log());
}

/// Calls a route as an admin.
async fn ask(
    world: &World,
    app: &suspend_media::App,
    file: &UploadedFile,
    route: &str,
    body: Option<&str>,
) {
    let media = file.media.to_string();
    let path = [("app", "demo"), ("media", media.as_str())];
    let answer = suspend_media::handle(app, call(route, &path, &[], body)).await;
    assert_eq!(status(&answer), 202, "{route} {:?}", world.record(file));
}

const ABUSE: Option<&str> = Some(r#"{"reason": "abuse"}"#);
const SUSPEND: &str = "POST /admin/apps/{app}/media/{media}/suspend";
const RESTORE: &str = "POST /admin/apps/{app}/media/{media}/restore";
const MOVE: &str = "POST /apps/{app}/media/{media}/visibility";
const DELETE: &str = "DELETE /apps/{app}/media/{media}";

/// Runs all operations on a public and a private media, by functions that record their calls.
#[tokio::test(start_paused = true)]
async fn operations_call_what_they_declare() {
    let mut world = World::new(6);
    world.has_service = true;
    // Manifests of documents are rewritten while other objects are copied.
    let files = [world.file("a.pdf"), private_file(&world, "b.pdf")];
    let orders = Faults::none();
    let suspend = world.suspend_media(&orders);
    let (run, invalidate) = (Faults::none(), Faults::none());
    for file in &files {
        world.upload(file, &pdfs::plain(1));
        let mut post = Post::new(&world);
        post.notify(Letter::about(file, "1"));
        post.finish().await;
        world.clock.advance(1_000);
        let (there, back) = if file.upload == world.upload {
            ("private", "public")
        } else {
            ("public", "private")
        };
        let visibility = |to: &str| format!(r#"{{"visibility": "{to}"}}"#);
        for (route, body) in [
            (SUSPEND, ABUSE.map(str::to_owned)),
            (RESTORE, None),
            (MOVE, Some(visibility(there))),
            (MOVE, Some(visibility(back))),
            (SUSPEND, ABUSE.map(str::to_owned)),
        ] {
            if body == Some(visibility(there)) {
                let manifest = Key::Delivered {
                    visibility: Visibility::parse(there).unwrap(),
                    app: file.app.clone(),
                    media: file.media.clone(),
                    item: Item::Manifest,
                };
                world.store.upload(&manifest.place(), b"stale");
            }
            ask(&world, &suspend, file, route, body.as_deref()).await;
            post.written_down(&run, &invalidate).await;
        }
        // It is restored to another visibility than it was suspended in, because it was moving.
        ask(&world, &suspend, file, RESTORE, None).await;
        post.written_down(&run, &invalidate).await;
        ask(&world, &suspend, file, MOVE, Some(&visibility(there))).await;
        ask(&world, &suspend, file, SUSPEND, ABUSE).await;
        post.written_down(&run, &invalidate).await;
        // When a media is suspended a second time, its mark overwrites the earlier one.
        let mark = Key::Suspended(file.app.clone(), file.media.clone()).place();
        world.store.upload(&mark, b"stale");
        ask(&world, &suspend, file, RESTORE, None).await;
        post.written_down(&run, &invalidate).await;
        world.store.upload(&mark, b"stale");
        ask(&world, &suspend, file, SUSPEND, ABUSE).await;
        post.written_down(&run, &invalidate).await;
        // Leave objects in WORK and in DELIVERY before the media is deleted.
        let part = format!("{}/{}/1/part", file.app, file.media);
        let work = Place::anywhere(Bucket::Work, &part);
        world.store.upload(&work, b"part");
        occupy(&world, file, Visibility::Public);
        occupy(&world, file, Visibility::Private);
        ask(&world, &suspend, file, DELETE, None).await;
        post.written_down(&run, &invalidate).await;
    }
    // A media whose stage had only begun is handed back to it.
    let begun = world.file("c.png");
    world.upload(&begun, &good(2));
    let stage = world.validate_upload(&Faults::planned(|call| {
        (call == 6).then_some(Fault::DiesAfter)
    }));
    validate_upload::handle(&stage, Letter::batch(&[Letter::about(&begun, "2")])).await;
    let mut post = Post::new(&world);
    for (route, body) in [(SUSPEND, ABUSE), (RESTORE, None)] {
        ask(&world, &suspend, &begun, route, body).await;
        post.written_down(&run, &invalidate).await;
    }
    assert_eq!(world.record(&begun).unwrap().state, State::Ready);
    // The job of this media is under way.
    let filmed = world.file("d.webm");
    let order = handed_over(&world, &filmed).await;
    let stage = world.transcode_media(&Faults::none());
    transcode_media::handle(&stage, Letter::batch(&[order]), world::far()).await;
    ask(&world, &suspend, &filmed, SUSPEND, ABUSE).await;
    Post::new(&world).written_down(&run, &invalidate).await;
    let junk = Letter::batch(&[Letter {
        id: "junk".to_owned(),
        body: "junk".to_owned(),
        attempts: 1,
    }]);
    run_operation::handle(&world.run_operation(&run), junk.clone()).await;
    invalidate_cache::handle(&world.invalidate_cache(&invalidate), junk).await;
    assert_exact("suspend-media", &orders.log());
    assert_exact("run-operation", &run.log());
    assert_exact("invalidate-cache", &invalidate.log());
}

#[tokio::test(start_paused = true)]
async fn retry_media_calls_what_it_declares() {
    let world = World::new(7);
    let file = world.file("a.png");
    world.upload(&file, &good(1));
    let recorder = world.record_failure(&Faults::none());
    record_failure::handle(&recorder, Letter::batch(&[Letter::about(&file, "1")])).await;
    let faults = Faults::none();
    let app = world.retry_media(&faults);
    let all = call(
        "POST /admin/apps/{app}/retry",
        &[("app", "demo")],
        &[],
        None,
    );
    assert_eq!(status(&retry_media::handle(&app, all).await), 202);
    assert_exact("retry-media", &faults.log());
}

/// Returns the queues that a stage's function consumes, and the function.
fn consumed(template: &Template, stage: Stage) -> (Vec<String>, Function) {
    let mut functions = template.functions().into_iter();
    let function = functions.find(|function| function.directory == stage.as_str());
    let function = function.unwrap();
    let sources = template.of_type("AWS::Lambda::EventSourceMapping");
    let queues = sources
        .filter(|source| referenced(source.property("/FunctionName")) == function.id)
        .map(|source| referenced(source.property("/EventSourceArn")));
    (queues.collect(), function)
}

/// record-failure tells a stage's last report from a crash by the number of deliveries.
#[test]
fn a_stage_knows_how_often_its_queue_delivers() {
    let template = Template::load().unwrap();
    for stage in [
        Stage::ValidateUpload,
        Stage::SplitPdf,
        Stage::TranscodeMedia,
        Stage::FinishTranscode,
        Stage::RunOperation,
        Stage::InvalidateCache,
    ] {
        let (queues, _) = consumed(&template, stage);
        let slow = usize::from(stage == Stage::SplitPdf);
        assert_eq!(queues.len(), 1 + slow, "{queues:?}");
        for queue in queues {
            let redrive = template
                .resource(&queue)
                .unwrap()
                .property("/RedrivePolicy");
            let receives = redrive.get("maxReceiveCount").and_then(Value::as_u64);
            assert_eq!(receives, Some(stage.max_attempts().into()), "{queue}");
        }
    }
}

/// A worker that runs longer than the lease could publish a version that another one has given up.
#[test]
fn nobody_is_given_up_while_it_may_still_be_at_work() {
    let template = Template::load().unwrap();
    for (stage, lease) in [
        (Stage::ValidateUpload, LEASE_SECONDS),
        (Stage::SplitPdf, LEASE_SECONDS),
        (Stage::TranscodeMedia, TRANSCODE_LEASE_SECONDS),
    ] {
        let (_, function) = consumed(&template, stage);
        let lease = u64::try_from(lease).unwrap();
        assert!(lease >= 2 * function.timeout, "{lease} s");
    }
}
