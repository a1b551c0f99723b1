//! Reads `.local/stack.json`, which describes the local stack of a checkout.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::args::LocalUser;
use crate::failure::Failure;

/// The fields of the file that this program needs.
#[derive(Debug, Deserialize)]
pub(super) struct StackFile {
    pub(super) region: String,
    pub(super) api: String,
    credentials: Users,
}

#[derive(Debug, Deserialize)]
struct Users {
    app: AccessKey,
    admin: AccessKey,
}

#[derive(Deserialize)]
pub(super) struct AccessKey {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessKey")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl StackFile {
    /// Reads the file `named`, else the nearest one upwards from `here`.
    pub(super) fn find(named: Option<OsString>, here: &Path) -> Result<Self, Failure> {
        let path = named.map(PathBuf::from).or_else(|| {
            let candidates = here
                .ancestors()
                .map(|directory| directory.join(".local/stack.json"));
            candidates.into_iter().find(|path| path.is_file())
        });
        let Some(path) = path else {
            return Err(Failure::Usage(
                "no local stack is running here: neither this directory nor one above it has a .local/stack.json. Start a stack with make run"
                    .to_owned(),
            ));
        };
        let read = std::fs::read(&path);
        let text = read.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
        serde_json::from_slice(&text).map_err(|error| {
            Failure::Usage(format!("{} is not a stack file: {error}", path.display()))
        })
    }

    pub(super) fn key(&self, user: LocalUser) -> &AccessKey {
        match user {
            LocalUser::Admin => &self.credentials.admin,
            LocalUser::App => &self.credentials.app,
        }
    }
}
