//! Moves objects from one place to another, one page of a listing at a time.
//!
//! An object is copied in the version that was listed, then that same version is deleted. Whatever dies or is delivered
//! twice in between, the object exists in at least one of the two places. Moved objects are no longer listed, so the
//! next run continues where an interrupted one stopped.
//!
//! One kind of object is not copied unchanged: a manifest contains URLs, so it is rewritten if they change. That way no
//! manifest is ever served, or cached, that sends viewers to where nothing is (any more).

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::platform::error::Error;
use crate::ports::store::{Condition, Listed, ObjectStore, StoreError};
use crate::stages::split::manifest;
use crate::vocabulary::keys::{Item, Key, ObjectLocation, Prefix};
use crate::vocabulary::names::{AppId, MediaId, Visibility};

/// Number of objects per listing, the maximum that S3 allows.
const PAGE: u16 = 1_000;

/// Number of objects that are moved at the same time.
const AT_ONCE: usize = 16;

/// Maximum number of pages per run. 5,000 objects are moved well within a function's time.
const PAGES: u32 = 5;

/// Maximum number of attempts to write a manifest that another run writes at the same time.
const ATTEMPTS: u32 = 4;

/// Tells whether objects are left after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Left {
    /// The prefix was empty when it was last listed.
    Nothing,
    /// More objects may be left than one run can move.
    More,
}

/// A function that returns an object's destination, or `None` if the object is to be deleted.
pub(super) type Route<'a> = &'a (dyn Fn(&ObjectLocation) -> Option<ObjectLocation> + Send + Sync);

/// Moves every object of a prefix to where `route` leads, or just deletes it if `route` returns `None`.
///
/// # Errors
/// Returns [`Error::Store`] if a call to the store fails.
pub(super) async fn carry(
    store: &dyn ObjectStore,
    prefix: &Prefix,
    route: Route<'_>,
) -> Result<Left, Error> {
    for _ in 0..PAGES {
        let page = store.list(prefix, None, PAGE).await?;
        if page.objects.is_empty() {
            return Ok(Left::Nothing);
        }
        stream::iter(page.objects.iter().map(|object| one(store, object, route)))
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
    }
    Ok(Left::More)
}

/// Moves one object. If another version or none is there, another run is at work; the next listing shows what is left.
async fn one(store: &dyn ObjectStore, object: &Listed, route: Route<'_>) -> Result<(), Error> {
    if let Some(to) = route(&object.location) {
        let brought = match readdressed(&object.location, &to) {
            Some(manifest) => rewrite(store, object, &to, &manifest).await,
            None => store.copy(object, &to, None).await,
        };
        match brought {
            Ok(()) => {}
            Err(StoreError::Missing | StoreError::Changed) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    match store.delete(&object.location, &object.etag).await {
        Ok(()) | Err(StoreError::Changed | StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A manifest whose URLs change with the move.
struct Readdressed {
    app: AppId,
    media: MediaId,
    to: Visibility,
}

fn readdressed(from: &ObjectLocation, to: &ObjectLocation) -> Option<Readdressed> {
    let seen_by = |location: &ObjectLocation| match Key::parse(location.bucket(), location.key())? {
        Key::Delivered {
            visibility,
            app,
            media,
            item: Item::Manifest,
        } => Some((visibility, app, media)),
        Key::Delivered { .. }
        | Key::Uploaded { .. }
        | Key::App(_)
        | Key::Grant(..)
        | Key::Media(..)
        | Key::Failed(..)
        | Key::Suspended(..)
        | Key::Stuck(..)
        | Key::Blocked(_)
        | Key::Begun(_)
        | Key::Compared
        | Key::Unclaimed(_)
        | Key::Used(..)
        | Key::Counted(..)
        | Key::Part(..) => None,
    };
    let ((before, ..), (to, app, media)) = (seen_by(from)?, seen_by(to)?);
    (before != to).then_some(Readdressed { app, media, to })
}

/// Writes the manifest with its new URLs, over an existing object as a copy would.
async fn rewrite(
    store: &dyn ObjectStore,
    object: &Listed,
    location: &ObjectLocation,
    of: &Readdressed,
) -> Result<(), StoreError> {
    let found = store.get(&object.location, Some(&object.etag)).await?;
    let text = String::from_utf8_lossy(&found.body);
    let body = Bytes::from(manifest::readdress(&text, &of.app, &of.media, of.to));
    let headers = found.info.headers;
    for _ in 0..ATTEMPTS {
        let there = store.head(location).await?.map(|there| there.etag);
        let condition = there.as_ref().map_or(Condition::Absent, Condition::Is);
        match store.put(location, body.clone(), &headers, condition).await {
            Ok(_) => return Ok(()),
            Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict)
}
