//! Upload credentials for declared files, granted by the API.

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_s3::config::retry::RetryConfig;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::source::Source;
use crate::args::Described;
use crate::connect::api::{Api, Request, app_path};
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
    /// The region of that bucket.
    pub region: String,
    /// The address of S3, if it is not AWS's.
    pub endpoint: Option<String>,
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

/// A file to declare.
#[derive(Debug, Clone, Copy)]
pub struct Declared<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its size.
    pub bytes: u64,
}

impl<'a> From<&'a Source> for Declared<'a> {
    fn from(source: &'a Source) -> Self {
        Self {
            name: &source.name,
            bytes: source.bytes,
        }
    }
}

impl Ticket {
    /// Asks the API for a grant for files on this machine.
    ///
    /// # Errors
    /// [`Failure`]; a refusal names the file.
    pub async fn ask(
        api: &Api,
        app: &str,
        sources: &[Source],
        described: &Described,
    ) -> Result<Self, Failure> {
        let files: Vec<_> = sources.iter().map(Declared::from).collect();
        let seconds = lifetime(sources);
        let mut answered = Self::declare(api, app, &files, described, seconds).await;
        // Where a platform's credentials are those of a role, they last an hour at most.
        if seconds > SHORTEST_SECONDS && answered.as_ref().is_err_and(is_too_long) {
            answered = Self::declare(api, app, &files, described, SHORTEST_SECONDS).await;
        }
        answered.map_err(|failure| name_the_file(failure, sources))
    }

    /// Asks the API for a grant for these files, whose credentials are valid for so many seconds.
    ///
    /// # Errors
    /// [`Failure`]; [`file_at_fault`] says which file a refusal is about.
    pub async fn declare(
        api: &Api,
        app: &str,
        files: &[Declared<'_>],
        described: &Described,
        seconds: u64,
    ) -> Result<Self, Failure> {
        let path = format!("{}/uploads", app_path(app));
        let request = Request::json("POST", path, &wish(files, described, seconds));
        let ticket: Self = api.read(api.call(&request).await?)?;
        if ticket.files.len() == files.len() {
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

fn wish(files: &[Declared<'_>], described: &Described, seconds: u64) -> Value {
    let file = |file: &Declared<'_>| {
        let mut wish = json!({ "name": file.name, "bytes": file.bytes });
        for (name, value) in [
            ("expires_at", &described.expires_at),
            ("title", &described.title),
            ("alt", &described.alt),
        ] {
            wish = with(wish, name, value.as_deref().map(Value::from));
        }
        let tags = (!described.tags.is_empty()).then(|| described.tags.clone().into());
        let metadata: Map<_, _> = described
            .metadata
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let metadata = (!metadata.is_empty()).then(|| metadata.into());
        with(with(wish, "tags", tags), "metadata", metadata)
    };
    let files: Vec<_> = files.iter().map(file).collect();
    let wish = json!({ "files": files, "duration_seconds": seconds });
    with(wish, "visibility", described.visibility().map(Value::from))
}

/// Adds a field to an object, if there is a value for it.
fn with(mut object: Value, name: &str, value: Option<Value>) -> Value {
    if let (Some(value), Some(fields)) = (value, object.as_object_mut()) {
        fields.insert(name.to_owned(), value);
    }
    object
}

/// Returns the place of the declared file that a refusal is about: `files[3].bytes` is about the fourth one.
#[must_use]
pub fn file_at_fault(failure: &Failure) -> Option<usize> {
    let Failure::Refused(problem) = failure else {
        return None;
    };
    let rest = problem.field.as_deref()?.strip_prefix("files[")?;
    rest.split(']').next()?.parse().ok()
}

/// Puts the path of the file in front of the detail, because the user does not know a field such as `files[3].bytes`.
fn name_the_file(failure: Failure, sources: &[Source]) -> Failure {
    let source = file_at_fault(&failure).and_then(|place| sources.get(place));
    match (failure, source) {
        (Failure::Refused(mut problem), Some(source)) => {
            let path = source.path.to_string_lossy();
            problem.detail = format!("{}: {}", shown(&path), problem.detail);
            Failure::Refused(problem)
        }
        (failure, _) => failure,
    }
}

/// Divides a long list into batches for one grant each.
#[must_use]
pub fn batches<T>(sources: &[T], name: impl Fn(&T) -> &str) -> Vec<&[T]> {
    let mut batches = Vec::new();
    let (mut rest, mut count, mut bytes) = (sources, 0, 0);
    for source in sources {
        let length = name(source).len();
        if count == MOST_FILES || (count > 0 && bytes + length > MOST_NAME_BYTES) {
            let (batch, others) = rest.split_at(count);
            batches.push(batch);
            (rest, count, bytes) = (others, 0, 0);
        }
        count += 1;
        bytes += length;
    }
    batches.push(rest);
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::problem::Problem;
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
            batches(sources, |source| &source.name)
                .into_iter()
                .map(<[Source]>::len)
                .collect()
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
        let files: Vec<_> = sources.iter().map(Declared::from).collect();
        let plain = wish(&files, &Described::default(), 3_600);
        assert_eq!(
            plain,
            json!({"files": [{"name": "0.jpg", "bytes": 1}], "duration_seconds": 3_600})
        );
        let described = Described {
            private: true,
            expires_at: Some("2031-01-31T12:00:00Z".to_owned()),
            alt: Some("A lake".to_owned()),
            tags: vec!["lake".to_owned()],
            metadata: vec![("sku".to_owned(), "7".to_owned())],
            ..Described::default()
        };
        assert_eq!(
            wish(&files, &described, 3_600),
            json!({"files": [{"name": "0.jpg", "bytes": 1, "expires_at": "2031-01-31T12:00:00Z", "alt": "A lake",
                              "tags": ["lake"], "metadata": {"sku": "7"}}],
                   "duration_seconds": 3_600, "visibility": "private"})
        );
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
