//! The placeholder of a picture that a stage made: a film's poster, a document's first page.
//!
//! It is read back from delivery when the media becomes ready, because another process may have made it. A picture that
//! cannot be read or decoded has no placeholder; that never stops a media from becoming ready.

use dozo_codecs::render::Reduced;
use dozo_codecs::{Encoding, decode, header};

use crate::ports::store::ObjectStore;
use crate::stages::derived::Derived;
use crate::vocabulary::placeholder::Placeholder;

/// The most pixels of a picture that a stage makes: pages have 4,096 along their long side at most, and posters less.
const MOST_PIXELS: u64 = 4_096 * 4_096;

/// Returns the placeholder of a picture in delivery, or `None` if that cannot be made now.
pub(crate) async fn of_made(
    store: &dyn ObjectStore,
    made: &Derived<'_>,
    encoding: Encoding,
) -> Option<Placeholder> {
    let body = match made.read(store).await {
        Ok(found) => found?,
        Err(error) => {
            tracing::warn!(cause = %error, "a picture could not be read for its placeholder");
            return None;
        }
    };
    let work = tokio::task::spawn_blocking(move || of_picture(encoding, &body));
    match work.await {
        Ok(made) => made,
        Err(crash) => {
            tracing::warn!(cause = %crash, "a placeholder could not be made");
            None
        }
    }
}

fn of_picture(encoding: Encoding, body: &[u8]) -> Option<Placeholder> {
    let header = header::read(encoding, body).ok()?;
    if header.pixels() > MOST_PIXELS {
        return None;
    }
    let reduced = decode::reduced(encoding, body, &header, None).ok()??;
    Reduced::placeholder(&reduced).map(Placeholder::from)
}
