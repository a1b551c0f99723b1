//! Objects carried from one place to another, a page of a listing at a time.
//!
//! An object is copied, in the version that was listed, and then removed in that same version: whatever dies or comes
//! twice in between, it lies in at least one of the two places. What was carried is out of the listing, so a run that
//! was cut off goes on where it stopped.
//!
//! One object is not carried as it is: a manifest names addresses, and where they change it is written anew. So none is
//! ever served that sends viewers to where nothing is (any more), and no cache can keep one.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::platform::error::Error;
use crate::ports::store::{Condition, Listed, ObjectStore, StoreError};
use crate::stages::split::manifest;
use crate::vocabulary::keys::{Item, Key, Place, Prefix};
use crate::vocabulary::names::{App, Media, Visibility};

/// Objects of a page: as many as S3 lists at once.
const PAGE: u16 = 1_000;

/// Objects that are carried at the same time.
const AT_ONCE: usize = 16;

/// Pages of one run: 5,000 objects are carried well within a function's time.
const PAGES: u32 = 5;

/// Tries at a manifest that another run writes at the same time.
const ATTEMPTS: u32 = 4;

/// Whether anything is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Left {
    /// The prefix was empty when it was listed last.
    Nothing,
    /// There is more than one run carries.
    More,
}

/// Where an object goes.
pub(super) type Route<'a> = &'a (dyn Fn(&Place) -> Option<Place> + Send + Sync);

/// Carries every object of a prefix to where the route leads, or just removes it where it leads nowhere.
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

/// Another version there, or none: somebody else is at it. The next listing tells.
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

/// A manifest whose addresses change on the way.
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

/// Writes it with its new addresses, over what is there, as a copy does.
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
