//! Tests least privilege: a function's role allows exactly what the function declares, and the function declares
//! exactly what it calls.
//!
//! The local stack enforces roles, but lets some calls pass that need a permission on AWS (`s3:ListBucket` for a 404,
//! `s3:GetObject` for a conditional write). The adapters know these permissions and declare them. Here the template is
//! compared with the declarations, and the declarations with every call that the real handlers make.

mod announce;
mod api;
mod bringing;
mod declared;
mod operations;
mod queues;
mod stages;
mod sweep;
mod transcoding;
mod webhooks;

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use dozo::ports::clock::Clock;
use dozo::ports::jobs::HAND_ROLE_ON;
use dozo::ports::queue::CONSUME;
use dozo::vocabulary::access::{Access, Call, Resource};
use dozo::vocabulary::keys::{Item, Key};
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::message::upload::UploadedFile;
use dozo::vocabulary::names::{UploadId, Visibility};
use dozo_tests::pictures::picture;
use dozo_tests::world::World;
use image::ImageFormat;
use jiff::SignedDuration;
use serde_json::json;

/// The declared access of each function, by directory.
const DECLARED: [(&str, &[Access]); 18] = [
    ("announce-change", announce_change::ACCESS),
    ("deliver-webhook", deliver_webhook::ACCESS),
    ("fetch-remote", fetch_remote::ACCESS),
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
    ("sweep-lost", sweep_lost::ACCESS),
    ("transcode-media", transcode_media::ACCESS),
    ("validate-upload", validate_upload::ACCESS),
];

/// Returns whether a key matches an IAM pattern, whose `*` stands for any characters.
fn matches(pattern: &str, key: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return key == pattern;
    };
    let rest = key.strip_prefix(before);
    rest.is_some_and(|rest| {
        (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| matches(after, rest)))
    })
}

/// Returns whether a declaration covers a call as the in-memory ports record it: `Records apps/demo.json`,
/// `UploadsQueue`, `TokenSecret`.
fn covers(access: &Access, made: Call, on: &str) -> bool {
    if access.call != made {
        return false;
    }
    match access.on {
        Resource::Objects(bucket, pattern) => {
            let key = on.strip_prefix(&format!("{bucket:?} "));
            key.is_some_and(|key| matches(pattern, key))
        }
        Resource::Published(bucket) => ["public/", "private/"]
            .iter()
            .any(|prefix| on.starts_with(&format!("{bucket:?} {prefix}"))),
        Resource::Queue(id)
        | Resource::Secret(id)
        | Resource::Distribution(id)
        | Resource::Bus(id)
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

fn private_file(world: &World, name: &str) -> UploadedFile {
    let upload = UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9t").unwrap();
    world.grant(&upload, Visibility::Private);
    UploadedFile::new(
        world.app.clone(),
        upload,
        dozo::vocabulary::names::FileName::new(name).unwrap(),
    )
}

/// A file that was declared with words and with an end, which is a day away.
fn declared_file(world: &World, name: &str) -> UploadedFile {
    let upload = UploadId::parse("01jd8f5w2v9k3m4n5p6q7r8s9a").unwrap();
    let now = world.clock.now();
    let declared = json!({"title": "a title", "expires_at": now + SignedDuration::from_hours(24)});
    let grant = json!({
        "visibility": "public",
        "files": [name],
        "declared": {name: declared},
        "expires_at": now,
        "created_at": now,
    });
    let key = Key::Grant(world.app.clone(), upload.clone());
    world
        .store
        .upload(&key.location(), grant.to_string().as_bytes());
    let name = dozo::vocabulary::names::FileName::new(name).unwrap();
    UploadedFile::new(world.app.clone(), upload, name)
}

/// Puts an object made from another version where the original goes.
fn occupy(world: &World, file: &UploadedFile, visibility: Visibility) {
    let location = Key::Delivered {
        visibility,
        app: file.app.clone(),
        media: file.media.clone(),
        item: Item::Original(Format::Png),
    };
    world.store.upload(&location.location(), b"older");
}

fn status(answer: &ApiGatewayV2httpResponse) -> i64 {
    answer.status_code
}
