//! Tests uploads that we could not read, because of their encryption or storage class. On AWS the bucket's policy
//! denies them. The emulator does not evaluate those conditions (a test of the template reads them), so here
//! validation, the second line of defence, refuses them.

use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::types::{ServerSideEncryption, StorageClass};
use dozo_tests::stack::Stack;

use crate::door::photo;

/// 32 bytes of "k" and their MD5, in Base64.
const CUSTOMER_KEY: (&str, &str) = (
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    "mT2HRsMGJ5IX5C+0rreZ8Q==",
);

type Choice = fn(PutObjectFluentBuilder) -> PutObjectFluentBuilder;

#[tokio::test]
async fn what_is_stored_unreadably_is_not_published() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let s3 = stack.s3(&grant.keys);
    let choices: [(&str, Choice); 2] = [
        ("customer-key.png", |put| {
            put.sse_customer_algorithm("AES256")
                .sse_customer_key(CUSTOMER_KEY.0)
                .sse_customer_key_md5(CUSTOMER_KEY.1)
        }),
        ("archived.png", |put| {
            put.storage_class(StorageClass::Glacier)
        }),
    ];
    for (name, choose) in choices {
        let put = s3.put_object().bucket(&grant.bucket).key(grant.key(name));
        match choose(put.body(photo(31).into())).send().await {
            Ok(_) => {
                let media = grant.media(name);
                let refused = stack.until_state("demo", &media, "rejected").await;
                assert_eq!(refused["rejection"]["code"], "unreadable_storage", "{name}");
                let prefix = format!("public/demo/{media}/");
                assert!(stack.keys("delivery", &prefix).await.is_empty());
            }
            Err(error) => {
                let status = error.raw_response().unwrap().status().as_u16();
                assert_eq!(status, 403, "{name}: {error:?}");
            }
        }
    }
}

/// The policy allows a request that names the default encryption.
#[tokio::test]
async fn the_default_encryption_may_be_named() {
    let stack = Stack::running();
    let grant = stack.grant().await;
    let put = stack.s3(&grant.keys).put_object().bucket(&grant.bucket);
    let put = put.key(grant.key("a.png")).body(photo(32).into());
    let put = put.server_side_encryption(ServerSideEncryption::Aes256);
    let put = put.storage_class(StorageClass::Standard);
    let _put = put.send().await.unwrap();
    let _ready = stack
        .until_state("demo", &grant.media("a.png"), "ready")
        .await;
}
