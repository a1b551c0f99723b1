//! Registers the app `demo` in every local stack, so that an upload works at once.

use crate::signed_http::{SignedHttp, SignedHttpError};

/// The app's name.
pub const DEMO_APP: &str = "demo";

/// The app's registration. Its presets are a picture for the list at two densities, a page of a document (the list
/// shows its top), and a picture that fills the details.
const REGISTRATION: &str = r#"{"presets": {
    "card": {"fit": "cover", "width": 320, "height": 240},
    "card-2x": {"fit": "cover", "width": 640, "height": 480},
    "page": {"fit": "inside", "width": 640, "height": 960},
    "large": {"fit": "inside", "width": 1600, "height": 1200}
}}"#;

/// The reasons why the app is not registered.
#[derive(Debug, thiserror::Error)]
pub enum DemoAppError {
    /// The API did not answer.
    #[error(transparent)]
    Http(#[from] SignedHttpError),
    /// The API refused.
    #[error("{method} {url} answered {status}: {body}")]
    Refused {
        /// HTTP method.
        method: &'static str,
        /// The request's URL.
        url: String,
        /// HTTP status.
        status: u16,
        /// The problem document.
        body: String,
    },
}

/// Registers the app with the defaults and some presets; an app that exists keeps its settings.
///
/// # Errors
///
/// [`DemoAppError`]
pub async fn ensure(api: &str, admin: &SignedHttp) -> Result<(), DemoAppError> {
    let url = format!("{api}/admin/apps/{DEMO_APP}");
    let found = admin
        .send(reqwest::Method::GET, &url, &[], String::new())
        .await?;
    if found.status == 200 {
        return Ok(());
    }
    let json = [("content-type", "application/json")];
    let registered = admin
        .send(reqwest::Method::PUT, &url, &json, REGISTRATION.to_owned())
        .await?;
    match registered.status {
        200..=299 => Ok(()),
        status => Err(DemoAppError::Refused {
            method: "PUT",
            url,
            status,
            body: registered.body,
        }),
    }
}
