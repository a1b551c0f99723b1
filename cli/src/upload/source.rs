//! The files on the command line. All are checked before any call is made, and all faults are reported together.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::failure::Failure;
use crate::say::shown::shown;

/// A file that can be uploaded.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path of the file.
    pub path: PathBuf,
    /// The name of the file: the last part of the path as it was typed, also for a link.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    stamp: Stamp,
}

/// The properties by which a change of the file is noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    place: (u64, u64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            place: {
                use std::os::unix::fs::MetadataExt;
                (metadata.dev(), metadata.ino())
            },
        }
    }
}

impl Source {
    /// Whether the file has not changed since it was checked.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|metadata| Stamp::of(&metadata) == self.stamp)
    }

    fn look(path: &Path) -> Result<Self, String> {
        let metadata = std::fs::metadata(path).map_err(|error| why_not(path, &error))?;
        if metadata.is_dir() {
            return Err("is a directory; name its files, such as directory/*".to_owned());
        }
        // Opening a pipe would wait for its other end.
        if !metadata.is_file() {
            return Err("is not a regular file".to_owned());
        }
        if metadata.len() == 0 {
            return Err("is empty; an empty file would be rejected".to_owned());
        }
        let opened = File::open(path).map_err(|error| why_not(path, &error))?;
        drop(opened);
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or("has a name that is not UTF-8; rename it")?;
        Ok(Self {
            path: path.to_owned(),
            name: name.to_owned(),
            bytes: metadata.len(),
            stamp: Stamp::of(&metadata),
        })
    }
}

fn why_not(path: &Path, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        let is_link = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        let what = if is_link {
            "is a link to a file that does not exist"
        } else {
            "does not exist"
        };
        return what.to_owned();
    }
    if error.kind() == io::ErrorKind::PermissionDenied {
        return "cannot be read: permission denied".to_owned();
    }
    format!("cannot be read: {error}")
}

/// Checks all files.
///
/// # Errors
/// All faults, one per line.
pub fn look(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut sources: Vec<Source> = Vec::with_capacity(paths.len());
    let mut faults = Vec::new();
    let mut named: HashMap<String, &PathBuf> = HashMap::new();
    for path in paths {
        let source = match Source::look(path) {
            Ok(source) => source,
            Err(fault) => {
                faults.push(format!("{} {fault}", shown(&path.to_string_lossy())));
                continue;
            }
        };
        if let Some(other) = named.insert(source.name.clone(), path) {
            let paths = (path.to_string_lossy(), other.to_string_lossy());
            faults.push(format!(
                "{} has the same name as {}; upload it separately, because each name can occur only once in an upload",
                shown(&paths.0),
                shown(&paths.1)
            ));
        }
        sources.push(source);
    }
    if faults.is_empty() {
        Ok(sources)
    } else {
        Err(Failure::Usage(format!(
            "nothing was uploaded:\n  {}",
            faults.join("\n  ")
        )))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    use super::*;

    fn fault(path: PathBuf) -> String {
        match look(&[path]) {
            Ok(_) => String::new(),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn what_is_no_file_is_told_before_anything_is_sent() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("good.jpg"), "x").unwrap();
        std::fs::write(at("empty.jpg"), "").unwrap();
        symlink("good.jpg", at("link.jpg")).unwrap();
        symlink("nothing", at("dangling.jpg")).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let latin = directory
            .path()
            .join(std::ffi::OsStr::from_bytes(b"caf\xe9.jpg"));
        // A file system that refuses such a name cannot have such a file.
        let has_latin = std::fs::write(&latin, "x").is_ok();
        for (path, part) in [
            (at("good.jpg"), ""),
            (at("link.jpg"), ""),
            (at("empty.jpg"), "is empty"),
            (
                at("dangling.jpg"),
                "is a link to a file that does not exist",
            ),
            (at("missing"), "does not exist"),
            (directory.path().to_owned(), "is a directory"),
            (at("socket"), "is not a regular file"),
            (at("good.jpg/x"), "cannot be read"),
        ] {
            let fault = fault(path.clone());
            assert!(fault.contains(part), "{}: {fault}", path.display());
            assert_eq!(fault.is_empty(), part.is_empty(), "{fault}");
        }
        if has_latin {
            assert!(fault(latin).contains("not UTF-8"));
        }
        drop(socket);
    }

    #[test]
    fn all_faults_are_told_and_names_cannot_fake_one() {
        let directory = tempfile::tempdir().unwrap();
        let other = directory.path().join("other");
        std::fs::create_dir(&other).unwrap();
        let twice = [directory.path().join("a"), other.join("a")];
        for path in &twice {
            std::fs::write(path, "x").unwrap();
        }
        let paths = [
            twice[0].clone(),
            twice[1].clone(),
            directory.path().join("x\n\u{1b}[2Jy"),
        ];
        let told = look(&paths).unwrap_err().to_string();
        assert_eq!(told.lines().count(), 3, "{told}");
        assert!(
            told.contains("has the same name as")
                && told.contains("x\\u{a}\\u{1b}[2Jy does not exist")
        );
    }

    #[test]
    fn a_file_that_was_written_to_is_another() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        std::fs::write(&path, "x").unwrap();
        let source = look(std::slice::from_ref(&path)).unwrap().remove(0);
        assert!(source.is_unchanged());
        std::fs::write(&path, "xy").unwrap();
        assert!(!source.is_unchanged());
        std::fs::remove_file(&path).unwrap();
        assert!(!source.is_unchanged());
    }
}
