//! Uploads many small, different pictures at once, and checks the outcome of each.
//!
//! Reads the buckets directly as the account's root instead of calling the API: thousands of calls of a function would
//! be most of the load.

use std::collections::BTreeMap;
use std::io::Cursor;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use dozo::vocabulary::keys::{Bucket, Item, Key};
use dozo::vocabulary::names::{AppId, MediaId};
use dozo::vocabulary::record::{MediaRecord, What};
use dozo::vocabulary::state::State;
use futures_util::StreamExt;
use futures_util::stream;
use image::{ImageFormat, RgbImage};
use jiff::Timestamp;

use crate::stack::{Grant, Keys, PATIENCE, Stack, until};

/// Reads of the buckets that run at the same time.
const LOOKS_AT_ONCE: usize = 8;

/// The sides of a picture in pixels; its file is smaller than the requests that carry it.
const SIDE: u32 = 8;

/// Pictures to upload.
#[derive(Debug)]
pub struct Crowd {
    files: Vec<(Grant, String, Bytes)>,
}

/// Pictures that were uploaded.
#[derive(Debug)]
pub struct Sent {
    files: Vec<Uploaded>,
}

/// An uploaded picture.
#[derive(Debug)]
pub struct Uploaded {
    /// The app that it was uploaded for.
    pub app: AppId,
    /// The media that it becomes.
    pub media: MediaId,
    /// The uploaded bytes, which are also delivered: there is no metadata to remove.
    pub body: Bytes,
    /// The time at which S3's answer had arrived.
    pub answered: Timestamp,
}

impl Crowd {
    /// Makes this many pictures, spread evenly over the grants.
    #[must_use]
    pub fn of(grants: &[Grant], count: usize) -> Self {
        let files = (0..).zip(grants.iter().cycle()).take(count);
        let files = files.map(|(number, grant)| {
            let name = format!("{number}.png");
            (grant.clone(), name, picture(number))
        });
        Self {
            files: files.collect(),
        }
    }

    /// Takes this file alone.
    #[must_use]
    pub fn of_file(grant: &Grant, name: &str, body: Bytes) -> Self {
        Self {
            files: vec![(grant.clone(), name.to_owned(), body)],
        }
    }

    /// Splits into crowds of one picture each.
    #[must_use]
    pub fn singly(self) -> Vec<Self> {
        let alone = |file| Self { files: vec![file] };
        self.files.into_iter().map(alone).collect()
    }

    /// Uploads all pictures, `at_once` at a time; each grant's pictures go through a client of their own.
    ///
    /// # Panics
    /// Panics if one is refused.
    pub async fn send(self, at_once: usize, client: impl Fn(&Grant) -> Client) -> Sent {
        let mut clients = BTreeMap::new();
        for (grant, ..) in &self.files {
            clients
                .entry(grant.upload.clone())
                .or_insert_with(|| client(grant));
        }
        let uploads = self.files.into_iter().map(|(grant, name, body)| {
            let client = clients.get(&grant.upload).unwrap().clone();
            upload(client, grant, name, body)
        });
        let sent = stream::iter(uploads).buffer_unordered(at_once);
        Sent {
            files: sent.collect().await,
        }
    }
}

async fn upload(client: Client, grant: Grant, name: String, body: Bytes) -> Uploaded {
    let put = client
        .put_object()
        .bucket(&grant.bucket)
        .key(grant.key(&name))
        .body(ByteStream::from(body.clone()));
    if let Err(error) = put.send().await {
        panic!("put {name}: {error:?}");
    }
    let answered = Timestamp::now();
    let app = grant.answer.get("app").and_then(|app| app.as_str());
    Uploaded {
        app: AppId::parse(app.unwrap_or_default()).unwrap(),
        media: grant.media(&name),
        body,
        answered,
    }
}

impl Sent {
    /// Returns the uploaded pictures in the order of S3's answers.
    #[must_use]
    pub fn files(&self) -> &[Uploaded] {
        &self.files
    }

    /// Waits until all are ready. Returns their records in the order of [`Self::files`].
    ///
    /// # Panics
    /// Panics if a media is rejected or has failed, or is not ready within [`PATIENCE`].
    pub async fn all_ready(&self, stack: &Stack) -> Vec<MediaRecord> {
        let client = stack.s3(&Keys::root());
        let looks = self.files.iter().map(|file| file.ready(stack, &client));
        stream::iter(looks).buffered(LOOKS_AT_ONCE).collect().await
    }

    /// Asserts that each picture was published once, exactly as uploaded, and that nothing else is delivered for its
    /// app.
    ///
    /// # Panics
    /// Panics if that does not hold.
    pub async fn assert_published_once(&self, stack: &Stack, records: &[MediaRecord]) {
        assert_eq!(records.len(), self.files.len());
        for record in records {
            let ready = record.history.iter().filter(|e| e.what == What::Ready);
            assert_eq!(ready.count(), 1, "{record:?}");
        }
        let mut expected: Vec<_> = records.iter().map(delivered).collect();
        let mut found = Vec::new();
        let mut prefixes: Vec<_> = records
            .iter()
            .map(|record| format!("{}/{}/", record.visibility.as_str(), record.app))
            .collect();
        prefixes.sort();
        prefixes.dedup();
        for prefix in prefixes {
            found.extend(stack.all_keys("delivery", &prefix).await);
        }
        expected.sort();
        found.sort();
        assert_eq!(found, expected);

        let client = stack.s3(&Keys::root());
        let reads = self.files.iter().zip(records).map(|(file, record)| {
            let read = read(&client, stack.bucket("delivery"), delivered(record));
            async move { (file, read.await) }
        });
        let mut reads = stream::iter(reads).buffer_unordered(LOOKS_AT_ONCE);
        while let Some((file, bytes)) = reads.next().await {
            assert!(
                bytes.as_ref() == Some(&file.body),
                "{}: other bytes",
                file.media
            );
        }
    }
}

impl Uploaded {
    async fn ready(&self, stack: &Stack, client: &Client) -> MediaRecord {
        let key = Key::Media(self.app.clone(), self.media.clone()).to_string();
        let what = format!("{} to be ready", self.media);
        until(&what, PATIENCE, || async {
            let found = read(client, stack.bucket("records"), key.clone()).await?;
            let record: MediaRecord = serde_json::from_slice(&found).unwrap();
            assert!(
                !matches!(record.state, State::Rejected | State::Failed),
                "{record:?}"
            );
            Some(record).filter(|record| record.state == State::Ready)
        })
        .await
    }
}

fn delivered(record: &MediaRecord) -> String {
    let Some(content) = &record.content else {
        panic!("ready without content: {record:?}");
    };
    let key = Key::Delivered {
        visibility: record.visibility,
        app: record.app.clone(),
        media: record.media.clone(),
        item: Item::Original(content.format),
    };
    debug_assert_eq!(key.bucket(), Bucket::Delivery);
    key.to_string()
}

async fn read(client: &Client, bucket: &str, key: String) -> Option<Bytes> {
    match client.get_object().bucket(bucket).key(&key).send().await {
        Ok(object) => Some(object.body.collect().await.unwrap().into_bytes()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => None,
        Err(error) => panic!("get {bucket}/{key}: {error:?}"),
    }
}

/// Makes a PNG that differs for each number: its first pixels contain the number.
///
/// # Panics
/// Never, because a picture of this size can be encoded.
#[must_use]
pub fn picture(number: u32) -> Bytes {
    let mut pixels = RgbImage::new(SIDE, SIDE);
    let digits = number.to_be_bytes().into_iter().chain([7]).cycle();
    pixels
        .iter_mut()
        .zip(digits)
        .for_each(|(channel, digit)| *channel = digit);
    let mut file = Cursor::new(Vec::new());
    pixels.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_pictures_are_alike() {
        let mut all: Vec<_> = (0..2_000).map(picture).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 2_000);
    }
}
