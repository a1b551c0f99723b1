//! The structure of the code: imports run downward, no files import each other in a circle, no file is long, no unit
//! test is in a crate that runs none, and doc comments are sentences.

mod imports;
mod prose;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub(crate) use imports::sources;

use imports::{File, files};

/// The crates whose files must not import each other in circles.
const CRATES: [&str; 9] = [
    "shared",
    "codecs",
    "pdf",
    "probe",
    "deployment",
    "edge",
    "local",
    "cli",
    "openapi",
];

/// The folders of `shared/src`, from the bottom up. Those of one row do not know each other.
const LAYERS: [&[&str]; 5] = [
    &["vocabulary"],
    &["ports"],
    &["platform"],
    &["stages"],
    &["aws", "memory"],
];

/// The most lines of a file.
const MOST_LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn layer(module: &[String]) -> Option<(usize, &str)> {
    let folder = module.first()?;
    let rank = LAYERS
        .iter()
        .position(|row| row.contains(&folder.as_str()))?;
    Some((rank, folder))
}

fn name(module: &[String]) -> String {
    module.join("::")
}

/// Returns every Rust file of the repository.
fn all_sources() -> Vec<PathBuf> {
    CRATES
        .iter()
        .chain(&["bench", "fuzz", "functions", "tests"])
        .flat_map(|folder| sources(&root().join(folder)))
        .collect()
}

#[test]
fn the_library_imports_downward() {
    let mut wrong = Vec::new();
    for File {
        module, imports, ..
    } in files(&root().join("shared/src"))
    {
        if module.is_empty() {
            continue;
        }
        let Some((rank, folder)) = layer(&module) else {
            wrong.push(format!(
                "{}: put the file into one of the folders of {LAYERS:?}",
                name(&module)
            ));
            continue;
        };
        for import in &imports {
            let Some((other, other_folder)) = layer(import) else {
                continue;
            };
            let is_beside = other == rank && other_folder != folder;
            if other > rank || is_beside {
                wrong.push(format!(
                    "{} imports {}: move what it needs down to `{folder}` or below, or hand it in through a port",
                    name(&module),
                    name(import)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut wrong = Vec::new();
    for folder in CRATES {
        let graph: BTreeMap<_, _> = files(&root().join(folder).join("src"))
            .into_iter()
            .map(|file| (file.module, file.imports))
            .collect();
        for start in graph.keys() {
            if let Some(circle) = circle_through(&graph, start) {
                let names: Vec<_> = circle.iter().map(|module| name(module)).collect();
                wrong.push(format!(
                    "{folder}: {}: move what two of them need into a file of its own, which imports neither",
                    names.join(" → ")
                ));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A way along imports from a file back to itself. A folder and the files in it count as one.
fn circle_through(
    graph: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
    start: &Vec<String>,
) -> Option<Vec<Vec<String>>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        let last = way.last()?;
        for next in graph.get(last).into_iter().flatten() {
            if next.starts_with(last) || last.starts_with(next) {
                continue;
            }
            let mut longer = way.clone();
            longer.push(next.clone());
            if next == start {
                return Some(longer);
            }
            if seen.insert(next.clone()) {
                ways.push(longer);
            }
        }
    }
    None
}

#[test]
fn no_file_is_long() {
    let mut wrong = Vec::new();
    for path in all_sources() {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        if lines > MOST_LINES {
            wrong.push(format!(
                "{}: {lines} lines; split it by what its parts do",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A crate without unit tests says `test = false`, because an empty test program takes as long to link as a full one.
#[test]
fn no_unit_test_is_in_a_crate_that_runs_none() {
    let functions = std::fs::read_dir(root().join("functions")).unwrap();
    let functions = functions.map(|entry| entry.unwrap().path());
    let mut wrong = Vec::new();
    for folder in CRATES
        .map(|name| root().join(name))
        .into_iter()
        .chain(functions)
    {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let runs_none = |target: &str| {
            let sections = manifest.split("\n[").skip(1);
            sections
                .filter(|section| section.starts_with(target))
                .any(|section| section.contains("\ntest = false"))
        };
        for path in sources(&folder.join("src")) {
            let target = if path.ends_with("src/main.rs") {
                "[bin]]"
            } else {
                "lib]"
            };
            if runs_none(target) && std::fs::read_to_string(&path).unwrap().contains("test]\n") {
                wrong.push(format!(
                    "{}: take `test = false` out of the crate's Cargo.toml",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
