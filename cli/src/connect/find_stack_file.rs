//! Finds `.local/stack.json`, which describes the local stack of a checkout.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use stack_file::StackFile;

use crate::failure::Failure;

/// Reads the file `named`, else the nearest one upwards from `here`.
pub(super) fn find(named: Option<OsString>, here: &Path) -> Result<StackFile, Failure> {
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
    serde_json::from_slice(&text)
        .map_err(|error| Failure::Usage(format!("{} is not a stack file: {error}", path.display())))
}
