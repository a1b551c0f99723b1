//! Tests how objects are copied.

use std::collections::BTreeMap;

use bytes::Bytes;
use dozo::ports::store::{Condition, Headers, Listed, ObjectStore};
use dozo::vocabulary::keys::{Bucket, ObjectLocation};

use crate::store::{PART_BYTES, Room, assert_changed, assert_missing, put_over};

async fn seen(store: &dyn ObjectStore, location: &ObjectLocation) -> Listed {
    let info = store.head(location).await.unwrap().unwrap();
    Listed {
        location: location.clone(),
        etag: info.etag,
        bytes: info.bytes,
        written_at: None,
    }
}

fn headers(content_type: &str) -> Headers {
    Headers {
        content_type: Some(content_type.to_owned()),
        cache_control: Some("public, max-age=300".to_owned()),
        content_disposition: Some("inline".to_owned()),
        metadata: BTreeMap::from([("cache-tag".to_owned(), "media-x".to_owned())]),
    }
}

pub(crate) async fn a_copy_of_a_version(store: &dyn ObjectStore, room: &Room) {
    let from = room.delivered("a b+c%20猫.png");
    let to = from.in_bucket(Bucket::Backup);
    let body = Bytes::from_static(b"first");
    let own = headers("image/png");
    let put = store.put(&from, body, &own, Condition::Absent);
    put.await.unwrap();
    let first = seen(store, &from).await;
    for (headers_of_copy, wanted) in [
        (None, headers("image/png")),
        (Some(headers("text/plain")), headers("text/plain")),
    ] {
        let copy = store.copy(&first, &to, headers_of_copy.as_ref());
        copy.await.unwrap();
        let copied = store.get(&to, None).await.unwrap();
        assert_eq!(
            (&copied.body[..], copied.info.headers),
            (&b"first"[..], wanted)
        );
    }
    put_over(store, &from, b"second", &first.etag)
        .await
        .unwrap();
    assert_changed(&store.copy(&first, &to, None).await);
    let second = seen(store, &from).await;
    store.delete(&from, &second.etag).await.unwrap();
    assert_missing(&store.copy(&second, &to, None).await);
    assert_eq!(&store.get(&to, None).await.unwrap().body[..], b"first");
}

pub(crate) async fn a_copy_in_parts(store: &dyn ObjectStore, room: &Room) {
    let from = room.delivered("large");
    let to = from.in_bucket(Bucket::Backup);
    let large = usize::try_from(PART_BYTES).unwrap() * 2 + 1;
    let body: Bytes = (0..large).map(|n| n.to_le_bytes()[n % 3]).collect();
    let own = headers("image/png");
    let put = store.put(&from, body.clone(), &own, Condition::Absent);
    put.await.unwrap();
    let first = seen(store, &from).await;
    store.copy(&first, &to, None).await.unwrap();
    let copied = store.get(&to, None).await.unwrap();
    assert!(copied.body == body && copied.info.headers == headers("image/png"));
    put_over(store, &from, b"second", &first.etag)
        .await
        .unwrap();
    assert_changed(&store.copy(&first, &to, None).await);
    assert!(store.get(&to, None).await.unwrap().body == body);
}
