//! Objects carried from one place to another, a page of a listing at a time.
//!
//! An object is copied, in the version that was listed, and then removed in that same version: whatever dies or comes
//! twice in between, it lies in at least one of the two places. What was carried is out of the listing, so a run that
//! was cut off goes on where it stopped.

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::error::Error;
use crate::keys::{Place, Prefix};
use crate::store::{Listed, ObjectStore, StoreError};

/// Objects of a page: as many as S3 lists at once.
const PAGE: u16 = 1_000;

/// Objects that are carried at the same time.
const AT_ONCE: usize = 16;

/// Pages of one run: 5,000 objects are carried well within a function's time.
const PAGES: u32 = 5;

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
        match store.copy(object, &to, None).await {
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
