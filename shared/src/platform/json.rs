//! Values kept as JSON objects in the store, and merge patches of such values.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

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

/// Puts a value where none was, or over the version that was `read`. Returns the ETag of its object, or `None` if somebody else
/// was first; that may also be this call, if its answer was lost.
///
/// # Errors
/// Those of [`ObjectStore::put`] but for the lost race.
pub async fn replace(
    store: &dyn ObjectStore,
    location: &ObjectLocation,
    value: &(impl Serialize + Sync),
    read: Option<&ETag>,
) -> Result<Option<ETag>, StoreError> {
    let condition = read.map_or(Condition::Absent, Condition::Is);
    match put(store, location, value, condition).await {
        Ok(etag) => Ok(Some(etag)),
        Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => Ok(None),
        Err(error) => Err(error),
    }
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

/// Applies `patch` to `target`: objects are merged field by field, `null` removes a field, and any other value replaces
/// the old one. <https://www.rfc-editor.org/rfc/rfc7396#section-2>
pub(crate) fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(fields) = target.as_object_mut() else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(&name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 7396, appendix A.
    #[test]
    fn a_merge_patch_does_as_the_standard_says() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (
                json!({"a": "b", "b": "c"}),
                json!({"a": null}),
                json!({"b": "c"}),
            ),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({"a": [{"b": "c"}]}),
                json!({"a": [1]}),
                json!({"a": [1]}),
            ),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!([1, 2]),
                json!({"a": "b", "c": null}),
                json!({"a": "b"}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            let mut merged = target.clone();
            merge(&mut merged, patch.clone());
            assert_eq!(merged, result, "{target} by {patch}");
        }
    }
}
