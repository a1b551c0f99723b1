//! Values kept as JSON objects in the store.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::platform::error::Error;
use crate::ports::store::{Condition, Headers, ObjectStore, StoreError};
use crate::vocabulary::etag::ETag;
use crate::vocabulary::keys::ObjectLocation;

/// Puts a value, and returns the ETag of its object.
///
/// # Errors
/// Those of [`ObjectStore::put`].
pub async fn put(
    store: &dyn ObjectStore,
    location: &ObjectLocation,
    value: &(impl Serialize + Sync),
    condition: Condition<'_>,
) -> Result<ETag, StoreError> {
    let body = serde_json::to_vec(value).map_err(|error| StoreError::Unavailable(error.into()))?;
    let headers = Headers {
        content_type: Some("application/json".to_owned()),
        ..Headers::default()
    };
    store
        .put(location, Bytes::from(body), &headers, condition)
        .await
}

/// Gets a value and the ETag of its object, or `None` if there is no object.
///
/// # Errors
/// [`Error::Store`], and [`Error::Record`] if the object is not such a value.
pub async fn get<T: DeserializeOwned>(
    store: &dyn ObjectStore,
    location: &ObjectLocation,
) -> Result<Option<(T, ETag)>, Error> {
    let object = match store.get(location, None).await {
        Ok(object) => object,
        Err(StoreError::Missing) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let value = serde_json::from_slice(&object.body).map_err(|source| Error::Record {
        location: location.key().to_owned(),
        source,
    })?;
    Ok(Some((value, object.info.etag)))
}
