//! The rules for the file of a copy: it is refused when the bytes that it was made of are blocked, and when the media
//! that was copied is taken down before the copy is judged.
//!
//! The delivered bytes of a media may differ from the uploaded ones: metadata was taken out of it, or it was made anew.
//! So the digests of a copy's forebears are kept on its record, and looked up wherever its own digest is.

use super::Settler;
use super::judge::Verdict;
use crate::platform::error::Error;
use crate::vocabulary::app::GrantRecord;
use crate::vocabulary::keys::Key;
use crate::vocabulary::origin::Origin;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::rejection::Reason;

impl Settler {
    /// Returns the verdict on a file with what follows from its being a copy, if it is one.
    pub(super) async fn of_copy(
        &self,
        verdict: Verdict,
        grant: &GrantRecord,
    ) -> Result<Verdict, Error> {
        let Some(Origin::Copy(of)) = &grant.origin else {
            return Ok(verdict);
        };
        let (mut content, body) = match verdict {
            Verdict::Accepted(content, body) => (content, body),
            Verdict::Refused(_) | Verdict::Moved => return Ok(verdict),
        };
        let key = Key::Media(of.app.clone(), of.media.clone());
        let source = self.records.load::<MediaRecord>(&key).await?;
        if source.is_some_and(|source| source.value.suspension.is_some()) {
            return Ok(Verdict::Refused(Reason::SourceWithdrawn));
        }
        content.copied_from.clone_from(&of.digests);
        Ok(Verdict::Accepted(content, body))
    }
}
