//! Events in the form of CloudEvents 1.0.
//!
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md>

use jiff::Timestamp;
use serde::Serialize;

use crate::platform::error::Error;
use crate::vocabulary::names::AppId;

/// The media type of an event in JSON.
/// <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>
pub const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// An event as it is sent, in CloudEvents' JSON format.
#[derive(Debug, Clone, Serialize)]
pub struct CloudEvent<D> {
    /// The version of CloudEvents.
    specversion: &'static str,
    /// The id of the event, which stays the same however often it is sent.
    pub id: String,
    /// The place of the event: `/apps/{app}`.
    pub source: String,
    /// The type of the event.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The id of the media, upload, app or ping that the event is about.
    pub subject: String,
    /// The time at which it happened.
    pub time: Timestamp,
    /// The media type of `data`.
    datacontenttype: &'static str,
    /// The number of the event among those of its subject, from 1 on without a gap, in ten digits, so that it can be
    /// compared as a number and as a text.
    /// <https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/sequence.md>
    pub sequence: String,
    /// The subject, as the API answers it.
    pub data: D,
}

impl<D: Serialize> CloudEvent<D> {
    /// Creates the event with this number about a subject.
    #[must_use]
    pub fn new(
        kind: &'static str,
        (app, subject): (&AppId, &str),
        seq: u32,
        time: Timestamp,
        data: D,
    ) -> Self {
        Self {
            specversion: "1.0",
            id: format!("{subject}-{seq}"),
            source: format!("/apps/{app}"),
            kind,
            subject: subject.to_owned(),
            time,
            datacontenttype: "application/json",
            sequence: format!("{seq:010}"),
            data,
        }
    }

    /// Writes the event as JSON.
    ///
    /// # Errors
    /// [`Error::Answer`], which is a fault of ours.
    pub fn write(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(Error::Answer)
    }
}
