//! Makes a media of many objects, as a stage that makes pages or segments leaves it.

use dozo::vocabulary::names::MediaId;
use futures_util::{StreamExt, stream};

use crate::stack::{DEMO, Grant, Keys, Stack};

/// Copies that run at the same time.
const AT_ONCE: usize = 16;

/// Uploads a picture, and puts copies of the delivered original beside it, with the same headers and metadata, until
/// there are `objects` objects.
///
/// # Panics
/// Panics if the picture is not accepted, or S3 does not copy.
pub async fn ready_with_objects(
    stack: &Stack,
    grant: &Grant,
    name: &str,
    picture: Vec<u8>,
    objects: usize,
) -> MediaId {
    stack.put(grant, name, picture).await;
    let media = grant.media(name);
    stack.until_state(DEMO, &media, "ready").await;
    let (s3, bucket) = (stack.s3(&Keys::root()), stack.bucket("delivery"));
    let copies = (1..objects).map(|number| {
        s3.copy_object()
            .bucket(bucket)
            .copy_source(format!("{bucket}/public/{DEMO}/{media}/original.png"))
            .key(format!("public/{DEMO}/{media}/hls/segment-{number}.png"))
            .send()
    });
    let copied: Vec<_> = stream::iter(copies)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    assert!(copied.iter().all(Result::is_ok));
    media
}
