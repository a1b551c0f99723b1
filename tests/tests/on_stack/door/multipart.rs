//! Tests multipart uploads under the prefix: create, put, list, complete, abort.

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use dozo_tests::stack::Stack;

use crate::door::photo;

#[tokio::test]
async fn every_step_under_the_prefix() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let s3 = stack.s3(&grant.keys);
    let (bucket, key) = (&grant.bucket, grant.key("in parts.png"));
    let begun = s3.create_multipart_upload().bucket(bucket).key(&key);
    let id = begun.send().await.unwrap().upload_id.unwrap();
    let part = s3.upload_part().bucket(bucket).key(&key).upload_id(&id);
    let put = part.part_number(1).body(photo(2).into()).send().await;
    let listed = s3.list_parts().bucket(bucket).key(&key).upload_id(&id);
    assert_eq!(listed.send().await.unwrap().parts().len(), 1);
    let part = CompletedPart::builder()
        .part_number(1)
        .set_e_tag(put.unwrap().e_tag)
        .build();
    let parts = CompletedMultipartUpload::builder().parts(part).build();
    let complete = s3.complete_multipart_upload().bucket(bucket).key(&key);
    complete
        .upload_id(&id)
        .multipart_upload(parts)
        .send()
        .await
        .unwrap();
    let shown = stack
        .until_state("demo", &grant.media("in parts.png"), "ready")
        .await;
    let delivered = stack
        .fetch(shown["urls"]["original"].as_str().unwrap())
        .await;
    assert_eq!(delivered.body, photo(2));
}

#[tokio::test]
async fn given_up_under_the_prefix() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let s3 = stack.s3(&grant.keys);
    let key = grant.key("given up.png");
    let begun = s3.create_multipart_upload().bucket(&grant.bucket).key(&key);
    let id = begun.send().await.unwrap().upload_id.unwrap();
    let abort = s3.abort_multipart_upload().bucket(&grant.bucket).key(&key);
    let _aborted = abort.upload_id(&id).send().await.unwrap();
    let part = s3
        .upload_part()
        .bucket(&grant.bucket)
        .key(&key)
        .upload_id(&id);
    let put = part.part_number(1).body(photo(3).into()).send().await;
    assert_eq!(put.unwrap_err().code(), Some("NoSuchUpload"));
}

/// Knowing the id of another grant's multipart upload does not give access to it.
#[tokio::test]
async fn anothers_upload_in_parts_is_out_of_reach() {
    let stack = Stack::running();
    let (grant, other) = (stack.grant().await, stack.grant().await);
    let owner = stack.s3(&grant.keys);
    let key = grant.key("mine.png");
    let begun = owner
        .create_multipart_upload()
        .bucket(&grant.bucket)
        .key(&key);
    let id = begun.send().await.unwrap().upload_id.unwrap();
    let s3 = stack.s3(&other.keys);
    let bucket = &grant.bucket;
    let part = s3.upload_part().bucket(bucket).key(&key).upload_id(&id);
    let put = part.part_number(1).body(photo(4).into()).send().await;
    let list = s3
        .list_parts()
        .bucket(bucket)
        .key(&key)
        .upload_id(&id)
        .send()
        .await;
    let complete = s3
        .complete_multipart_upload()
        .bucket(bucket)
        .key(&key)
        .upload_id(&id);
    let abort = s3
        .abort_multipart_upload()
        .bucket(bucket)
        .key(&key)
        .upload_id(&id);
    for code in [
        put.unwrap_err().code(),
        list.unwrap_err().code(),
        complete.send().await.unwrap_err().code(),
        abort.send().await.unwrap_err().code(),
    ] {
        assert_eq!(code, Some("AccessDenied"));
    }
}
