//! Lists the objects of a bucket, page by page, so that a bucket of any size takes the memory of one page.

use std::borrow::Cow;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::{EncodingType, Object};
use percent_encoding::percent_decode_str;

use super::address::S3Address;
use crate::failure::Failure;
use crate::upload::put::refused;

/// An object as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its whole key.
    pub key: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its entity tag, with its quotes.
    pub etag: String,
}

/// The pages of a listing that are left.
#[derive(Debug)]
pub struct Listing {
    s3: Client,
    place: S3Address,
    next: Option<String>,
    is_over: bool,
    is_shallow: bool,
}

impl Listing {
    /// Lists a place from its first key on.
    #[must_use]
    pub fn new(s3: Client, place: S3Address) -> Self {
        Self {
            s3,
            place,
            next: None,
            is_over: false,
            is_shallow: false,
        }
    }

    /// Leaves out what lies in folders below the place.
    #[must_use]
    pub fn shallow(mut self) -> Self {
        self.is_shallow = true;
        self
    }

    /// Returns the next page, of 1,000 objects at most, or `None` after the last one.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn page(&mut self) -> Result<Option<Vec<Listed>>, Failure> {
        if self.is_over {
            return Ok(None);
        }
        let call = self
            .s3
            .list_objects_v2()
            .bucket(&self.place.bucket)
            .prefix(&self.place.prefix)
            // A key may have characters that XML cannot say.
            .encoding_type(EncodingType::Url)
            .set_delimiter(self.is_shallow.then(|| "/".to_owned()))
            .set_continuation_token(self.next.take());
        let page = call.send().await.map_err(|error| refused(&error))?;
        self.next.clone_from(&page.next_continuation_token);
        self.is_over = self.next.is_none();
        Ok(Some(objects(&page)))
    }

    /// Returns all objects that are left. This is for places that hold few.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn all(mut self) -> Result<Vec<Listed>, Failure> {
        let mut all = Vec::new();
        while let Some(page) = self.page().await? {
            all.extend(page);
        }
        Ok(all)
    }
}

fn objects(page: &ListObjectsV2Output) -> Vec<Listed> {
    let is_encoded = page.encoding_type == Some(EncodingType::Url);
    let listed = |object: &Object| {
        let key = object.key.as_deref()?;
        Some(Listed {
            key: if is_encoded {
                decoded(key)?
            } else {
                key.to_owned()
            },
            bytes: u64::try_from(object.size?).ok()?,
            etag: object.e_tag.clone()?,
        })
    };
    page.contents().iter().filter_map(listed).collect()
}

/// Decodes a key as S3 encodes it in listings: as a form's value, in which a blank is a plus.
fn decoded(key: &str) -> Option<String> {
    let blanks = key.replace('+', " ");
    let text = percent_decode_str(&blanks).decode_utf8().ok()?;
    Some(Cow::into_owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_as_s3_encodes_them() {
        for (listed, wanted) in [
            ("a/b.jpg", Some("a/b.jpg")),
            ("a+b%2Bc%0A.jpg", Some("a b+c\n.jpg")),
            ("%E7%8C%AB%25", Some("猫%")),
            ("%FF", None),
        ] {
            assert_eq!(decoded(listed).as_deref(), wanted, "{listed}");
        }
    }
}
