//! Moves objects from one place to another, one page of a listing at a time.
//!
//! An object is copied in the version that was listed, and then removed in that same version. If a run dies in between,
//! or comes twice, the object is in at least one of the two places. Objects that were moved are no longer listed, so a
//! run that was cut off goes on where it stopped.
//!
//! Manifests are not copied as they are: they contain addresses, so where these change, the manifest is rewritten. So
//! no manifest is ever served that points to a place without objects, and no cache can keep one.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::platform::error::Error;
use crate::ports::store::{Condition, Listed, ObjectStore, StoreError};
use crate::stages::split::manifest;
use crate::vocabulary::keys::{Item, Key, Place, Prefix};
use crate::vocabulary::names::{App, Media, Visibility};

/// Objects per page, the most that S3 lists at once.
const PAGE: u16 = 1_000;

/// Objects that are moved concurrently.
const AT_ONCE: usize = 16;

/// Pages per run. 5,000 objects are moved well within a function's time.
const PAGES: u32 = 5;

/// Attempts to write a manifest that another run writes at the same time.
const ATTEMPTS: u32 = 4;

/// Whether any objects are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Left {
    /// The prefix was empty when it was listed last.
    Nothing,
    /// There are more objects than one run moves.
    More,
}

/// Returns the new place of an object, or `None` if it is to be removed.
pub(super) type Route<'a> = &'a (dyn Fn(&Place) -> Option<Place> + Send + Sync);

/// Moves every object of a prefix to its place on the route, or just removes it if the route has none.
///
/// # Errors
/// [`Error::Store`]
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

/// Moves one object. It is no error if the object has changed or is gone: another run is working on it, and the next
/// listing shows what is left.
async fn one(store: &dyn ObjectStore, object: &Listed, route: Route<'_>) -> Result<(), Error> {
    if let Some(to) = route(&object.place) {
        let brought = match readdressed(&object.place, &to) {
            Some(manifest) => rewrite(store, object, &to, &manifest).await,
            None => store.copy(object, &to, None).await,
        };
        match brought {
            Ok(()) => {}
            Err(StoreError::Missing | StoreError::Changed) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    match store.delete(&object.place, &object.etag).await {
        Ok(()) | Err(StoreError::Changed | StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A manifest that contains addresses which the move changes.
struct Readdressed {
    app: App,
    media: Media,
    to: Visibility,
}

fn readdressed(from: &Place, to: &Place) -> Option<Readdressed> {
    let seen_by = |place: &Place| match Key::parse(place.bucket(), place.key())? {
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
        | Key::Unclaimed(_)
        | Key::Used(..)
        | Key::Part(..) => None,
    };
    let ((before, ..), (to, app, media)) = (seen_by(from)?, seen_by(to)?);
    (before != to).then_some(Readdressed { app, media, to })
}

/// Writes the manifest with its new addresses, replacing any object that is there, as a copy does.
async fn rewrite(
    store: &dyn ObjectStore,
    object: &Listed,
    place: &Place,
    of: &Readdressed,
) -> Result<(), StoreError> {
    let found = store.get(&object.place, Some(&object.etag)).await?;
    let text = String::from_utf8_lossy(&found.body);
    let body = Bytes::from(manifest::readdress(&text, &of.app, &of.media, of.to));
    let headers = found.info.headers;
    for _ in 0..ATTEMPTS {
        let there = store.head(place).await?.map(|there| there.etag);
        let condition = there.as_ref().map_or(Condition::Absent, Condition::Is);
        match store.put(place, body.clone(), &headers, condition).await {
            Ok(_) => return Ok(()),
            Err(StoreError::Changed | StoreError::Conflict | StoreError::Missing) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict)
}
