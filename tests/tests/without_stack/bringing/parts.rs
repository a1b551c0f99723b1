//! Tests that objects in parts behave in memory as they do on S3, as far as the platform relies on it.

use bytes::Bytes;
use dozo::ports::parts::{PART_BYTES, Parts};
use dozo::ports::store::{Headers, StoreError};

use super::*;

#[tokio::test]
async fn an_object_is_there_when_its_parts_are_put_together_where_nothing_is() {
    let world = World::new(1);
    let (store, to) = (&world.store, world.file("a.bin").key().location());
    let (large, small) = (Bytes::from(vec![1; PART_BYTES]), Bytes::from_static(b"end"));
    let mut ends = Vec::new();
    for _ in 0..2 {
        let upload = store.begin_parts(&to, &Headers::default()).await.unwrap();
        let one = store
            .put_part(&to, &upload, 1, large.clone())
            .await
            .unwrap();
        let two = store
            .put_part(&to, &upload, 2, small.clone())
            .await
            .unwrap();
        ends.push((upload, vec![one, two]));
    }
    assert_eq!(store.find(&to), None);
    let (first, parts) = ends.first().unwrap();
    store.end_parts(&to, first, parts).await.unwrap();
    assert_eq!(store.find(&to).unwrap().body.len(), PART_BYTES + 3);
    let again = store.end_parts(&to, first, parts).await;
    assert!(matches!(again, Err(StoreError::Missing)), "{again:?}");
    let (second, parts) = ends.last().unwrap();
    let other = store.end_parts(&to, second, parts).await;
    assert!(matches!(other, Err(StoreError::Changed)), "{other:?}");
    store.drop_parts(&to, second).await.unwrap();
    store.drop_parts(&to, second).await.unwrap();
    assert_eq!(store.unfinished(), 0);
    let late = store.put_part(&to, second, 3, small).await;
    assert!(matches!(late, Err(StoreError::Missing)), "{late:?}");
}
