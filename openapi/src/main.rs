//! Writes the description of the API and its page, or says whether those in a folder are they.
//!
//! ```sh
//! openapi write docs
//! openapi check docs
//! ```

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["write", folder] => each(Path::new(folder), write),
        ["check", folder] => each(Path::new(folder), check),
        _ => Err("usage: openapi write|check FOLDER".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Does something with each file and what it has to say.
fn each(
    folder: &Path,
    act: impl Fn(&Path, &str) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let document = dozo_openapi::document()?;
    let text = serde_json::to_string_pretty(&document)? + "\n";
    act(&folder.join("openapi.json"), &text)?;
    act(&folder.join("api.html"), &dozo_openapi::page(&document))
}

fn write(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    std::fs::write(path, text)
        .map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}

fn check(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    let path_text = path.display();
    let found = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {path_text}: {error}"))?;
    if found == text {
        return Ok(());
    }
    Err(
        format!("{path_text} does not describe the API as it is. Write it anew: make openapi")
            .into(),
    )
}
