//! S3's multipart uploads. The IAM actions are declared beside the port, in [`crate::ports::parts`].

use async_trait::async_trait;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;

use super::s3::{S3Store, tag};
use super::s3_error::classify;
use crate::ports::parts::Parts;
use crate::ports::store::{Headers, StoreError};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::ObjectLocation;

#[async_trait]
impl Parts for S3Store {
    async fn begin_parts(
        &self,
        location: &ObjectLocation,
        headers: &Headers,
    ) -> Result<String, StoreError> {
        let call = self
            .client
            .create_multipart_upload()
            .bucket(self.buckets.of(location.bucket())?)
            .key(location.key())
            .set_content_type(headers.content_type.clone());
        let begun = call.send().await.map_err(classify)?;
        begun
            .upload_id
            .ok_or_else(|| StoreError::Unavailable("the answer has no upload id".into()))
    }

    async fn put_part(
        &self,
        location: &ObjectLocation,
        upload: &str,
        number: u16,
        body: Bytes,
    ) -> Result<ETag, StoreError> {
        let call = self
            .client
            .upload_part()
            .bucket(self.buckets.of(location.bucket())?)
            .key(location.key())
            .upload_id(upload)
            .part_number(number.into())
            .body(ByteStream::from(body));
        tag(call.send().await.map_err(classify)?.e_tag)
    }

    async fn end_parts(
        &self,
        location: &ObjectLocation,
        upload: &str,
        parts: &[ETag],
    ) -> Result<ETag, StoreError> {
        let parts = (1..).zip(parts).map(|(number, etag)| {
            CompletedPart::builder()
                .part_number(number)
                .e_tag(etag.as_str())
                .build()
        });
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts.collect()))
            .build();
        let call = self
            .client
            .complete_multipart_upload()
            .bucket(self.buckets.of(location.bucket())?)
            .key(location.key())
            .upload_id(upload)
            .if_none_match("*")
            .multipart_upload(parts);
        tag(call.send().await.map_err(classify)?.e_tag)
    }

    async fn drop_parts(&self, location: &ObjectLocation, upload: &str) -> Result<(), StoreError> {
        let call = self
            .client
            .abort_multipart_upload()
            .bucket(self.buckets.of(location.bucket())?)
            .key(location.key())
            .upload_id(upload);
        match call.send().await.map_err(classify) {
            Ok(_) | Err(StoreError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
