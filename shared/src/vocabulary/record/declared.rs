//! What was declared with a file, on the record of its media.

use super::MediaRecord;
use crate::vocabulary::app::GrantRecord;
use crate::vocabulary::kind::Kind;

impl MediaRecord {
    /// Takes what was declared with the file, onto a record that is made for it.
    #[must_use]
    pub fn declared_by(mut self, grant: Option<&GrantRecord>) -> Self {
        if let (Some(grant), Some(name)) = (grant, &self.file_name) {
            let declared = grant.declared(name.as_str());
            self.description = declared.description;
            self.expires_at = declared.expires_at;
        }
        self
    }

    /// Returns whether the media is a document, as far as is known.
    #[must_use]
    pub fn is_document(&self) -> bool {
        self.content
            .as_ref()
            .is_some_and(|content| content.kind() == Kind::Pdf)
    }
}
