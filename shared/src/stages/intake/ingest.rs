//! Takes orders to fetch a file from an address.

use std::collections::BTreeMap;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Expected, Intake, Order, file_name};
use crate::platform::problem::{Problem, Refusal};
use crate::vocabulary::description::{
    Description, MOST_ALT, MOST_FIELDS, MOST_TAG, MOST_TAGS, MOST_TITLE, Unfit,
};
use crate::vocabulary::expiry::{self, Declared};
use crate::vocabulary::moment::Moment;
use crate::vocabulary::names::{AppId, FileName, MAX_FILE_NAME_BYTES, Visibility};
use crate::vocabulary::origin::{Address, Origin};
use crate::vocabulary::web_address::{MOST_CHARACTERS, WebAddress};

/// The name of a file whose address has none.
const UNNAMED: &str = "file";

/// The body of `POST /apps/{app}/ingest`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IngestRequest {
    /// The address of the file: https, without a user's name or a password, on the public internet. Redirects are not
    /// followed.
    #[schemars(length(min = 1, max = MOST_CHARACTERS))]
    url: String,
    /// The name of the file, at most 900 bytes of UTF-8; without it the end of the address's path.
    #[schemars(length(min = 1, max = MAX_FILE_NAME_BYTES))]
    name: Option<String>,
    /// The visibility of the media; without it as the app is registered.
    visibility: Option<Visibility>,
    /// A title for people.
    #[schemars(length(min = 1, max = MOST_TITLE))]
    title: Option<String>,
    /// The text for people who do not see the picture.
    #[schemars(length(min = 1, max = MOST_ALT))]
    alt: Option<String>,
    /// Words by which the app finds the media, in its order.
    #[serde(default)]
    #[schemars(length(max = MOST_TAGS), inner(length(min = 1, max = MOST_TAG)))]
    tags: Vec<String>,
    /// Fields of the app's own, with at most 2,048 bytes in all. A name has 1 to 64 of `a-z A-Z 0-9 _ . -`.
    #[serde(default)]
    #[schemars(extend("maxProperties" = MOST_FIELDS))]
    metadata: BTreeMap<String, String>,
    /// The time at which the media expires. It deletes itself within an hour after that.
    #[schemars(with = "Option<Moment>")]
    expires_at: Option<Timestamp>,
}

impl Intake {
    /// Takes an order to fetch a file.
    ///
    /// # Errors
    /// 400 with the field's name, 404 for an unknown app, 409 where nothing is fetched, 429; or a failure on our side, after
    /// which the file may be fetched.
    pub async fn ingest(
        &self,
        app: &AppId,
        request: IngestRequest,
        by: &str,
    ) -> Result<Expected, Refusal> {
        let queue = self.fetches.as_ref().ok_or_else(switched_off)?;
        let address = WebAddress::parse(&request.url, self.reach)
            .map_err(|why| Problem::invalid("url", format!("Give another address: {why}.")))?;
        let name = match &request.name {
            Some(name) => file_name(name)?,
            None => name_of(&address)?,
        };
        let unfit = |unfit: Unfit| Problem::invalid(&unfit.field, unfit.give);
        let description = Description {
            title: request.title,
            alt: request.alt,
            tags: request.tags,
            metadata: request.metadata,
        };
        let declared = Declared {
            description: description.checked().map_err(unfit)?,
            expires_at: expiry::checked(request.expires_at, self.clock.now()).map_err(unfit)?,
        };
        let registered = self.registered(app).await?;
        let order = Order {
            name,
            visibility: request.visibility.unwrap_or(registered.visibility),
            registered: &registered,
            declared,
            origin: Origin::Fetch(Address(address.as_str().to_owned())),
            bytes: 1,
            by,
        };
        self.take(order, &**queue).await
    }
}

/// Returns the name at the end of an address, if a file may have it.
fn name_of(address: &WebAddress) -> Result<FileName, Problem> {
    let decoded = percent_decode_str(address.last_segment()).decode_utf8();
    let decoded = decoded.unwrap_or_default();
    file_name(&decoded).or_else(|_| file_name(UNNAMED))
}

/// 409: the stack fetches nothing.
#[must_use]
pub fn switched_off() -> Problem {
    Problem::conflict(
        "ingest_off",
        "Nothing is fetched on this platform",
        "Upload the file instead, or ask the platform's owner to raise FetchConcurrency from 0.",
    )
}
