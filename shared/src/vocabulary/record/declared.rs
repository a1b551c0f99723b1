//! The declaration of a file, and the one that brings it, on the record of its media.

use super::MediaRecord;
use crate::vocabulary::app::GrantRecord;
use crate::vocabulary::kind::Kind;
use crate::vocabulary::origin::Origin;
use crate::vocabulary::stage::Stage;
use crate::vocabulary::state::State;

impl MediaRecord {
    /// Takes what was declared with the file, onto a record that is made for it.
    #[must_use]
    pub fn declared_by(mut self, grant: Option<&GrantRecord>) -> Self {
        if let (Some(grant), Some(name)) = (grant, &self.file_name) {
            let declared = grant.declared(name.as_str());
            self.description = declared.description;
            self.expires_at = declared.expires_at;
            self.awaits = grant.origin.as_ref().map(Origin::awaited);
        }
        self
    }

    /// Names this caller as the one who asked for the media, on a record that is made before its file is there.
    #[must_use]
    pub fn asked_for_by(mut self, caller: &str) -> Self {
        for event in &mut self.history {
            caller.clone_into(&mut event.by);
        }
        self
    }

    /// Returns the stage that has to bring the file, as long as the media waits for it.
    #[must_use]
    pub fn brought_by(&self) -> Option<Stage> {
        let awaits = self.awaits.filter(|_| self.state == State::Validating)?;
        Some(awaits.stage())
    }

    /// Returns whether the media is a document, as far as is known.
    #[must_use]
    pub fn is_document(&self) -> bool {
        self.content
            .as_ref()
            .is_some_and(|content| content.kind() == Kind::Pdf)
    }
}
