//! Tests one contract for every object store: everything that the platform relies on, in memory and on S3.
//!
//! Each check has keys of its own, under an app that no function serves.

mod copies;
mod objects;

use bytes::Bytes;
use dozo::aws::s3::S3Store;
use dozo::memory::clock::MemoryClock;
use dozo::memory::store::MemoryStore;
use dozo::ports::buckets::Buckets;
use dozo::ports::store::{Condition, Headers, ObjectStore, StoreError};
use dozo::vocabulary::etag::ETag;
use dozo::vocabulary::keys::{Bucket, Item, Key, ObjectLocation};
use dozo::vocabulary::kind::Format;
use dozo::vocabulary::names::{AppId, FileName, MediaId, UploadId, Visibility};
use dozo_tests::stack::{Keys, Stack, fresh_app};
use jiff::Timestamp;

use copies::{a_copy_in_parts, a_copy_of_a_version};
use objects::{
    a_delete_of_a_version, a_list_in_pages, a_part, a_put_over_a_version, a_put_where_nothing_is,
    a_read_of_a_version, any_file_name, rivals, versions_to_the_last, what_is_absent,
    what_is_put_comes_back,
};

/// S3's smallest part, in bytes; larger objects are copied in parts here.
const PART_BYTES: u64 = 5 << 20;

#[tokio::test]
async fn in_memory() {
    let clock = MemoryClock::new(1);
    suite(&MemoryStore::default().timed_by(&clock)).await;
}

#[tokio::test]
async fn on_s3() {
    let stack = Stack::running();
    let buckets = Buckets::default()
        .with(Bucket::Records, stack.bucket("records"))
        .with(Bucket::Upload, stack.bucket("upload"))
        .with(Bucket::Delivery, stack.bucket("delivery"))
        .with(Bucket::Backup, stack.bucket("backup"))
        .copying_in_parts_of(PART_BYTES);
    suite(&S3Store::new(&stack.sdk(&Keys::root()), buckets)).await;
}

async fn suite(store: &dyn ObjectStore) {
    let app = AppId::parse(&fresh_app("store")).unwrap();
    what_is_absent(store, &Room::new(&app)).await;
    what_is_put_comes_back(store, &Room::new(&app)).await;
    a_put_where_nothing_is(store, &Room::new(&app)).await;
    a_put_over_a_version(store, &Room::new(&app)).await;
    a_read_of_a_version(store, &Room::new(&app)).await;
    a_part(store, &Room::new(&app)).await;
    a_delete_of_a_version(store, &Room::new(&app)).await;
    a_list_in_pages(store, &Room::new(&app)).await;
    rivals(store, &Room::new(&app)).await;
    any_file_name(store, &Room::new(&app)).await;
    a_copy_of_a_version(store, &Room::new(&app)).await;
    a_copy_in_parts(store, &Room::new(&app)).await;
    versions_to_the_last(store, &Room::new(&app)).await;
}

/// The keys of one upload, which only one check uses.
struct Room {
    app: AppId,
    upload: UploadId,
}

impl Room {
    fn new(app: &AppId) -> Self {
        let app = app.clone();
        let upload = UploadId::new(Timestamp::now(), rand::random());
        Self { app, upload }
    }

    /// A key in DELIVERY; the same key in BACKUP is its backup.
    fn delivered(&self, name: &str) -> ObjectLocation {
        Key::Delivered {
            visibility: Visibility::Private,
            app: self.app.clone(),
            media: MediaId::of(&self.upload, &FileName::new(name).unwrap()),
            item: Item::Original(Format::Png),
        }
        .location()
    }

    fn location(&self, name: &str) -> ObjectLocation {
        let media = MediaId::of(&self.upload, &FileName::new(name).unwrap());
        Key::Media(self.app.clone(), media).location()
    }
}

async fn put_new(store: &dyn ObjectStore, location: &ObjectLocation, body: &'static [u8]) -> ETag {
    let body = Bytes::from_static(body);
    let headers = Headers::default();
    let put = store.put(location, body, &headers, Condition::Absent);
    put.await.unwrap()
}

async fn put_over(
    store: &dyn ObjectStore,
    location: &ObjectLocation,
    body: &'static [u8],
    etag: &ETag,
) -> Result<ETag, StoreError> {
    let body = Bytes::from_static(body);
    let headers = Headers::default();
    let put = store.put(location, body, &headers, Condition::Is(etag));
    put.await
}

fn assert_changed<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Changed)), "{outcome:?}");
}

fn assert_missing<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Missing)), "{outcome:?}");
}
