//! Serves the page's files from the checkout, so that an edit shows after a reload.
//!
//! The files are listed once, at the start, and a request only looks its path up in that list: no path of a request
//! ever reaches the file system.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// Files by the path that a browser requests.
type Page = BTreeMap<String, File>;

/// A file of the page.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    content_type: &'static str,
}

/// Lists all files under `directory` of the types that a page consists of; `index.html` becomes `/`. Adds the modules of
/// the client library in `sdk`, and the third-party scripts in `vendor`, if they were fetched: the page works without
/// those.
pub(super) fn find(directory: &Path, sdk: &Path, vendor: &Path) -> std::io::Result<Page> {
    let mut page = Page::new();
    collect(directory, "/", &mut page)?;
    collect(sdk, "/sdk/", &mut page)?;
    if vendor.is_dir() {
        collect(vendor, "/vendor/", &mut page)?;
    }
    match page.remove("/index.html") {
        Some(index) => page.insert("/".to_owned(), index),
        None => return Err(std::io::Error::other("there is no index.html")),
    };
    Ok(page)
}

fn collect(directory: &Path, prefix: &str, page: &mut Page) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), page)?;
        } else if let Some(content_type) = content_type(&path) {
            page.insert(format!("{prefix}{name}"), File { path, content_type });
        }
    }
    Ok(())
}

fn content_type(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()? {
        "html" => Some("text/html; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

pub(super) fn routes(page: Page) -> Router {
    let page = Arc::new(page);
    Router::new().fallback(serve).with_state(page)
}

async fn serve(State(page): State<Arc<Page>>, uri: Uri) -> Response {
    let Some(file) = page.get(uri.path()) else {
        return (StatusCode::NOT_FOUND, "Not found\n").into_response();
    };
    match tokio::fs::read(&file.path).await {
        Ok(bytes) => {
            let headers = [
                (header::CONTENT_TYPE, file.content_type),
                (header::CACHE_CONTROL, "no-cache"),
            ];
            (headers, bytes).into_response()
        }
        // The file was removed or renamed since the start.
        Err(_) => (
            StatusCode::NOT_FOUND,
            "This file no longer exists; restart the demo to find new files\n",
        )
            .into_response(),
    }
}
