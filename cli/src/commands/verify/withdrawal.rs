//! Suspends a picture and restores it.

use serde_json::{Map, Value, json};

use super::delivery::address;
use super::report::Report;
use super::uploads::{PICTURE, Ready};
use super::{Trial, describe};
use crate::connect::api::{Request, media_path};
use crate::failure::Failure;

pub(super) async fn run(
    trial: &Trial<'_>,
    ready: &Ready,
    report: &mut Report,
) -> Result<(), Failure> {
    let Some(picture) = ready.get(PICTURE) else {
        return Ok(());
    };
    let original = address(picture, "/original");
    let thumb = address(picture, "/thumbs/card");
    let reason = json!({ "reason": "other", "note": "dozo verify" });
    let suspended = order(trial, &picture.media, "suspend", &reason);
    if report
        .check("a picture is suspended", suspended)
        .await?
        .is_none()
    {
        return Ok(());
    }
    report
        .check("its original is gone", trial.until_status(&original, 404))
        .await?;
    report
        .check("its preset is gone", trial.until_status(&thumb, 404))
        .await?;
    let done = trial.until_state(&picture.media, "suspended");
    report.check("the suspension is complete", done).await?;
    let nothing = Value::Object(Map::new());
    let restored = order(trial, &picture.media, "restore", &nothing);
    if report.check("it is restored", restored).await?.is_some() {
        report
            .check("its original is back", trial.until_status(&original, 200))
            .await?;
        let done = trial.until_state(&picture.media, "ready");
        report.check("the restoration is complete", done).await?;
    }
    Ok(())
}

async fn order(
    trial: &Trial<'_>,
    media: &str,
    command: &str,
    body: &Value,
) -> Result<Value, String> {
    let path = format!("/admin{}/{command}", media_path(&trial.app, media));
    let request = Request::json("POST", path, body);
    trial.place.api.call(&request).await.map_err(describe)
}
