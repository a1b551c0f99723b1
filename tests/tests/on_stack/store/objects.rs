//! Tests how objects are written, read, listed and deleted, and on which conditions.

use std::collections::BTreeMap;

use bytes::Bytes;
use dozo::ports::store::{Condition, Headers, ObjectStore, StoreError};
use dozo::vocabulary::etag::ETag;
use dozo::vocabulary::keys::{Bucket, Key, Prefix};
use dozo::vocabulary::names::{FileName, MediaId, Visibility};
use futures_util::TryStreamExt;
use futures_util::future::join_all;

use crate::store::{Room, assert_changed, assert_missing, put_new, put_over};

/// Writers that compete at the same time.
const RIVALS: usize = 8;

pub(crate) async fn what_is_absent(store: &dyn ObjectStore, room: &Room) {
    let location = room.location("a");
    let never = ETag::new("0123456789abcdef0123456789abcdef");
    assert_eq!(store.head(&location).await.unwrap(), None);
    assert_missing(&store.get(&location, None).await);
    assert_missing(&store.get(&location, Some(&never)).await);
    assert_missing(&store.get_range(&location, 0..1, Some(&never)).await);
    assert_missing(&put_over(store, &location, b"x", &never).await);
    store.delete(&location, &never).await.unwrap();
    let prefix = Prefix::media_of_upload(&room.app, &room.upload);
    let listing = store.list(&prefix, None, 10).await.unwrap();
    assert_eq!((listing.objects.len(), listing.more), (0, false));
}

pub(crate) async fn what_is_put_comes_back(store: &dyn ObjectStore, room: &Room) {
    let large: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let metadata = [("cache-tag", "media-x,app-y"), ("source", "0123")];
    let headers = Headers {
        content_type: Some("image/png".to_owned()),
        cache_control: Some("public, max-age=300, s-maxage=31536000".to_owned()),
        content_disposition: Some(
            "inline; filename=\"_.png\"; filename*=UTF-8''%E7%8C%AB.png".to_owned(),
        ),
        metadata: BTreeMap::from(metadata.map(|(name, value)| (name.into(), value.into()))),
    };
    for (name, body) in [("empty", vec![]), ("large", large)] {
        let (location, body) = (room.location(name), Bytes::from(body));
        let put = store.put(&location, body.clone(), &headers, Condition::Absent);
        let etag = put.await.unwrap();
        let info = store.head(&location).await.unwrap().unwrap();
        assert_eq!(info.etag, etag);
        assert_eq!(usize::try_from(info.bytes).unwrap(), body.len());
        assert_eq!(info.headers, headers);
        let mut coming = store.open(&location, None).await.unwrap();
        assert_eq!(coming.info, info);
        let first = coming.pieces.try_next().await.unwrap().unwrap_or_default();
        assert!(body.starts_with(&first) && first.is_empty() == body.is_empty());
        // Nobody reads the rest.
        drop(coming);
        let object = store.get(&location, None).await.unwrap();
        assert!(object.body == body && object.info == info, "{name}");
    }
}

pub(crate) async fn a_put_where_nothing_is(store: &dyn ObjectStore, room: &Room) {
    let location = room.location("a");
    let etag = put_new(store, &location, b"first").await;
    let (second, headers) = (Bytes::from_static(b"second"), Headers::default());
    let again = store.put(&location, second, &headers, Condition::Absent);
    assert_changed(&again.await);
    let object = store.get(&location, None).await.unwrap();
    assert_eq!((&object.body[..], object.info.etag), (&b"first"[..], etag));
}

pub(crate) async fn a_put_over_a_version(store: &dyn ObjectStore, room: &Room) {
    let location = room.location("a");
    let first = put_new(store, &location, b"first").await;
    let second = put_over(store, &location, b"second", &first).await.unwrap();
    assert_ne!(first, second);
    assert_changed(&put_over(store, &location, b"third", &first).await);
    let object = store.get(&location, Some(&second)).await.unwrap();
    assert_eq!(&object.body[..], b"second");
    store.delete(&location, &second).await.unwrap();
    assert_missing(&put_over(store, &location, b"third", &second).await);
}

pub(crate) async fn a_read_of_a_version(store: &dyn ObjectStore, room: &Room) {
    let location = room.location("a");
    let first = put_new(store, &location, b"first").await;
    assert!(store.get(&location, Some(&first)).await.is_ok());
    let second = put_over(store, &location, b"second", &first).await.unwrap();
    assert_changed(&store.get(&location, Some(&first)).await);
    assert_changed(&store.get_range(&location, 0..3, Some(&first)).await);
    assert_eq!(
        &store
            .get_range(&location, 0..3, Some(&second))
            .await
            .unwrap()
            .body[..],
        b"sec"
    );
}

pub(crate) async fn a_part(store: &dyn ObjectStore, room: &Room) {
    let location = room.location("a");
    let etag = put_new(store, &location, b"0123456789").await;
    for (range, part) in [
        (0..1, &b"0"[..]),
        (0..10, b"0123456789"),
        (3..7, b"3456"),
        (9..10, b"9"),
        (7..99, b"789"),
        (0..u64::MAX, b"0123456789"),
    ] {
        for if_match in [None, Some(&etag)] {
            let read = store.get_range(&location, range.clone(), if_match);
            let read = read.await.unwrap();
            assert_eq!(&read.body[..], part, "{range:?}");
            assert_eq!(
                (&read.info.etag, read.info.bytes),
                (&etag, 10),
                "of the whole"
            );
        }
    }
}

pub(crate) async fn a_delete_of_a_version(store: &dyn ObjectStore, room: &Room) {
    let location = room.location("a");
    let first = put_new(store, &location, b"first").await;
    let second = put_over(store, &location, b"second", &first).await.unwrap();
    assert_changed(&store.delete(&location, &first).await);
    assert!(store.head(&location).await.unwrap().is_some());
    store.delete(&location, &second).await.unwrap();
    assert_eq!(store.head(&location).await.unwrap(), None);
    store.delete(&location, &second).await.unwrap();
    let anew = put_new(store, &location, b"third").await;
    assert!(store.get(&location, Some(&anew)).await.is_ok());
}

pub(crate) async fn a_list_in_pages(store: &dyn ObjectStore, room: &Room) {
    let mut wanted = Vec::new();
    for n in 0..7 {
        let location = room.location(&n.to_string());
        put_new(store, &location, b"x").await;
        wanted.push(location.key().to_owned());
    }
    wanted.sort_unstable();
    // The list must contain neither another upload's objects nor removed ones.
    let other = Room::new(&room.app);
    put_new(store, &other.location("0"), b"x").await;
    let gone = put_new(store, &room.location("gone"), b"x").await;
    store.delete(&room.location("gone"), &gone).await.unwrap();
    let prefix = Prefix::media_of_upload(&room.app, &room.upload);
    for limit in [1_u16, 3, 6, 7, 8, 1_000] {
        let (mut keys, mut pages) = (Vec::<String>::new(), 0);
        loop {
            let after = keys.last().cloned();
            let page = store.list(&prefix, after.as_deref(), limit).await.unwrap();
            assert!(page.objects.len() <= usize::from(limit), "{limit}");
            assert!(
                page.objects
                    .iter()
                    .all(|object| object.written_at.is_some())
            );
            keys.extend(page.keys().map(str::to_owned));
            pages += 1;
            if !page.more {
                break;
            }
        }
        assert_eq!(keys, wanted, "{limit}");
        assert_eq!(pages, wanted.len().div_ceil(usize::from(limit)), "{limit}");
    }
}

/// If several writers use the same condition at once, one succeeds, and its bytes are kept.
pub(crate) async fn rivals(store: &dyn ObjectStore, room: &Room) {
    let location = room.location("a");
    let bodies: Vec<_> = (0..RIVALS)
        .map(|n| Bytes::from(format!("rival {n}")))
        .collect();
    let headers = Headers::default();
    let mut current: Option<ETag> = None;
    for _ in 0..3 {
        let condition = current.as_ref().map_or(Condition::Absent, Condition::Is);
        let puts = bodies
            .iter()
            .map(|body| store.put(&location, body.clone(), &headers, condition));
        let outcomes = join_all(puts).await;
        let won: Vec<_> = outcomes
            .iter()
            .enumerate()
            .filter(|(_, put)| put.is_ok())
            .collect();
        assert_eq!(won.len(), 1, "{outcomes:?}");
        let lost = |put: &Result<ETag, StoreError>| {
            matches!(put, Ok(_) | Err(StoreError::Changed | StoreError::Conflict))
        };
        assert!(outcomes.iter().all(lost), "{outcomes:?}");
        let object = store.get(&location, None).await.unwrap();
        assert_eq!(object.body, bodies[won[0].0]);
        assert_eq!(&object.info.etag, won[0].1.as_ref().unwrap());
        // The next round overwrites a version that none of the rivals wrote.
        current = Some(
            put_over(store, &location, b"between", &object.info.etag)
                .await
                .unwrap(),
        );
    }
}

pub(crate) async fn any_file_name(store: &dyn ObjectStore, room: &Room) {
    for name in [
        "a b+c%20&d=e?f#g",
        "..",
        "a//b/../c",
        "猫/\u{200f}😀",
        "line\nbreak",
        "cafe\u{301}",
    ] {
        let file = Key::Uploaded {
            app: room.app.clone(),
            upload: room.upload.clone(),
            name: FileName::new(name).unwrap(),
        };
        let location = file.location();
        let etag = put_new(store, &location, b"x").await;
        assert!(store.head(&location).await.unwrap().is_some(), "{name:?}");
        assert_eq!(
            &store.get(&location, Some(&etag)).await.unwrap().body[..],
            b"x"
        );
        store.delete(&location, &etag).await.unwrap();
    }
}

/// An object deleted in BACKUP is still there until its versions are erased.
pub(crate) async fn versions_to_the_last(store: &dyn ObjectStore, room: &Room) {
    let location = room.delivered("a").in_bucket(Bucket::Backup);
    let media = MediaId::of(&room.upload, &FileName::new("a").unwrap());
    let prefix = Prefix::delivered(Bucket::Backup, Visibility::Private, &room.app, &media);
    let first = put_new(store, &location, b"first").await;
    let second = put_over(store, &location, b"second", &first).await.unwrap();
    assert_eq!(store.versions(&prefix, None).await.unwrap().len(), 2);
    store.delete(&location, &second).await.unwrap();
    assert_eq!(store.head(&location).await.unwrap(), None);
    let versions = store.versions(&prefix, None).await.unwrap();
    assert_eq!(versions.len(), 3, "two versions and a mark: {versions:?}");
    store.erase(&versions).await.unwrap();
    store.erase(&versions).await.unwrap();
    assert_eq!(store.versions(&prefix, None).await.unwrap(), []);
    assert_eq!(store.head(&location).await.unwrap(), None);
}
