//! Checks the files that viewers are given, and those that they are refused.

use serde_json::{Value, json};

use super::report::Report;
use super::uploads::Ready;
use super::{Trial, describe, status, typed};
use crate::answer::Media;
use crate::connect::api::{Request, media_path};
use crate::connect::viewer::Fetched;
use crate::failure::Failure;

/// Paths of images below a media's `iiif`: as they are typed, and as browsers encode them.
const IMAGES: [(&str, &str, &str); 3] = [
    (
        "full/max/0/default.jpg",
        "image/jpeg",
        "an image is rendered",
    ),
    (
        "pct:0,0,50,50/^!600,600/!90/gray.webp",
        "image/webp",
        "an image's path may have ^ ! , and :",
    ),
    (
        "pct%3A0%2C0%2C50%2C50/%5E%21500%2C500/%2190/gray.webp",
        "image/webp",
        "an image's path may be percent-encoded",
    ),
];

pub(super) async fn run(
    trial: &Trial<'_>,
    ready: &Ready,
    report: &mut Report,
) -> Result<(), Failure> {
    if let Some(picture) = ready.get("picture.jpg") {
        of_picture(trial, picture, report).await?;
    }
    if let Some(document) = ready.get("document.pdf") {
        of_document(trial, document, report).await?;
    }
    if let Some(film) = ready.get("film.mp4") {
        of_film(trial, film, report).await?;
    }
    if let Some(private) = ready.get("private.jpg") {
        of_private(trial, private, report).await?;
    }
    Ok(())
}

async fn of_picture(
    trial: &Trial<'_>,
    picture: &Media,
    report: &mut Report,
) -> Result<(), Failure> {
    let original = address(picture, "/original");
    let whole = fetch(trial, &original, 200, "image/jpeg");
    report.check("the original is delivered", whole).await?;
    let part = async {
        let range = trial.viewer.get(&original, &[("range", "bytes=0-9")]).await;
        let part = status(range.map_err(describe)?, 206)?;
        let is_part = part.body.len() == 10 && part.content_range.starts_with("bytes 0-9/");
        is_part
            .then_some(())
            .ok_or_else(|| format!("{} bytes, {:?}", part.body.len(), part.content_range))
    };
    report
        .check("a part of the original is delivered", part)
        .await?;
    let thumb = address(picture, "/thumbs/card");
    let webp = async {
        let accept = [("accept", "image/webp,*/*")];
        let image = trial.viewer.get(&thumb, &accept).await.map_err(describe)?;
        typed(image, 200, "image/webp")
    };
    report.check("a preset suits the viewer", webp).await?;
    let iiif = address(picture, "/iiif");
    let info = format!("{iiif}/info.json");
    report
        .check(
            "an image tells its sizes",
            fetch(trial, &info, 200, "application/"),
        )
        .await?;
    for (path, kind, what) in IMAGES {
        let url = format!("{iiif}/{path}");
        report.check(what, fetch(trial, &url, 200, kind)).await?;
    }
    let wrong = format!("{iiif}/full/max/45/default.jpg");
    let refused = fetch(trial, &wrong, 400, "application/problem+json");
    report
        .check("an image that cannot be is refused", refused)
        .await?;
    let missing = original.replace("original.jpg", "pages/0001.jpg");
    let absent = fetch(trial, &missing, 404, "");
    report
        .check("what does not exist is not found", absent)
        .await?;
    Ok(())
}

async fn of_document(
    trial: &Trial<'_>,
    document: &Media,
    report: &mut Report,
) -> Result<(), Failure> {
    let manifest = address(document, "/manifest");
    report
        .check(
            "a document has a manifest",
            fetch(trial, &manifest, 200, "application/"),
        )
        .await?;
    let page = manifest.replace("manifest.json", "pages/0002.jpg");
    report
        .check(
            "a page is a picture",
            fetch(trial, &page, 200, "image/jpeg"),
        )
        .await?;
    let text = manifest.replace("manifest.json", "text/0002.txt");
    let words = async {
        let text = fetch(trial, &text, 200, "text/plain").await?;
        let text = String::from_utf8_lossy(&text.body).into_owned();
        text.contains("Page 2").then_some(()).ok_or(text)
    };
    report.check("a page's words are read", words).await?;
    Ok(())
}

async fn of_film(trial: &Trial<'_>, film: &Media, report: &mut Report) -> Result<(), Failure> {
    let playlist = address(film, "/hls");
    let lists = async {
        let main = fetch(trial, &playlist, 200, "").await?;
        let main = String::from_utf8_lossy(&main.body).into_owned();
        let first = main
            .lines()
            .find(|line| !line.is_empty() && !line.starts_with('#'));
        let first = first.ok_or_else(|| format!("the playlist names nothing: {main}"))?;
        let (folder, _) = playlist.rsplit_once('/').unwrap_or_default();
        fetch(trial, &format!("{folder}/{first}"), 200, "").await
    };
    report.check("a film has playlists", lists).await?;
    let poster = address(film, "/poster");
    report
        .check(
            "a film has a poster",
            fetch(trial, &poster, 200, "image/jpeg"),
        )
        .await?;
    Ok(())
}

async fn of_private(
    trial: &Trial<'_>,
    private: &Media,
    report: &mut Report,
) -> Result<(), Failure> {
    let original = address(private, "/original");
    report
        .check(
            "a private picture is closed",
            fetch(trial, &original, 403, ""),
        )
        .await?;
    let opened = async {
        let path = format!("{}/grants", media_path(&trial.app, &private.media));
        let body = json!({ "expires_in": 300, "as": "url" });
        let request = Request::json("POST", path, &body);
        let grant = trial.place.api.call(&request).await.map_err(describe)?;
        let url = grant.get("url").and_then(Value::as_str).unwrap_or_default();
        fetch(trial, url, 200, "image/jpeg").await
    };
    report.check("a grant opens it", opened).await?;
    Ok(())
}

/// Returns an address of a media. It is empty if the media has none of this name, and then fetching it fails.
pub(super) fn address(media: &Media, pointer: &str) -> String {
    let urls = json!(media.urls);
    let found = urls.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

async fn fetch(trial: &Trial<'_>, url: &str, wanted: u16, kind: &str) -> Result<Fetched, String> {
    typed(
        trial.viewer.get(url, &[]).await.map_err(describe)?,
        wanted,
        kind,
    )
}
