//! The answer to a request for a grant.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::address::AddressRange;
use super::request::{Form, Terms};
use super::signed::Signed;
use crate::vocabulary::moment::Moment;
use crate::vocabulary::names::{AppId, MediaId};

/// The answer to `POST /apps/{app}/media/{media}/grants`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AccessGrant")]
pub struct Answer {
    /// The app.
    app: AppId,
    /// The media.
    media: MediaId,
    /// How viewers carry the grant.
    #[serde(rename = "as")]
    form: Form,
    /// The URL pattern that the grant opens, as CloudFront reads it: `*` matches any run of characters.
    resource: String,
    /// The time at which the grant ends.
    #[schemars(with = "Moment")]
    expires_at: Timestamp,
    /// The time at which it begins, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Moment>")]
    starts_at: Option<Timestamp>,
    /// The range of addresses that viewers must come from, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    #[serde(flatten)]
    carried: Carried,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum Carried {
    Url {
        /// The query string to append after the `?` of any URL of the media.
        query: String,
        /// The signed URL of the original file.
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    Cookies {
        /// Names and values, for callers that write cookies in another way.
        cookies: BTreeMap<String, String>,
        /// Complete values of `Set-Cookie` headers.
        set_cookies: Vec<String>,
    },
}

/// A signed grant and its terms.
pub(super) struct Granted {
    pub(super) app: AppId,
    pub(super) media: MediaId,
    pub(super) resource: String,
    /// The path of the cookies, with a slash at both ends.
    pub(super) path: String,
    /// The URL of the original file, unsigned.
    pub(super) original: Option<String>,
    pub(super) terms: Terms,
    pub(super) signed: Signed,
}

impl Granted {
    pub(super) fn answer(self, form: Form) -> Answer {
        let Self { signed, terms, .. } = self;
        let whole_second =
            |time: Timestamp| Timestamp::from_second(time.as_second()).unwrap_or(time);
        Answer {
            app: self.app,
            media: self.media,
            form,
            resource: self.resource,
            expires_at: whole_second(terms.until),
            starts_at: terms.from.map(whole_second),
            ip: terms.viewers.as_ref().map(AddressRange::to_string),
            carried: match form {
                Form::Url => {
                    let query = signed.query();
                    let url = self.original.map(|url| format!("{url}?{query}"));
                    Carried::Url { query, url }
                }
                Form::Cookies => Carried::Cookies {
                    cookies: signed
                        .cookies()
                        .map(|(name, value)| (name, value.to_owned()))
                        .collect(),
                    set_cookies: signed.set_cookies(&self.path),
                },
            },
        }
    }
}
