//! Upload credentials for declared files, granted by the API.

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_s3::config::retry::RetryConfig;
use serde::Deserialize;
use serde_json::{Value, json};

use super::source::Source;
use crate::connect::api::{Api, Request, app_path};
use crate::connect::problem::Problem;
use crate::failure::Failure;
use crate::say::shown::shown;

/// The most files of one grant: the API takes 1,000.
const MOST_FILES: usize = 1_000;

/// The most bytes of names in one grant: the API reads a body of 256 KiB, and each name adds some 60 bytes of JSON.
const MOST_NAME_BYTES: usize = 128 * 1024;

/// The slowest connection, in bytes per second, on which an upload finishes before its credentials expire.
const SLOWEST: u64 = 250_000;

/// The range of lifetimes to ask for, in seconds. Shorter ones are of no use, and longer ones are not granted.
const SHORTEST_SECONDS: u64 = 3_600;
const LONGEST_SECONDS: u64 = 43_200;

/// Tries of one request to S3, with the SDK's own backoff in between, because a laptop may change networks.
const S3_ATTEMPTS: u32 = 6;

/// A grant.
#[derive(Clone, Deserialize)]
pub struct Ticket {
    #[serde(rename = "AccessKeyId")]
    access_key_id: String,
    #[serde(rename = "SecretAccessKey")]
    secret_access_key: String,
    #[serde(rename = "SessionToken")]
    session_token: String,
    /// The upload's id.
    pub upload: String,
    /// The bucket to upload to.
    pub bucket: String,
    region: String,
    endpoint: Option<String>,
    /// The files in the order in which they were declared.
    pub files: Vec<Granted>,
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket")
            .field("upload", &self.upload)
            .finish_non_exhaustive()
    }
}

/// The part of a grant that is about one declared file.
#[derive(Debug, Clone, Deserialize)]
pub struct Granted {
    /// The key to upload it to.
    pub key: String,
    /// The media that it becomes.
    pub media: String,
}

/// What holds for all files of a grant; what is not said is as the app is registered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms<'a> {
    /// `public` or `private`.
    pub visibility: Option<&'a str>,
    /// When the media delete themselves.
    pub expires_at: Option<&'a str>,
}

impl Ticket {
    /// Asks the API for a grant.
    ///
    /// # Errors
    /// [`Failure`]; a refusal names the file.
    pub async fn ask(
        api: &Api,
        app: &str,
        sources: &[Source],
        terms: Terms<'_>,
    ) -> Result<Self, Failure> {
        let path = format!("{}/uploads", app_path(app));
        let request = |seconds| Request::json("POST", path.clone(), &wish(sources, terms, seconds));
        let seconds = lifetime(sources);
        let mut answered = api.call(&request(seconds)).await;
        // Where a platform's credentials are those of a role, they last an hour at most.
        if seconds > SHORTEST_SECONDS && answered.as_ref().is_err_and(is_too_long) {
            answered = api.call(&request(SHORTEST_SECONDS)).await;
        }
        let answer = answered.map_err(|failure| name_the_file(failure, sources))?;
        let ticket: Self = api.read(answer)?;
        if ticket.files.len() == sources.len() {
            Ok(ticket)
        } else {
            Err(Failure::Strange {
                what: "the API".to_owned(),
                cause: "it does not grant the files that were declared".to_owned(),
            })
        }
    }

    /// Returns a client of S3 with the ticket's credentials.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let credentials = Credentials::new(
            &self.access_key_id,
            &self.secret_access_key,
            Some(self.session_token.clone()),
            None,
            "upload grant",
        );
        let mut config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(credentials)
            .retry_config(RetryConfig::standard().with_max_attempts(S3_ATTEMPTS));
        if let Some(endpoint) = &self.endpoint {
            // An S3 service outside AWS has no host name for each bucket.
            config = config.endpoint_url(endpoint).force_path_style(true);
        }
        aws_sdk_s3::Client::from_conf(config.build())
    }
}

fn is_too_long(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(problem) if problem.field.as_deref() == Some("duration_seconds"))
}

/// Returns the lifetime to ask for, in seconds.
fn lifetime(sources: &[Source]) -> u64 {
    let bytes = sources
        .iter()
        .fold(0_u64, |sum, source| sum.saturating_add(source.bytes));
    (bytes / SLOWEST).clamp(SHORTEST_SECONDS, LONGEST_SECONDS)
}

fn wish(sources: &[Source], terms: Terms<'_>, seconds: u64) -> Value {
    let file = |source: &Source| {
        let file = json!({ "name": source.name, "bytes": source.bytes });
        with(file, "expires_at", terms.expires_at)
    };
    let files: Vec<_> = sources.iter().map(file).collect();
    let wish = json!({ "files": files, "duration_seconds": seconds });
    with(wish, "visibility", terms.visibility)
}

/// Adds a field to an object, if there is a value for it.
fn with(mut object: Value, name: &str, value: Option<&str>) -> Value {
    if let (Some(value), Some(fields)) = (value, object.as_object_mut()) {
        fields.insert(name.to_owned(), value.into());
    }
    object
}

/// Puts the path of the file in front of the detail, because the user does not know a field such as `files[3].bytes`.
fn name_the_file(failure: Failure, sources: &[Source]) -> Failure {
    let Failure::Refused(problem) = failure else {
        return failure;
    };
    let source = problem
        .field
        .as_deref()
        .and_then(|field| field.strip_prefix("files["))
        .and_then(|rest| rest.split(']').next()?.parse::<usize>().ok())
        .and_then(|place| sources.get(place));
    let detail = match source {
        Some(source) => {
            format!(
                "{}: {}",
                shown(&source.path.to_string_lossy()),
                problem.detail
            )
        }
        None => problem.detail.clone(),
    };
    Failure::Refused(Box::new(Problem { detail, ..*problem }))
}

/// Divides a long list into batches for one grant each.
#[must_use]
pub fn batches(sources: &[Source]) -> Vec<&[Source]> {
    let mut batches = Vec::new();
    let (mut rest, mut count, mut bytes) = (sources, 0, 0);
    for source in sources {
        let longer = bytes + source.name.len();
        if count == MOST_FILES || (count > 0 && longer > MOST_NAME_BYTES) {
            let (batch, others) = rest.split_at(count);
            batches.push(batch);
            (rest, count, bytes) = (others, 0, 0);
        }
        count += 1;
        bytes += source.name.len();
    }
    batches.push(rest);
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::source::look;

    fn sources(count: usize, name: &str) -> (tempfile::TempDir, Vec<Source>) {
        let directory = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (0..count)
            .map(|n| directory.path().join(format!("{n}{name}")))
            .collect();
        for path in &paths {
            std::fs::write(path, "x").unwrap();
        }
        let sources = look(&paths).unwrap();
        (directory, sources)
    }

    #[test]
    fn many_files_are_granted_in_batches() {
        let sizes = |sources: &[Source]| -> Vec<usize> {
            batches(sources).into_iter().map(<[Source]>::len).collect()
        };
        let (_directory, few) = sources(3, "");
        assert_eq!(sizes(&few), [3]);
        let (_directory, many) = sources(2_001, "");
        assert_eq!(sizes(&many), [1_000, 1_000, 1]);
        let (_directory, long) = sources(600, &"x".repeat(246));
        let sizes = sizes(&long);
        assert_eq!(sizes.iter().sum::<usize>(), 600);
        assert!(sizes.len() == 2, "{sizes:?}");
    }

    #[test]
    fn what_is_not_said_is_not_asked_for() {
        let (_directory, sources) = sources(1, ".jpg");
        let plain = wish(&sources, Terms::default(), 3_600);
        assert_eq!(
            plain,
            json!({"files": [{"name": "0.jpg", "bytes": 1}], "duration_seconds": 3_600})
        );
        let terms = Terms {
            visibility: Some("private"),
            expires_at: Some("2031-01-31T12:00:00Z"),
        };
        let said = wish(&sources, terms, 3_600);
        assert_eq!(said["visibility"], "private");
        assert_eq!(said["files"][0]["expires_at"], "2031-01-31T12:00:00Z");
    }

    #[test]
    fn credentials_outlive_a_slow_line() {
        let (_directory, mut sources) = sources(1, ".mp4");
        assert_eq!(lifetime(&sources), 3_600);
        sources[0].bytes = 5_000_000_000;
        assert_eq!(lifetime(&sources), 20_000);
        sources[0].bytes = u64::MAX;
        assert_eq!(lifetime(&sources), 43_200);
    }

    #[test]
    fn a_refusal_names_the_file() {
        let (_directory, sources) = sources(2, ".jpg");
        let refuse = |field: &str| {
            let problem = Problem {
                field: Some(field.to_owned()),
                detail: "Too big.".to_owned(),
                ..Problem::default()
            };
            name_the_file(Failure::Refused(Box::new(problem)), &sources).to_string()
        };
        assert!(refuse("files[1].bytes").contains("1.jpg: Too big."));
        assert!(!refuse("files[9].bytes").contains(".jpg"));
        assert!(!refuse("duration_seconds").contains(".jpg"));
    }
}
