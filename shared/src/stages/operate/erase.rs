//! Removes everything that is stored of a media, for good.
//!
//! Old versions of its record stay in the RECORDS bucket for 30 days, until its lifecycle rule removes them, so that a
//! mistake can be undone.

use crate::platform::error::Error;
use crate::platform::records::{Records, Written, pause};
use crate::ports::clock::Clock;
use crate::ports::store::{ObjectStore, StoreError};
use crate::stages::operate::carry::{Left, carry};
use crate::vocabulary::app::GrantRecord;
use crate::vocabulary::keys::{Bucket, Key, Prefix};
use crate::vocabulary::names::Visibility;
use crate::vocabulary::record::MediaRecord;

/// Maximum number of pages of versions that are erased in one run: 10,000 versions in twenty calls, which take seconds.
const PAGES: u32 = 10;

/// Maximum number of attempts to change a grant while others of its media are erased at the same time.
const ATTEMPTS: u32 = 8;

/// Removes the upload, the delivered objects, every version of suspended objects, and intermediate results.
///
/// # Errors
/// Returns [`Error::Store`] if a call to the store fails.
pub(super) async fn erase(store: &dyn ObjectStore, record: &MediaRecord) -> Result<Left, Error> {
    let (app, media) = (&record.app, &record.media);
    for visibility in Visibility::ALL {
        let delivered = Prefix::delivered(Bucket::Delivery, visibility, app, media);
        if carry(store, &delivered, &|_| None).await? == Left::More {
            return Ok(Left::More);
        }
        let withdrawn = Prefix::delivered(Bucket::Backup, visibility, app, media);
        if erase_versions(store, &withdrawn).await? == Left::More {
            return Ok(Left::More);
        }
    }
    if carry(store, &Prefix::work(app, media), &|_| None).await? == Left::More {
        return Ok(Left::More);
    }
    if let Some(name) = &record.file_name {
        let uploaded = Key::Uploaded {
            app: app.clone(),
            upload: media.upload(),
            name: name.clone(),
        };
        remove(store, &uploaded).await?;
    }
    Ok(Left::Nothing)
}

async fn erase_versions(store: &dyn ObjectStore, prefix: &Prefix) -> Result<Left, Error> {
    for _ in 0..PAGES {
        let versions = store.versions(prefix, None).await?;
        if versions.is_empty() {
            return Ok(Left::Nothing);
        }
        store.erase(&versions).await?;
    }
    Ok(Left::More)
}

/// Takes what was declared with the file out of the grant, and where it came from.
///
/// # Errors
/// As [`Records::load`], and [`Error::Contended`] if others changed the grant at every try.
pub(super) async fn forget_declared(
    (records, clock): (&Records, &dyn Clock),
    record: &MediaRecord,
) -> Result<(), Error> {
    let Some(name) = &record.file_name else {
        return Ok(());
    };
    let key = Key::Grant(record.app.clone(), record.media.upload());
    for attempt in 0..ATTEMPTS {
        let Some(mut found) = records.load::<GrantRecord>(&key).await? else {
            return Ok(());
        };
        let origin = found.value.origin.take();
        if found.value.declared.remove(name.as_str()).is_none() && origin.is_none() {
            return Ok(());
        }
        let written = records.write(&key, &found.value, Some(&found.etag));
        if written.await? == Written::Done {
            return Ok(());
        }
        pause(clock, attempt).await;
    }
    Err(Error::Contended { attempts: ATTEMPTS })
}

/// Removes the current version of an object.
///
/// # Errors
/// Returns [`Error::Store`] if a call to the store fails.
pub(super) async fn remove(store: &dyn ObjectStore, key: &Key) -> Result<(), Error> {
    let location = key.location();
    let found = match store.head(&location).await {
        Ok(found) => found,
        // The ETag of an unreadable upload is unknown, so it stays until the UPLOAD bucket's lifecycle rule removes it.
        Err(StoreError::Unreadable) => None,
        Err(error) => return Err(error.into()),
    };
    let Some(info) = found else { return Ok(()) };
    match store.delete(&location, &info.etag).await {
        Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
