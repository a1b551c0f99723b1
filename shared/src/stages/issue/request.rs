//! The request for upload credentials, and its validation.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::platform::body::Object;
use crate::platform::problem::Problem;
use crate::vocabulary::description::{
    Description, MOST_ALT, MOST_FIELDS, MOST_TAG, MOST_TAGS, MOST_TITLE, Unfit,
};
use crate::vocabulary::expiry::{self, Declared};
use crate::vocabulary::moment::Moment;
use crate::vocabulary::names::{FileName, MAX_FILE_NAME_BYTES, Visibility};
use crate::vocabulary::quota::Used;

/// The shortest duration that STS issues, in seconds.
const MIN_SECONDS: u32 = 900;

/// The longest duration that STS issues for a user's key, of which the platform makes use, in seconds.
const MAX_SECONDS: u32 = 43_200;

/// The duration in seconds if the caller gives none.
const DEFAULT_SECONDS: u32 = 3_600;

/// The maximum number of files that can be declared with one grant.
const MAX_FILES: usize = 1_000;

/// The maximum length of a media type, in bytes.
const MAX_CONTENT_TYPE_BYTES: usize = 128;

/// The body of `POST /apps/{app}/uploads`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UploadRequest")]
pub struct TokenRequest {
    /// The visibility of all media of the upload; without it that of the app.
    pub(super) visibility: Option<Visibility>,
    /// How long the credentials are valid, in seconds; 3,600 at most where the platform has no IAM user.
    #[schemars(range(min = MIN_SECONDS, max = MAX_SECONDS), extend("default" = DEFAULT_SECONDS))]
    pub(super) duration_seconds: Option<u32>,
    /// The files that will be uploaded. When files are declared, no other name is accepted with these credentials.
    #[schemars(length(min = 1, max = MAX_FILES))]
    pub(super) files: Option<Vec<Object<RequestedFile>>>,
}

/// A file that will be uploaded.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DeclaredFile")]
pub(super) struct RequestedFile {
    /// The name of the file, at most 900 bytes of UTF-8, each name once.
    #[schemars(length(min = 1, max = MAX_FILE_NAME_BYTES))]
    pub(super) name: String,
    /// The size of the file. If it is given, the presigned address accepts exactly this size.
    #[schemars(range(min = 1))]
    pub(super) bytes: Option<u64>,
    /// The media type that the presigned address is for, such as `image/jpeg`. What the file is, its bytes say.
    #[schemars(length(max = MAX_CONTENT_TYPE_BYTES), regex(pattern = "^[ -~]*/[ -~]*$"))]
    pub(super) content_type: Option<String>,
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

/// Returns the duration in seconds, which is `longest` at most.
pub(super) fn duration(request: &TokenRequest, longest: u32) -> Result<u32, Problem> {
    let seconds = request.duration_seconds.unwrap_or(DEFAULT_SECONDS);
    if (MIN_SECONDS..=longest).contains(&seconds) {
        return Ok(seconds);
    }
    Err(Problem::invalid(
        "duration_seconds",
        format!("Give {MIN_SECONDS} to {longest} seconds."),
    ))
}

/// Validates the declared files and returns their names, or `None` if no files were declared.
pub(super) fn declared(
    request: &TokenRequest,
    most_bytes: u64,
) -> Result<Option<Vec<String>>, Problem> {
    let Some(files) = &request.files else {
        return Ok(None);
    };
    if files.is_empty() || files.len() > MAX_FILES {
        return Err(Problem::invalid(
            "files",
            format!("Declare 1 to {MAX_FILES} files, or omit the field."),
        ));
    }
    let mut names = Vec::with_capacity(files.len());
    let mut seen = HashSet::with_capacity(files.len());
    for (place, file) in files.iter().enumerate() {
        let field = |name: &str| format!("files[{place}].{name}");
        let name = FileName::new(&file.name).ok_or_else(|| empty_name(place))?;
        if name.is_too_long() {
            return Err(Problem::invalid(
                &field("name"),
                format!("Give a name of at most {MAX_FILE_NAME_BYTES} bytes."),
            ));
        }
        if !seen.insert(&file.name) {
            let detail = "Declare each name once: the second file would overwrite the first.";
            return Err(Problem::invalid(&field("name"), detail));
        }
        if file
            .bytes
            .is_some_and(|bytes| bytes == 0 || bytes > most_bytes)
        {
            let detail = format!("The app accepts files of 1 to {most_bytes} bytes.");
            return Err(Problem::invalid(&field("bytes"), detail));
        }
        if file
            .content_type
            .as_ref()
            .is_some_and(|value| !is_content_type(value))
        {
            return Err(Problem::invalid(
                &field("content_type"),
                "Give a media type such as image/jpeg.",
            ));
        }
        names.push(file.name.clone());
    }
    Ok(Some(names))
}

/// Validates what is said about the declared files, and returns it by their names.
pub(super) fn said(
    request: &TokenRequest,
    now: Timestamp,
) -> Result<BTreeMap<String, Declared>, Problem> {
    let files = request.files.as_deref().unwrap_or_default();
    let mut said = BTreeMap::new();
    for (place, file) in files.iter().enumerate() {
        let description = Description {
            title: file.title.clone(),
            alt: file.alt.clone(),
            tags: file.tags.clone(),
            metadata: file.metadata.clone(),
        };
        let unfit =
            |unfit: Unfit| Problem::invalid(&format!("files[{place}].{}", unfit.field), unfit.give);
        let declared = Declared {
            description: description.checked().map_err(unfit)?,
            expires_at: expiry::checked(file.expires_at, now).map_err(unfit)?,
        };
        if declared != Declared::default() {
            said.insert(file.name.clone(), declared);
        }
    }
    Ok(said)
}

/// Returns how much the caller declared. Undeclared files count as one file, and undeclared sizes as one byte.
pub(super) fn amount(request: &TokenRequest) -> Used {
    let files = request.files.as_deref().unwrap_or_default();
    let bytes = files.iter().fold(0_u64, |sum, file| {
        sum.saturating_add(file.bytes.unwrap_or(1))
    });
    Used {
        media: u64::try_from(files.len()).unwrap_or(u64::MAX).max(1),
        bytes: bytes.max(1),
    }
}

pub(super) fn empty_name(place: usize) -> Problem {
    Problem::invalid(
        &format!("files[{place}].name"),
        "Give a name that is not empty.",
    )
}

/// Checks that the value is a harmless header value. Validation finds out later what the file really is.
fn is_content_type(value: &str) -> bool {
    value.len() <= MAX_CONTENT_TYPE_BYTES
        && value.contains('/')
        && value.bytes().all(|byte| matches!(byte, b'!'..=b'~' | b' '))
}
