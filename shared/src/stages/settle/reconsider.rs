//! Judges a file anew that was refused for its format alone, once that format is accepted: by a newer version of the
//! platform, or by other settings of its app.
//!
//! The same look that refused it is taken again, at the first bytes of the file. If it comes to the same, nothing changes,
//! so a message that comes twice makes no difference.

use super::judge::Verdict;
use super::{Found, Settler};
use crate::platform::error::Error;
use crate::vocabulary::app::AppRecord;
use crate::vocabulary::keys::Key;
use crate::vocabulary::message::upload::UploadedFile;
use crate::vocabulary::record::MediaRecord;
use crate::vocabulary::rejection::{
    FORMAT_NOT_ACCEPTED, KIND_NOT_ACCEPTED, Rejection, SCRIPT_NOT_ACCEPTED, UNKNOWN_FORMAT,
};
use crate::vocabulary::upload_format::UploadFormat;

/// Returns whether a file was refused because files of its format are not accepted.
pub(super) fn is_about_format(rejection: &Rejection) -> bool {
    [
        KIND_NOT_ACCEPTED,
        FORMAT_NOT_ACCEPTED,
        UNKNOWN_FORMAT,
        SCRIPT_NOT_ACCEPTED,
    ]
    .contains(&rejection.code.as_str())
}

impl Settler {
    /// Returns whether this version was rejected because of its format, and would be rejected for the same reason again.
    pub(super) async fn is_still_foreign(
        &self,
        file: &UploadedFile,
        record: &MediaRecord,
        found: &Found,
    ) -> Result<bool, Error> {
        let Found::Version(info) = found else {
            return Ok(false);
        };
        let Some(before) = record.rejection.as_ref().filter(|rejection| {
            record.source.as_ref() == Some(&info.etag) && is_about_format(rejection)
        }) else {
            return Ok(false);
        };
        let key = Key::App(file.app.clone());
        let Some(app) = self.records.load::<AppRecord>(&key).await? else {
            return Ok(true);
        };
        let limits = app.value.limits.within(self.limits);
        let verdict = match self.admit(file, info, &app.value, &limits).await? {
            Err(verdict) => verdict,
            // Whether a container holds a picture or sound alone is seen further inside.
            Ok(UploadFormat::Kept(format)) => {
                let Some(container) = format.container() else {
                    return Ok(false);
                };
                let location = file.key().location();
                let container = (format, container);
                Box::pin(self.probe(&location, info, container, &app.value, &limits)).await?
            }
            Ok(UploadFormat::Converted(_)) => return Ok(false),
        };
        Ok(matches!(&verdict, Verdict::Refused(reason) if reason.code() == before.code))
    }
}
